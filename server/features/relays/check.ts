import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import type { Relay } from '../../../shared/core/timetable.ts'
import { createLoudnessMeter } from '../../core/loudness-meter.ts'
import type { CheckOutcome, CheckTrigger, RelayCheck } from '../../core/relay-check.ts'
import { createLevelWindow } from '../../core/relay-level.ts'
import { relaySourceOf, type FeedEnd, type OpenableSource, type OpenRelayFeed } from '../../core/relay-ports.ts'
import type { BroadcastFacts } from './broadcast.ts'

export interface CheckDeps {
  readonly clock: Clock
  readonly openFeed: OpenRelayFeed
  /** Sound that is listened to, ms. */
  readonly listenMs: number
  /** Given up after, ms. */
  readonly timeoutMs: number
  /** dBFS; softer all the while is silence. */
  readonly silenceDb: number
}

const SAMPLES_PER_MS = 48
const TENTH_SAMPLES = 4_800
const FULL_SCALE = 32_768

/** Opens a relay for some seconds, beside whatever else runs, and tells how it is. */
export async function checkRelay(deps: CheckDeps, id: string, relay: Relay | null, trigger: CheckTrigger): Promise<RelayCheck> {
  const nothing = { relay: id, at: deps.clock.wall(), trigger, codec: null, levelDb: null, lufs: null, heardMs: 0, said: null }
  if (!relay) return { ...nothing, outcome: 'unknown-relay' }
  const source = relaySourceOf(relay.source)
  if (!source) return { ...nothing, outcome: 'no-address' }
  if (source.kind === 'line') return { ...nothing, outcome: 'cluster-line' }
  return { ...nothing, ...(await listen(deps, source)), at: deps.clock.wall() }
}

/** How a relay is that is open already: it is not opened beside itself, for an audio input can be read by one alone. */
export function checkOfOpen(id: string, trigger: CheckTrigger, facts: BroadcastFacts, { at, silenceDb }: { readonly at: WallMs; readonly silenceDb: number }): RelayCheck {
  const { levelDb, codec, sourceLufs: lufs } = facts
  const outcome = levelDb === null ? 'unreachable' : levelDb < silenceDb ? 'silent' : 'good'
  return { relay: id, at, trigger, outcome, codec, levelDb, lufs, heardMs: levelDb === null ? 0 : 1_000, said: levelDb === null ? 'it is open, and nothing comes' : null }
}

type Found = Pick<RelayCheck, 'outcome' | 'codec' | 'levelDb' | 'lufs' | 'heardMs' | 'said'>

async function listen(deps: CheckDeps, source: OpenableSource): Promise<Found> {
  const levels = createLevelWindow()
  const meter = createLoudnessMeter({ seconds: Infinity })
  let [samples, loudest, rest] = [0, -Infinity, new Int16Array(0)]
  let enough: () => void = () => undefined
  const heard = new Promise<null>((done) => (enough = () => done(null)))
  const onPcm = (pcm: Int16Array): void => {
    if (samples >= deps.listenMs * SAMPLES_PER_MS) return
    samples += pcm.length
    meter.add(Float32Array.from(pcm, (value) => value / FULL_SCALE))
    rest = joined(rest, pcm)
    for (; rest.length >= TENTH_SAMPLES; rest = rest.slice(TENTH_SAMPLES)) {
      levels.add(rest.subarray(0, TENTH_SAMPLES))
      loudest = Math.max(loudest, levels.levelDb())
    }
    if (samples >= deps.listenMs * SAMPLES_PER_MS) enough()
  }
  let onEnd: (end: FeedEnd) => void = () => undefined
  const ended = new Promise<FeedEnd>((done) => (onEnd = done))
  const feed = deps.openFeed(source, { onPcm, onEnd })
  const cancel = deps.clock.after(deps.timeoutMs, enough)
  const end = await Promise.race([heard, ended])
  cancel()
  await feed.stop()
  const outcome = outcomeOf(end, { samples, loudest, silenceDb: deps.silenceDb })
  return {
    outcome,
    codec: feed.codec(),
    levelDb: samples > 0 ? loudest : null,
    lufs: meter.lufs(),
    heardMs: Math.round(samples / SAMPLES_PER_MS),
    said: outcome === 'good' || outcome === 'silent' ? null : (end?.said ?? 'nothing came in time'),
  }
}

function outcomeOf(end: FeedEnd | null, { samples, loudest, silenceDb }: { samples: number; loudest: number; silenceDb: number }): CheckOutcome {
  if (samples >= TENTH_SAMPLES) return loudest < silenceDb ? 'silent' : 'good'
  if (end?.code === 'ffmpeg-missing') return 'ffmpeg-missing'
  // it was reached, and what came was a web page or a picture
  return end && /invalid data|no streams|does not contain|not on whitelist|could not find codec/i.test(end.said) ? 'no-sound' : 'unreachable'
}

function joined(a: Int16Array, b: Int16Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
