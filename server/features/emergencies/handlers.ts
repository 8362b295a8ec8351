import { civilDayNumber, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { actorName } from '../../core/actor-name.ts'
import { mostAuthority, type Authority } from '../../core/emergency-authority.ts'
import { areasWhere } from '../../core/permissions.ts'
import type { Audiences } from '../../core/emergency-audience.ts'
import type { Identity } from '../../core/identity.ts'
import type { EmergencyRecord, VoiceCourse } from '../../core/emergency-record.ts'
import type { Emergency, EmergencyMessage, NewEmergency } from '../../core/emergency.ts'
import { DEFAULT_LIFE_MS, MAX_VOICE_MS } from '../../core/emergency-check.ts'
import { DRILL_LABEL, emergencyRefused, PROBLEM_TEXT, VERDICT_TEXT, VOICE_END_TEXT } from '../../core/emergency-sentences.ts'
import { speakFromOf } from '../../core/emergency-voice.ts'
import { TICKET_LIVES_MS } from '../../core/mic-protocol.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { SHORTFALL_TEXT } from '../../core/shortfall-text.ts'
import type { Programme } from '../../core/stores.ts'
import type { AskHandlers } from './ask-handlers.ts'
import type { AskView } from './ask-views.ts'
import { audiencesOn, languagesHere } from './audiences.ts'
import { OWN_SOUNDS } from './making.ts'
import type { BoardRow, BoardView, CancelBody, EmergencyBody, EmergencyView, LanguageView, LocalStopBody, PinBody, PinnedView, RaisedView } from './messages.ts'
import { elsewhere, emergencySeen, type EmergencyPluginDeps, type PlaceDeps } from './seen.ts'
import type { RunningEmergencies } from './start.ts'

/** It sounds, or somebody else is asked first. */
export type Raised = { readonly is: 'raised'; readonly view: RaisedView } | { readonly is: 'asked'; readonly view: AskView }

export interface EmergencyHandlers {
  /** Those that sound, or did, at one place of theirs at least. */
  list(who: Identity, which: 'in-force' | 'all'): EmergencyView[]
  one(who: Identity, id: string): Outcome<EmergencyView>
  /** `key` as in the header Idempotency-Key; `recording` a file that came with it. */
  raise(who: Identity, body: EmergencyBody, given: { readonly key: string | null; readonly recording: string | null }): Promise<Outcome<Raised>>
  cancel(who: Identity, id: string, body: CancelBody): Promise<Outcome<EmergencyView>>
  stopLocally(who: Identity, id: string, body: LocalStopBody): Outcome<EmergencyView>
  stopAll(who: Identity, reason: string): Promise<EmergencyView[]>
  board(who: Identity, id: string): Outcome<BoardView>
  pinned(): PinnedView[]
  /** What is spoken here, and where no clip in it is pinned. */
  languages(): LanguageView[]
  pin(who: Identity, programme: string, body: PinBody): Outcome<PinnedView>
  unpin(who: Identity, programme: string): Outcome<{ readonly programme: string }>
}

const PROGRAMME = { en: 'programme', vi: 'chương trình' } as const
const DEFAULTS = { danger: 5, authority: 1, times: 3, gapSeconds: 5 } as const

const NO_MESSAGE: Refusal = { status: 422, code: 'bad-message', field: '/messages', en: 'Nothing is to be said: give "messages", or send a recording as the part "file".', vi: 'Chưa có nội dung: hãy nhập văn bản, chọn bản ghi có sẵn hoặc gửi kèm tệp ghi âm.' }
const NO_SUCH_AREA: Refusal = { status: 422, code: 'no-such-target', field: '/area', en: 'There is no such area: look its code up in the list.', vi: 'Không có địa bàn này: hãy tìm lại mã trong danh sách.' }

const ABOVE_THEM: Refusal = { status: 403, code: 'authority-too-high', field: '/authority', en: 'You may not speak in the name of a higher level than your own: leave the authority out.', vi: 'Bạn không được phát nhân danh cấp cao hơn cấp của mình: xin bỏ trống mục này.' }

const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(at))

type BodyMessage = NonNullable<EmergencyBody['messages']>[number]
function messageOf(message: BodyMessage): EmergencyMessage {
  const spoken = message.language === undefined ? {} : { language: message.language }
  if ('programme' in message) return { kind: 'programme', programme: message.programme, ...spoken }
  if ('text' in message) return { kind: 'text', text: message.text.normalize('NFC'), ...(message.voice === undefined ? {} : { voice: message.voice }), ...spoken }
  return { kind: 'voice', maxMs: message.maxSeconds === undefined ? MAX_VOICE_MS : message.maxSeconds * 1_000, ...spoken }
}

