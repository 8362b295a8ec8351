import { DAY_MS, isoWithOffset } from '../../shared/core/civil.ts'
import { REFUSALS, type Refusal } from '../../shared/protocol/messages/reported.ts'
import type { ClusterFacts, Symptom } from './symptoms.ts'

/** A session's item takes a moment to begin, and a beat to be told of. */
export const SILENT_AFTER_MS = 50_000
/** Fewer are a hiccup of the box. */
const MANY_UNDERRUNS = 3
/** One may be a storm over the microphone. */
const MANY_UNHEARD = 2
/** An ear hears two sessions a day. One that was taken out says nothing more, and what it said last must not stand for ever. */
const UNHEARD_FOR_MS = 3 * DAY_MS
/** A single order that came late is no attack. */
const MANY_REFUSALS = 3
/** Refusals that speak of somebody else's hand, or of a broken key. */
const SUSPICIOUS: readonly Refusal[] = ['unsigned', 'wrong-target', 'rolled-back', 'replayed', 'malformed', 'wrong-type', 'damaged-body']
/** Sound that nobody ordered was kept from the horns. */
const FOREIGN_SOUND: Refusal = 'line-outside'

const sum = (refused: ClusterFacts['lastHour']['refused'], reasons: readonly Refusal[]): number => reasons.reduce((all, reason) => all + (refused[reason] ?? 0), 0)

/** What sounds against what should, and who else tried to. */
export function soundSymptoms(facts: ClusterFacts): Symptom[] {
  return [...silent(facts), ...unheard(facts), ...untested(facts), ...underruns(facts), ...foreign(facts), ...refusals(facts), ...muted(facts)]
}

function silent({ presence, due, at, mutedByOrder }: ClusterFacts): Symptom[] {
  // what an absent cluster does is not known: that it is absent is its symptom
  if (due === null || !presence?.online || presence.playing !== null || mutedByOrder || at - due.since < SILENT_AFTER_MS) return []
  const since = isoWithOffset(due.since).slice(11, 16)
  return [{ kind: 'silent-in-session', severity: 'fault', since: due.since, vi: `Đang trong buổi phát (từ ${since}) nhưng cụm loa không phát.`, en: `Due to sound since ${since}, but it is silent.` }]
}

function unheard({ unheard: row, at }: ClusterFacts): Symptom[] {
  if (row === null || row.items < MANY_UNHEARD || at - row.last > UNHEARD_FOR_MS) return []
  const n = row.items
  return [{ kind: 'not-heard', severity: 'fault', since: row.since, figure: n, vi: `Loa không ra tiếng: ${n} mục liền đã phát nhưng cụm loa không nghe thấy.`, en: `The horns are silent: ${n} items in a row were played, and the box’s own ear did not hear them.` }]
}

function untested({ selfTest }: ClusterFacts): Symptom[] {
  if (selfTest === null) return []
  const { since, en, vi } = selfTest
  return [{ kind: 'self-test', severity: 'fault', since, vi: `Không qua tự kiểm tra: ${vi}`, en: `It failed its self-test: ${en}` }]
}

function underruns({ lastHour }: ClusterFacts): Symptom[] {
  if (lastHour.underruns < MANY_UNDERRUNS) return []
  const n = lastHour.underruns
  return [{ kind: 'underruns', severity: 'warning', figure: n, vi: `Âm thanh bị ngắt quãng ${n} lần trong một giờ qua.`, en: `The sound ran dry ${n} times within the last hour.` }]
}

function foreign({ lastHour }: ClusterFacts): Symptom[] {
  const n = sum(lastHour.refused, [FOREIGN_SOUND])
  if (n === 0) return []
  return [{ kind: 'unauthorised-sound', severity: 'fault', figure: n, vi: `Có âm thanh lạ ở ngõ vào của tăng âm ngoài giờ được phép (${n} lần trong một giờ qua); đã chặn, không ra loa.`, en: `Foreign sound on the line input outside its hours (${n} times within the last hour); it was kept from the horns.` }]
}

function refusals({ lastHour }: ClusterFacts): Symptom[] {
  const n = sum(lastHour.refused, SUSPICIOUS)
  if (n < MANY_REFUSALS) return []
  const reasons = REFUSALS.filter((reason) => SUSPICIOUS.includes(reason) && (lastHour.refused[reason] ?? 0) > 0).join(', ')
  return [{ kind: 'refused-orders', severity: 'warning', figure: n, vi: `Cụm loa đã từ chối ${n} lệnh không hợp lệ trong một giờ qua (${reasons}).`, en: `It refused ${n} orders that were not right within the last hour (${reasons}).` }]
}

function muted({ mutedByOrder, telemetry }: ClusterFacts): Symptom[] {
  if (!mutedByOrder && telemetry.health?.volume !== 0) return []
  const vi = mutedByOrder ? 'Đang tắt tiếng: chỉ phát khi khẩn cấp.' : 'Âm lượng đang là 0.'
  return [{ kind: 'muted', severity: 'info', vi, en: mutedByOrder ? 'Muted: only emergencies sound.' : 'The volume is 0.' }]
}
