import { civilDate, clockText, msOfDay } from '../../../shared/core/civil.ts'
import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import { ADMINISTRATOR } from '../../core/administrator.ts'
import type { Live } from '../../core/live-book.ts'
import type { MicDecoder, MicRecording, MicRecordings } from '../../core/mic-ports.ts'
import { PROBLEMS, type Problem } from '../../core/mic-problems.ts'
import { MAX_BROADCAST_MS, type MicAnswer, type MicStart } from '../../core/mic-protocol.ts'
import { createTickets, type Tickets } from '../../core/mic-tickets.ts'
import type { DecisionListener, Importer } from '../../core/server-deps.ts'
import type { StreamHub } from '../../core/sound-stream.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { createMicSession, type MicSession } from './session.ts'

export interface MicrophoneDeps {
  readonly clock: Clock
  readonly live: Live
  readonly hub: Pick<StreamHub, 'open'>
  readonly decoder: () => MicDecoder
  readonly recordings: MicRecordings
  readonly importer: Importer
  readonly stores: Pick<Stores, 'programmes'>
  readonly decide: Decide
  readonly listener: Pick<DecisionListener, 'timetableChanged'>
  readonly secretBytes: (count: number) => Uint8Array
  readonly log: Log
}

export type Opened = { readonly ok: true; readonly session: MicSession; readonly started: Extract<MicAnswer, { t: 'started' }> } | { readonly ok: false; readonly problem: Problem }

export interface Microphone {
  readonly tickets: Tickets
  start(order: MicStart): Opened
  /** The broadcast of a token that has not ended. */
  resume(token: string): Opened
  /** Ends what is being said; resolves when the recordings are kept. */
  stop(): Promise<void>
}

const MAX_SPEAKERS = 8
export const RECORDINGS_FOLDER = 'Phát trực tiếp'
const UNTITLED = 'Phát trực tiếp'

/** People who speak from a browser or a machine with a microphone. */
export function startMicrophone(deps: MicrophoneDeps): Microphone {
  const { clock, live, hub, log } = deps
  /** Those that are being spoken into, by token. */
  const sessions = new Map<string, MicSession>()
  /** Also those whose closing chime is still to come. */
  const shown = new Set<MicSession>()
  const keeping = new Set<Promise<void>>()
  let stopping = false

  const keepLater = (work: Promise<void>): void => {
    const kept = work.catch((error: unknown) => log.error({ error: String(error) }, 'what was said could not be kept as a recording')).finally(() => keeping.delete(kept))
    keeping.add(kept)
  }
  const startedOf = (session: MicSession, token: string, more: Pick<Extract<MicAnswer, { t: 'started' }>, 'skipped' | 'warnings' | 'delayMs'>): Opened => ({
    ok: true, session, started: { t: 'started', id: session.broadcast.id, token, ...more },
  })
  // what a server before this one was in the middle of
  for (const { name, path } of deps.recordings.leftOver()) {
    const broadcast = live.byId(name)
    keepLater(keep(deps, path, { title: broadcast?.title ?? UNTITLED, at: broadcast?.acceptedAt ?? clock.wall() }))
  }

  return {
    tickets: createTickets(clock, deps.secretBytes),
    start: (order) => {
      if (stopping) return { ok: false, problem: PROBLEMS.stopping }
      if (sessions.size >= MAX_SPEAKERS) return { ok: false, problem: PROBLEMS.tooMany }
      const kind = order.urgent === true ? 'urgent' : 'voice'
      const maxMs = Math.min(MAX_BROADCAST_MS, (order.maxMinutes ?? 60) * 60_000)
      const title = order.title?.normalize('NFC').trim() || UNTITLED
      const begun = live.begin({ title, targets: order.targets, sound: { kind, maxMs }, chime: order.chime ?? true, authority: 1, actor: ADMINISTRATOR })
      if (!begun.ok) return { ok: false, problem: begun.refusal }
      const { broadcast, skipped, warnings } = begun.value
      const stream = hub.open(`~${broadcast.id}`, kind)
      const recording = deps.recordings.begin(broadcast.id)
      const token = toBase64Url(deps.secretBytes(18))
      const session: MicSession = createMicSession({
        clock, live, stream, broadcast, recording, decoder: deps.decoder, actor: ADMINISTRATOR,
        over: () => void shown.delete(session),
        ended: () => {
          sessions.delete(token)
          keepLater(keepRecording(deps, recording, { title, at: broadcast.acceptedAt }))
        },
      })
      sessions.set(token, session)
      shown.add(session)
      return startedOf(session, token, { skipped, warnings, delayMs: Math.max(0, Math.round(stream.soundsAt() - clock.wall())) })
    },
    resume: (token) => {
      const session = sessions.get(token)
      return session ? startedOf(session, token, { skipped: [], warnings: [], delayMs: 0 }) : { ok: false, problem: PROBLEMS.tooLate }
    },
    stop: async () => {
      stopping = true
      sessions.forEach((session) => session.end(PROBLEMS.stopping))
      while (sessions.size > 0 || keeping.size > 0) {
        await Promise.all(keeping)
        if (sessions.size > 0) await new Promise<void>((done) => void clock.after(20, done))
      }
      shown.forEach((session) => session.close())
    },
  }
}

interface Said {
  readonly title: string
  readonly at: WallMs
}

async function keepRecording(deps: MicrophoneDeps, recording: MicRecording, said: Said): Promise<void> {
  const path = await recording.finish()
  if (path !== null) await keep(deps, path, said)
}

/** What was said becomes a programme of the station; what is silent or too short does not. */
async function keep(deps: MicrophoneDeps, path: string, { title, at }: Said): Promise<void> {
  const imported = await deps.importer({ path })
  await deps.recordings.discard(path)
  if (!imported.ok) return deps.log.info({ title, code: imported.code }, 'nothing of a live broadcast was kept')
  const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = imported.value
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
  const programme = {
    id: toBase64Url(deps.secretBytes(9)), name: `${title} (${civilDate(at)} ${clockText(Math.floor(msOfDay(at) / 60_000) * 60)})`.slice(0, 120), folder: RECORDINGS_FOLDER,
    sha, bytes, ms: Math.round(durationMs), lufs: finite(loudnessLufs), truePeak: finite(truePeakDb), peaks: fromBase64Url(peaks) ?? new Uint8Array(),
    kind: 'recording', music: false, key: null, createdAt: deps.clock.wall(),
  } as const
  deps.decide({ actor: 'server', action: 'programme.create', subject: programme.id, detail: { name: programme.name, kind: programme.kind, sha } }, () => deps.stores.programmes.insert(programme))
  deps.listener.timetableChanged()
}
