import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { busyText } from './busy.ts'
import { firstWordMs } from './first-word.ts'
import { openLinkStation, type LinkStation } from './link/link-station.ts'
import { runOnLink, type LinkPlace } from './link/on-link.ts'
import { drawLink, type ProfileName } from './link/profiles.ts'
import { firstLoudMs, pieceOf } from './recorded.ts'
import { quantile } from './sounding.ts'

const BOXES = 200
const QUICK_BOXES = 20
const PER_PROCESS = 25
const IDLE_MIN = 20
const ROUNDS = 3
/** One commune among those who are connected: the machine that all of them share is then not what is measured. */
const COMMUNE_BOXES = 25
/** As 4G is in a commune: half of the links good, most of the others fair. */
const MIX: readonly ProfileName[] = ['good', 'fair', 'good', 'fair', 'good', 'poor', 'good', 'fair', 'good', 'fair']
const TONE_GOAL_S = { p95: 3, p99: 4 }
const WORD_GOAL_S = 3
const PINNED_GOAL_S = 1
/** From the request until its delivery board and the recordings are read. */
const SOUNDS_MS = 31_000
const QUIET_MS = 8_000
const TONE_MS = 4_800
/** The message is looked for up to here from its tone on. */
const WORDS_WITHIN_MS = 25_000
/** Sixty words, and another number in each, so that none was spoken before. */
const TEXT = 'Xin chú ý. Nước sông đang lên rất nhanh và có thể tràn qua đê trong vòng một giờ tới. Bà con ở các thôn ven sông hãy rời nhà ngay, mang theo giấy tờ và thuốc men, đi theo đường liên xã về trường tiểu học. Tổ xung kích sẽ giúp người già và trẻ em. Không quay lại lấy đồ. Lệnh số'

export const emergency: Bench = {
  name: 'emergency',
  what: `an emergency for all clusters behind emulated links, after ${IDLE_MIN} idle minutes (--set idle-min=1): from the last byte of the request to sound above −40 dBFS in the recordings (${ROUNDS} emergencies of each kind; all agents share the machine with the server and give way to it, nice 5; one run, whatever --runs says)`,
  limitS: 2_700,
  run: (context) => runOnLink('emergency', context),
}

interface Round {
  /** From the request to the first sound, s, by box; null = none. */
  readonly tones: readonly (number | null)[]
  readonly words: readonly (number | null)[]
  readonly falseSounding: number
  readonly falseUnreached: number
}

export async function measureEmergency({ quick, say, signal, options = {} }: BenchContext, place: LinkPlace): Promise<readonly BenchRow[]> {
  const boxes = Number(options['boxes'] ?? (quick ? QUICK_BOXES : BOXES))
  const idleMin = Number(options['idle-min'] ?? (quick ? 1 : IDLE_MIN))
  const rounds = Number(options['rounds'] ?? (quick ? 1 : ROUNDS))
  const profiles = Array.from({ length: boxes }, (_, n) => MIX[n % MIX.length] as ProfileName)
  const station = await openLinkStation(place, { profiles, tls: true, perProcess: PER_PROCESS, clocksWrongByS: 60, seed: Number(options['seed'] ?? 1), signal })
  try {
    say(station.link.what)
    await station.start()
    await station.ready(180_000)
    const clip = await station.addSound('san', 'anoisesrc=color=pink:seed=3:sample_rate=48000:duration=20:amplitude=0.8,lowpass=f=5000')
    await station.api.ask('PUT', `/pinned-clips/${clip}`, { language: 'vi' })
    station.link.startOutages(Math.random)
    say(`${boxes} boxes know the time; ${idleMin} idle minutes`)
    await pause(idleMin * 60_000, undefined, { signal })
    const tell = (kind: string, round: Round): void => say(`${kind}: ${summary(round)}; ${busyText()}`)
    const all = station.clusters.map((_, n) => n)
    const some = all.filter((n) => n % Math.max(1, Math.floor(boxes / COMMUNE_BOXES)) === 0).slice(0, COMMUNE_BOXES)
    const raised = async (kind: string, message: (n: number) => object, to: readonly number[]): Promise<readonly Round[]> => {
      const done: Round[] = []
      for (let n = 0; n < rounds; n++) {
        done.push(await raise(station, { message: message(n), to }, signal))
        tell(kind, done.at(-1) as Round)
      }
      return done
    }
    const spoken = await raised('spoken text', (n) => ({ text: `${TEXT} ${n + 1}.` }), all)
    for (let n = 0; n < boxes; n++) station.link.set(n, drawLink('clean', () => 0.5))
    await pinnedEverywhere(station, clip, signal)
    const communes = some.length < boxes ? await raised(`pinned clip, clean links, ${some.length} of them`, () => ({ programme: clip }), some) : null
    const pinned = await raised('pinned clip, clean links', () => ({ programme: clip }), all)
    return [
      ...rowsOf('60 words of text, emulated 4G', spoken, { tone: TONE_GOAL_S, who: `${boxes} agents` }),
      ...(communes === null ? [] : rowsOf('a pinned clip, clean links', communes, { tone: { p95: PINNED_GOAL_S }, who: `${some.length} of ${boxes} agents` })),
      ...rowsOf('a pinned clip, clean links', pinned, { tone: { p95: PINNED_GOAL_S }, who: `${boxes} agents` }),
    ]
  } finally {
    await station.stop()
  }
}