/** What the board says of one cluster. */
export function boardRow({ stores }: Pick<EmergencyPluginDeps, 'stores'>, row: ReturnType<RunningEmergencies['rows']>[number]): BoardRow {
  const { cluster, name, verdict, level, why, stopped } = row
  return {
    cluster, name, verdict, text: VERDICT_TEXT[verdict], at: isoWithOffset(row.at), level,
    why: why === null ? null : { code: why, ...SHORTFALL_TEXT[why] },
    correctedAt: iso(row.correctedAt),
    stopped: stopped && { at: isoWithOffset(stopped.at), by: actorName(stores.people, stopped.by), reason: stopped.reason },
  }
}

/** The one message of an emergency, as it would be ordered once more. */
function againOf({ messages, targets }: EmergencyRecord['order']): EmergencyView['again'] {
  const [only] = messages
  if (!only || messages.length > 1) return null
  if (only.kind === 'programme') return { message: { programme: only.programme, ...(only.language === undefined ? {} : { language: only.language }) }, targets }
  return only.kind === 'text' && (only.language ?? 'vi') === 'vi' ? { message: { text: only.text }, targets } : null
}

export function emergencyView(deps: Pick<EmergencyPluginDeps, 'emergencies' | 'stores'>, emergency: Emergency): EmergencyView {
  const record = deps.emergencies.record(emergency.id)
  const problem = record?.course.problem ?? null
  const { id, title, drill, danger, authority, endedBecause, origin } = emergency
  return {
    id, title, drill, danger, authority, endedBecause, origin,
    label: drill ? DRILL_LABEL : null,
    acceptedAt: isoWithOffset(emergency.acceptedAt), startAt: isoWithOffset(emergency.startAt), expiresAt: isoWithOffset(emergency.expiresAt), endedAt: iso(emergency.endedAt),
    raisedBy: record ? actorName(deps.stores.people, record.order.actor) : '',
    endedBy: record?.course.endedBy ? actorName(deps.stores.people, record.course.endedBy) : null,
    endedReason: record?.course.endedReason ?? null,
    times: record?.order.times ?? 1,
    gapSeconds: (record?.order.gapMs ?? 0) / 1000,
    volume: record?.order.volume ?? null,
    clusters: emergency.clusters.length,
    prepared: (record?.course.message ?? null) !== null,
    problem: problem === null ? null : { code: problem, ...PROBLEM_TEXT[problem] },
    second: record?.order.second ?? null,
    again: record ? againOf(record.order) : null,
    voice: record?.course.voice ? voiceView(record, record.course.voice, deps.emergencies.voices.isOpen(id)) : null,
  }
}

const voiceView = (record: EmergencyRecord, { endAt, why }: VoiceCourse, open: boolean): EmergencyView['voice'] => ({
  speakFrom: isoWithOffset(speakFromOf(record)), open, endsAt: iso(endAt), ended: why === null ? null : { code: why, ...VOICE_END_TEXT[why] },
})

/** A clip without an area is held everywhere: it takes the right for the whole station. */
const notPinnable = ({ access }: PlaceDeps, who: Identity, areas: readonly (string | null)[]): Refusal | null =>
  access.refusal(who, 'emergency.prepare', areas.includes(null) ? 'all' : areas.flatMap((area) => area ?? []))

