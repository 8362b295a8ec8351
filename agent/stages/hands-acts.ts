import type { Clock } from '../../shared/core/clock.ts'
import type { Disk, TrySound } from '../core/ports.ts'
import type { Act, ServiceActs } from './hands.ts'
import { testSound } from './hands-sound.ts'
import type { ToneStage } from './hands-tone.ts'
import type { MonitorStage } from './monitor.ts'
import type { PlayerStage } from './player.ts'
import type { RecoveryStage } from './recovery.ts'
import type { StoreStage } from './store.ts'
import type { Timekeeper } from './timekeeper.ts'

/** What the machine around the agent can do for a technician. */
export interface BoxServices {
  /** Ends this process in good order; whoever keeps it running starts it again. */
  readonly restart?: () => void
  readonly log?: () => { readonly bytes: Uint8Array; readonly lines: number }
  /** Ten seconds of what is played, or of what the ear hears, as Ogg Opus; null where there is none. */
  readonly listen?: (from: 'output' | 'monitor') => Promise<{ readonly bytes: Uint8Array; readonly level: number }> | null
}

export interface ActsDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly time: Pick<Timekeeper, 'now' | 'facts'>
  readonly store: Pick<StoreStage, 'plan' | 'inventory'>
  readonly player: PlayerStage
  /** Absent = there is no device to try. */
  readonly trySound: TrySound | undefined
  readonly tone: ToneStage
  readonly services: BoxServices
  readonly recovery: RecoveryStage | null
  readonly monitor: MonitorStage | undefined
}

/** Nothing is started anew when sound is due so soon, or while it sounds. */
const QUIET_BEFORE_MS = 60_000
/** The device is not tried when sound is planned so soon: a look at a faulty one can take a while to end. */
const FREE_BEFORE_MS = 300_000
const PROBE_FILE = 'state/self-test'

/** What this box does on a technician's order. What it cannot do is absent. */
export function createActs(deps: ActsDeps): ServiceActs {
  const { services, player, time } = deps
  const { restart, log, listen } = services
  let isListening = false
  const soundsWithin = (ms: number): boolean => {
    const [now, next] = [time.now(), player.nextSound()]
    return player.playing() !== null || (now !== null && next !== null && next - now < ms)
  }
  const soundsSoon = (): boolean => soundsWithin(QUIET_BEFORE_MS)
  return {
    ...(restart ? { restart: async (): Promise<Act> => (soundsSoon() ? { st: 'refused', why: 'sounding' } : { st: 'taken', afterwards: restart }) } : {}),
    ...(log
      ? {
          log: async (): Promise<Act> => {
            const { bytes, lines } = log()
            return { st: 'done', facts: { lines }, file: { kind: 'log', bytes } }
          },
        }
      : {}),
    ...(listen
      ? {
          listen: async ({ from }): Promise<Act> => {
            if (isListening) return { st: 'refused', why: 'too-many' }
            const recorded = listen(from ?? 'output')
            if (recorded === null) return { st: 'refused', why: 'not-here' }
            isListening = true
            try {
              const { bytes, level } = await recorded
              return { st: 'done', facts: { level }, file: { kind: 'sound', bytes } }
            } finally {
              isListening = false
            }
          },
        }
      : {}),
    tone: (order) => (player.playing() ? Promise.resolve<Act>({ st: 'refused', why: 'sounding' }) : deps.tone.act(order)),
    ...(deps.recovery ? { modem: deps.recovery.act } : {}),
    check: () => check(deps, () => !soundsWithin(FREE_BEFORE_MS)),
  }
}

/** tự kiểm tra: without a sound. */
async function check({ disk, time, store, monitor, clock, trySound }: ActsDeps, isFree: () => boolean): Promise<Act> {
  const probe = Uint8Array.from({ length: 64 }, (_, i) => (i * 7 + Math.floor(clock.mono())) & 255)
  await disk.writeAtomic(PROBE_FILE, probe)
  const read = await disk.read(PROBE_FILE)
  await disk.remove(PROBE_FILE)
  const diskWell = read !== null && read.length === probe.length && read.every((byte, i) => byte === probe[i])
  const free = await disk.free()
  const { trusted, errMs } = time.facts()
  const { held, due } = store.inventory()
  const tried = await testSound({ trySound, monitor, isFree })
  const planTo = store.plan()?.to ?? 0
  const facts = {
    diskWell, clockTrusted: trusted, held, due, planHours: Math.max(0, Math.round((planTo - (time.now() ?? 0)) / 3_600_000)), earCalibrated: monitor?.isCalibrated() ?? false,
    ...(free === null ? {} : { diskFreeBytes: free }), ...(errMs === undefined ? {} : { clockErrMs: Math.round(errMs) }), ...tried.facts,
  }
  return diskWell && trusted && held === due && tried.isWell ? { st: 'done', facts } : { st: 'failed', why: 'failed', facts }
}