async function pinnedEverywhere(station: LinkStation, clip: string, signal: AbortSignal): Promise<void> {
  for (const until = station.now() + 180_000; station.now() < until; await pause(2_000, undefined, { signal })) {
    const pinned = await station.api.ask<readonly { programme: string; missing: readonly unknown[] }[]>('GET', '/pinned-clips')
    if (pinned.find(({ programme }) => programme === clip)?.missing.length === 0) return
  }
  throw new Error('Not every box holds the pinned clip.')
}

interface Board {
  readonly rows: readonly { readonly cluster: string; readonly verdict: string }[]
}

/** Raises one for some boxes, listens, ends it, and waits until all is quiet. */
async function raise(station: LinkStation, { message, to }: { readonly message: object; readonly to: readonly number[] }, signal: AbortSignal): Promise<Round> {
  const asked = station.now()
  const clusters = to.map((n) => station.clusters[n] ?? '')
  const targets = to.length === station.clusters.length ? 'all' : { clusters }
  const { id } = await station.api.ask<{ id: string }>('POST', '/emergencies', { title: 'Thử tốc độ', messages: [message], targets, drill: false, danger: 9, times: 1, gapSeconds: 0, expiresInMinutes: 5 })
  await pause(asked + SOUNDS_MS - station.now(), undefined, { signal })
  const board = await station.api.ask<Board>('GET', `/emergencies/${id}/board`)
  const readAt = station.now()
  await pause(2_000, undefined, { signal })
  const tones = to.map((n) => firstLoudMs(station.wav(n), asked, readAt))
  const { endedAt } = await station.api.ask<{ endedAt: string | null }>('GET', `/emergencies/${id}`)
  if (endedAt === null) await station.api.ask('POST', `/emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })
  await pause(QUIET_MS, undefined, { signal })
  const words: (number | null)[] = []
  for (const [n, tone] of tones.entries()) {
    words.push(wordsMs(station.wav(to[n] as number), tone))
    // the server must not find this process away for long
    await pause(1, undefined, { signal })
  }
  const verdictOf = new Map(board.rows.map(({ cluster, verdict }) => [cluster, verdict]))
  const verdicts = clusters.map((cluster) => verdictOf.get(cluster) ?? '')
  const seconds = (at: number | null): number | null => (at === null ? null : (at - asked) / 1_000)
  return {
    tones: tones.map(seconds),
    words: words.map(seconds),
    falseSounding: verdicts.filter((verdict, n) => (verdict === 'sounding' || verdict === 'finished') && tones[n] === null).length,
    falseUnreached: verdicts.filter((verdict, n) => verdict === 'unreached' && tones[n] !== null).length,
  }
}

/** When the words begin, by the tones as they were recorded: the order may be moved while the message is made. */
function wordsMs(wav: string, toneMs: number | null): number | null {
  const after = toneMs === null ? null : firstWordMs(pieceOf(wav, toneMs, WORDS_WITHIN_MS))
  return toneMs === null || after === null ? null : toneMs + after
}

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)
const summary = ({ tones, words }: Round): string => {
  const [tone, word] = [present(tones), present(words)]
  return tone.length === 0 ? 'nothing sounded' : `tone p50 ${quantile(tone, 0.5).toFixed(2)}, p95 ${quantile(tone, 0.95).toFixed(2)}, largest ${Math.max(...tone).toFixed(2)} s on ${tone.length} boxes; first word p50 ${word.length > 0 ? quantile(word, 0.5).toFixed(2) : '?'}, p95 ${word.length > 0 ? quantile(word, 0.95).toFixed(2) : '?'} s on ${word.length}`
}

function rowsOf(what: string, rounds: readonly Round[], { tone, who }: { readonly tone: { readonly p95: number; readonly p99?: number }; readonly who: string }): BenchRow[] {
  const asked = rounds.reduce((sum, round) => sum + round.tones.length, 0)
  const tones = rounds.flatMap((round) => present(round.tones))
  const words = rounds.flatMap((round) => present(round.words))
  const note = `${tones.length} of ${asked} sounded`
  const row = (name: string, values: readonly number[], share: number, goal?: number): BenchRow => ({ what: `${what}: request → ${name}`, who, role: 'ours', unit: 's', values: values.length > 0 ? [quantile(values, share)] : [], note, ...(goal === undefined ? {} : { goal: { atMost: goal } }) })
  const verdicts = (name: string, count: (round: Round) => number, goal: number): BenchRow => ({ what: `${what}: ${name}`, who, role: 'ours', unit: '%', values: [(100 * rounds.reduce((sum, round) => sum + count(round), 0)) / asked], goal: { atMost: goal } })
  return [
    row('tone, p50', tones, 0.5),
    row('tone, p95', tones, 0.95, tone.p95),
    row('tone, p99', tones, 0.99, tone.p99),
    row('first word, p50', words, 0.5),
    row('first word, p95', words, 0.95, WORD_GOAL_S + TONE_MS / 1_000),
    verdicts('said to sound and did not', (round) => round.falseSounding, 0),
    verdicts('said to be unreached and sounded', (round) => round.falseUnreached, 1),
  ]
}
