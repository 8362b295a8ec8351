import { civilDate, clockText, msOfDay } from '../../../shared/core/civil.ts'
import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import type { EmergencyVoices } from '../../core/emergency-voice.ts'
import { isOver, type Live, type LiveBroadcast } from '../../core/live-book.ts'
import type { MicDecoder, MicRecording, MicRecordings, SpokenInto } from '../../core/mic-ports.ts'
import { PROBLEMS, type Problem } from '../../core/mic-problems.ts'
import { MAX_BROADCAST_MS, RESUME_WITHIN_MS, type MicAnswer, type MicSpeak, type MicStart } from '../../core/mic-protocol.ts'
import { createTickets, type Tickets } from '../../core/mic-tickets.ts'
import type { DecisionListener, Importer } from '../../core/server-deps.ts'
import type { StreamHub } from '../../core/sound-stream.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { createMicSession, type MicSession } from './session.ts'

export interface MicrophoneDeps {
  readonly clock: Clock
  readonly live: Live
  readonly voices: EmergencyVoices
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

export type Opened = { readonly ok: true; readonly session: MicSession; readonly started: Started } | { readonly ok: false; readonly problem: Problem }

export interface Microphone {
  readonly tickets: Tickets
  /** `actor` as in the audit log. */
  start(order: MicStart, actor: string): Opened
  /** Into an emergency that was raised to be spoken live; whoever speaks into it already gives way. */
  speak(order: MicSpeak, actor: string): Opened
  /** What a token that has not ended goes on with, for whoever began it and nobody else. */
  resume(token: string, actor: string): Opened
  /** Ends what is being said; resolves when the recordings are kept. */
  stop(): Promise<void>
}

const MAX_SPEAKERS = 8
export const RECORDINGS_FOLDER = 'Phát trực tiếp'
const EMERGENCIES_FOLDER = 'Thông báo khẩn'
const UNTITLED = 'Phát trực tiếp'

/** Of an emergency, with when it was spoken: a server that was started anew may go on in another file. */
const EMERGENCY_RECORDING = /^k([0-9a-z]{10})x[0-9a-z]+$/

/** A live broadcast as something that is spoken into. */
function broadcastInto({ live, clock }: Pick<MicrophoneDeps, 'live' | 'clock'>, { id, speakFrom, to, actor }: LiveBroadcast): SpokenInto {
  const now = (): LiveBroadcast | null => live.byId(id)
  return {
    id, speakFrom,
    resumeWithinMs: RESUME_WITHIN_MS,
    patience: null,
    to: () => now()?.to ?? to,
    count: () => live.count(id),
    isEnded: () => now()?.endedBy !== null,
    isOver: () => {
      const broadcast = now()
      return broadcast === null || isOver(broadcast, clock.wall())
    },
    end: (at) => void live.end(id, { at, actor }),
  }
}

/** People who speak from a browser or a machine with a microphone. */
export function startMicrophone(deps: MicrophoneDeps): Microphone {
  const { clock, live, voices, hub, log } = deps
  /** Those that are being spoken into, by token. */
  const sessions = new Map<string, { readonly session: MicSession; readonly isEmergency: boolean; readonly actor: string }>()
  /** Also those whose closing chime is still to come. */
  const shown = new Set<MicSession>()
  const keeping = new Set<Promise<void>>()
  let stopping = false

  const keepLater = (work: Promise<void>): void => {
    const kept = work.catch((error: unknown) => log.error({ error: String(error) }, 'what was said could not be kept as a recording')).finally(() => keeping.delete(kept))
    keeping.add(kept)
  }
  const startedOf = (session: MicSession, token: string, more: Pick<Started, 'skipped' | 'warnings' | 'delayMs'>): Opened => ({
    ok: true, session, started: { t: 'started', id: session.into.id, token, resumeWithinMs: session.into.resumeWithinMs, ...more },
  })
  const open = (into: SpokenInto, { stream: name, kind, recordAs, said, notes, actor }: Opening): Opened => {
    const stream = hub.open(name, kind)
    const recording = deps.recordings.begin(recordAs)
    const token = toBase64Url(deps.secretBytes(18))
    const session: MicSession = createMicSession({
      clock, into, stream, recording, decoder: deps.decoder,
      over: () => void shown.delete(session),
      ended: () => {
        sessions.delete(token)
        keepLater(keepRecording(deps, recording, said))
      },
    })
    sessions.set(token, { session, isEmergency: said.folder === EMERGENCIES_FOLDER, actor })
    shown.add(session)
    return startedOf(session, token, { ...notes, delayMs: Math.max(0, Math.round(stream.soundsAt() - clock.wall())) })
  }
  const speakers = (ofEmergencies: boolean): number => [...sessions.values()].filter(({ isEmergency }) => isEmergency === ofEmergencies).length
  // what a server before this one was in the middle of
  for (const { name, path } of deps.recordings.leftOver()) keepLater(keep(deps, path, saidBefore(deps, name)))

  return {
    tickets: createTickets(clock, deps.secretBytes),
    start: (order, actor) => {
      if (stopping) return { ok: false, problem: PROBLEMS.stopping }
      if (speakers(false) >= MAX_SPEAKERS) return { ok: false, problem: PROBLEMS.tooMany }
      const kind = order.urgent === true ? 'urgent' : 'voice'
      const maxMs = Math.min(MAX_BROADCAST_MS, (order.maxMinutes ?? 60) * 60_000)
      const title = order.title?.normalize('NFC').trim() || UNTITLED
      const begun = live.begin({ title, targets: order.targets, sound: { kind, maxMs }, chime: order.chime ?? true, authority: 1, actor })
      if (!begun.ok) return { ok: false, problem: begun.refusal }
      const { broadcast, ...notes } = begun.value
      return open(broadcastInto(deps, broadcast), { stream: `~${broadcast.id}`, kind, recordAs: broadcast.id, said: { title, at: broadcast.acceptedAt, folder: RECORDINGS_FOLDER }, notes, actor })
    },
    speak: ({ emergency }, actor) => {
      if (stopping) return { ok: false, problem: PROBLEMS.stopping }
      const [held] = [...sessions].filter(([, { session, isEmergency }]) => isEmergency && session.into.id === emergency)
      if (held) {
        sessions.set(held[0], { ...held[1], actor })
        return startedOf(held[1].session, held[0], { ...NO_NOTES, delayMs: 0 })
      }
      if (speakers(true) >= MAX_SPEAKERS) return { ok: false, problem: PROBLEMS.tooMany }
      const voice = voices.open(emergency)
      if (!voice.ok) return { ok: false, problem: voice.code === 'already-over' ? PROBLEMS.emergencyOver : PROBLEMS.noSuchEmergency }
      const { stream, title } = voice.value
      const at = clock.wall()
      return open(voice.value, { stream, kind: 'urgent', recordAs: `k${emergency}x${Math.floor(at).toString(36)}`, said: { title, at, folder: EMERGENCIES_FOLDER }, notes: NO_NOTES, actor })
    },
    resume: (token, actor) => {
      const held = sessions.get(token)
      return held?.actor === actor ? startedOf(held.session, token, { ...NO_NOTES, delayMs: 0 }) : { ok: false, problem: PROBLEMS.tooLate }
    },
    stop: async () => {
      stopping = true
      sessions.forEach(({ session }) => session.end(PROBLEMS.stopping))
      while (sessions.size > 0 || keeping.size > 0) {
        await Promise.all(keeping)
        if (sessions.size > 0) await new Promise<void>((done) => void clock.after(20, done))
      }
      shown.forEach((session) => session.close())
    },
  }
}

type Started = Extract<MicAnswer, { t: 'started' }>
const NO_NOTES = { skipped: [], warnings: [] } as const

interface Opening {
  readonly stream: string
  readonly kind: 'voice' | 'urgent'
  readonly recordAs: string
  readonly said: Said
  /** Who speaks, as in the audit log. */
  readonly actor: string
  readonly notes: Pick<Started, 'skipped' | 'warnings'>
}

/** A recording that a server before this one was in the middle of, by its name. */
function saidBefore({ live, voices, clock }: MicrophoneDeps, name: string): Said {
  const [, emergency] = EMERGENCY_RECORDING.exec(name) ?? []
  if (emergency !== undefined) return { title: voices.titleOf(emergency) ?? EMERGENCIES_FOLDER, at: clock.wall(), folder: EMERGENCIES_FOLDER }
  const broadcast = live.byId(name)
  return { title: broadcast?.title ?? UNTITLED, at: broadcast?.acceptedAt ?? clock.wall(), folder: RECORDINGS_FOLDER }
}

interface Said {
  readonly title: string
  readonly folder: string
  readonly at: WallMs
}

async function keepRecording(deps: MicrophoneDeps, recording: MicRecording, said: Said): Promise<void> {
  const path = await recording.finish()
  if (path !== null) await keep(deps, path, said)
}

/** What was said becomes a programme of the station; what is silent or too short does not. */
async function keep(deps: MicrophoneDeps, path: string, { title, at, folder }: Said): Promise<void> {
  const imported = await deps.importer({ path })
  await deps.recordings.discard(path)
  if (!imported.ok) return deps.log.info({ title, code: imported.code }, 'nothing of a live broadcast was kept')
  const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = imported.value
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
  const programme = {
    id: toBase64Url(deps.secretBytes(9)), name: `${title} (${civilDate(at)} ${clockText(Math.floor(msOfDay(at) / 60_000) * 60)})`.slice(0, 120), folder,
    sha, bytes, ms: Math.round(durationMs), lufs: finite(loudnessLufs), truePeak: finite(truePeakDb), peaks: fromBase64Url(peaks) ?? new Uint8Array(),
    kind: 'recording', music: false, key: null, createdAt: deps.clock.wall(),
  } as const
  deps.decide({ actor: 'server', action: 'programme.create', subject: programme.id, detail: { name: programme.name, kind: programme.kind, sha } }, () => deps.stores.programmes.insert(programme))
  deps.listener.timetableChanged()
}
