import { every, type Cancel, type Clock, type MonoMs } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import type { Disk, Recovery } from '../core/ports.ts'
import { decideRecovery, NOTHING_TRIED, QUIET_BEFORE_STEP_MS, type RecoveryStep, type Tried } from '../core/recovery.ts'
import type { Act } from './hands.ts'

export interface RecoveryDeps {
  readonly clock: Clock
  readonly disk: Pick<Disk, 'read' | 'writeAtomic'>
  readonly log: Log
  readonly isUp: () => boolean
  /** As RecoveryView.soundInMs. */
  readonly soundInMs: () => number | null
  readonly recovery: Recovery
}
export interface RecoveryStage {
  load(): Promise<void>
  start(): void
  stop(): void
  /** A technician asks for the first step now. */
  act(): Promise<Act>
}

const LOOK_MS = 30_000
const FILE = 'state/recovery'

/** Takes the steps that bring a lost link back, one after the other, and rests between them. */
export function createRecovery(deps: RecoveryDeps): RecoveryStage {
  const { clock, disk, log, recovery } = deps
  const started = clock.mono()
  let tried: Tried = NOTHING_TRIED
  let downSince: MonoMs | null = null
  let isBusy = false
  let timer: Cancel = () => undefined

  const take = async (step: RecoveryStep): Promise<boolean> => {
    isBusy = true
    try {
      log.warn({ step, downMs: downSince === null ? 0 : clock.mono() - downSince }, 'the link is to be brought back')
      const went = await recovery.run(step)
      log.info({ step, went }, 'step taken')
      return went
    } finally {
      isBusy = false
    }
  }
  const look = (): void => {
    downSince = deps.isUp() ? null : (downSince ?? clock.mono())
    if (isBusy) return
    const before = tried.reboots
    const decided = decideRecovery(tried, { downMs: downSince === null ? null : clock.mono() - downSince, soundInMs: deps.soundInMs(), steps: recovery.steps, upMs: clock.mono() - started })
    tried = decided.tried
    const { step } = decided
    void (async () => {
      // how often it rebooted in vain is on the disk before it reboots
      if (tried.reboots !== before) await disk.writeAtomic(FILE, utf8(JSON.stringify({ reboots: tried.reboots })))
      if (step !== null) await take(step)
    })().catch((error: unknown) => log.error({ error: String(error) }, 'recovery'))
  }

  return {
    load: async () => {
      const stored = parseJson(await disk.read(FILE))
      const reboots = typeof stored === 'object' && stored !== null && 'reboots' in stored ? stored.reboots : 0
      if (typeof reboots === 'number' && Number.isInteger(reboots) && reboots >= 0) tried = { ...NOTHING_TRIED, reboots }
    },
    start: () => void (timer = every(clock, LOOK_MS, look)),
    stop: () => timer(),
    act: async () => {
      const [step] = recovery.steps
      const soundIn = deps.soundInMs()
      if (step === undefined || step === 'reboot') return { st: 'refused', why: 'not-here' }
      if (isBusy) return { st: 'refused', why: 'too-many' }
      if (soundIn !== null && soundIn < QUIET_BEFORE_STEP_MS) return { st: 'refused', why: 'sounding' }
      // its answer waits for the link that comes back
      return (await take(step)) ? { st: 'done', facts: { step } } : { st: 'failed', why: 'failed', facts: { step } }
    },
  }
}