export function createEmergencyHandlers(deps: EmergencyPluginDeps, asks: Pick<AskHandlers, 'ask'>): EmergencyHandlers {
  const { emergencies, clock, crypto } = deps
  const { programmes, pinnedClips, areas, clusters } = deps.stores
  const view = (emergency: Emergency): EmergencyView => emergencyView(deps, emergency)

  const mostOf = (who: Identity): Authority => mostAuthority(areasWhere(who, 'emergency.raise', clock.wall()))
  const orderOf = (who: Identity, body: EmergencyBody, recording: string | null): NewEmergency => ({
    title: body.title.normalize('NFC').trim(),
    messages: [...(recording === null ? [] : [{ kind: 'recording', file: recording } as const]), ...(body.messages ?? []).map(messageOf)],
    targets: body.targets,
    drill: body.drill,
    danger: body.danger ?? DEFAULTS.danger,
    authority: body.authority ?? Math.min(DEFAULTS.authority, mostOf(who)),
    times: body.times ?? DEFAULTS.times,
    gapMs: (body.gapSeconds ?? DEFAULTS.gapSeconds) * 1_000,
    volume: body.volume ?? null,
    expiresAt: wallMs(clock.wall() + (body.expiresInMinutes === undefined ? DEFAULT_LIFE_MS : body.expiresInMinutes * 60_000)),
    actor: who.actor,
    ...(body.replaces ? { replaces: body.replaces } : {}),
  })
  const nameOf = (id: string): string => clusters.byId(id)?.name ?? id
  /** The area that a clip is pinned for now, where it is. */
  const pinnedFor = (id: string): readonly (string | null)[] => {
    const clip = pinnedClips.byProgramme(id)
    return clip ? [clip.area] : []
  }
  const audiences = (): Audiences => audiencesOn(deps.stores, civilDayNumber(clock.wall()))
  const pinnedView = (programme: Programme): PinnedView => {
    const clip = pinnedClips.byProgramme(programme.id)
    const holders = programme.kind === 'chime' || !clip ? clusters.active().length : audiences().holdersOf(clip).size
    const missing = emergencies.lacking().filter(({ media }) => media.includes(programme.sha)).map(({ cluster }) => ({ cluster, name: nameOf(cluster) }))
    return { programme: programme.id, name: programme.name, language: clip?.language ?? null, area: clip?.area ?? null, seconds: programme.ms / 1000, clusters: holders, missing }
  }

  return {
    list: (who, which) => {
      const sees = deps.access.seesCluster(who, 'emergency.read')
      return emergencies.list(which).filter((emergency) => emergency.clusters.some(sees)).map(view)
    },
    one: (who, id) => {
      const found = emergencySeen(deps, who, id)
      return found.ok ? accepted(view(found.value)) : found
    },
    raise: async (who, body, { key, recording }) => {
      const refusal = deps.access.refusal(who, 'emergency.raise', deps.access.areasOfTargets(body.targets)) ?? (body.replaces ?? []).map((id) => elsewhere(deps, who, id)).find((each) => each !== null)
      if (refusal) return refused(refusal)
      if ((body.authority ?? 0) > mostOf(who)) return refused(ABOVE_THEM)
      const order = orderOf(who, body, recording)
      if (order.messages.length === 0) return refused(NO_MESSAGE)
      // the same words under the same key; the file's name is new each time
      const fingerprint = toBase64Url(crypto.sha256(utf8(JSON.stringify([body, recording !== null]))))
      const named = { ...order, ...(key === null ? {} : { request: { key, fingerprint } }) }
      const raised = await emergencies.raise(named)
      if (!raised.ok && raised.code === 'needs-second') {
        const asked = asks.ask(who, named)
        return asked.ok ? accepted({ is: 'asked', view: asked.value }) : asked
      }
      if (!raised.ok) return emergencyRefused(raised)
      const shown = view(raised.value)
      const speaks = shown.voice !== null && shown.voice.endsAt === null && shown.endedAt === null
      return accepted({ is: 'raised', view: { ...shown, microphone: speaks ? { ticket: deps.microphone.tickets.issue(who, shown.id), livesMs: TICKET_LIVES_MS } : null } })
    },
    cancel: async (who, id, { reason, correction }) => {
      const refusal = elsewhere(deps, who, id)
      if (refusal) return refused(refusal)
      const stored = { kind: 'programme', programme: OWN_SOUNDS.correction } as const
      const words = correction === undefined ? (programmes.byKey(`chime:${OWN_SOUNDS.correction}`) ? stored : null) : correction && messageOf(correction)
      const cancelled = await emergencies.cancel(id, { actor: who.actor, reason: reason.trim(), correction: words })
      return cancelled.ok ? accepted(view(cancelled.value)) : emergencyRefused(cancelled)
    },
    stopLocally: (who, id, { targets, reason }) => {
      const refusal = deps.access.refusal(who, 'emergency.local-stop', deps.access.areasOfTargets(targets))
      if (refusal) return refused(refusal)
      const stopped = emergencies.stopLocally(id, { actor: who.actor, reason: reason.trim(), targets })
      return stopped.ok ? accepted(view(stopped.value)) : emergencyRefused(stopped)
    },
    stopAll: async (who, reason) => (await emergencies.stopAll({ actor: who.actor, reason: reason.trim() })).map(view),
    board: (who, id) => {
      const found = emergencySeen(deps, who, id)
      if (!found.ok) return found
      const rows = emergencies.rows(id).map((row) => boardRow(deps, row))
      const counts: Record<string, number> = {}
      for (const { verdict } of rows) counts[verdict] = (counts[verdict] ?? 0) + 1
      return accepted({ emergency: view(found.value), counts, rows })
    },
    pinned: () => programmes.all().filter((p) => p.kind === 'chime' || pinnedClips.byProgramme(p.id) !== null).map(pinnedView),
    languages: () => languagesHere(deps.stores, audiences()),
    pin: (who, id, { language, area = null }) => {
      const refusal = notPinnable(deps, who, [area, ...pinnedFor(id)])
      if (refusal) return refused(refusal)
      const programme = programmes.byId(id)
      if (!programme) return notFound(PROGRAMME, id)
      if (area !== null && areas.byCode(area).length === 0) return refused(NO_SUCH_AREA)
      deps.decide({ actor: who.actor, action: 'clip.pin', subject: id, detail: { language, area } }, () => pinnedClips.put({ programme: id, language, area }))
      emergencies.pinsChanged()
      deps.listener.timetableChanged()
      return accepted(pinnedView(programme))
    },
    unpin: (who, id) => {
      if (!pinnedClips.byProgramme(id)) return notFound(PROGRAMME, id)
      const refusal = notPinnable(deps, who, pinnedFor(id))
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: 'clip.unpin', subject: id }, () => pinnedClips.remove(id))
      emergencies.pinsChanged()
      deps.listener.timetableChanged()
      return accepted({ programme: id })
    },
  }
}
