import type { Clock, Random } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import type { SignalSource } from '../../core/ports.ts'
import { SIMULATED_PROFILES, simulatedSignal } from '../../core/signal-sim.ts'
import { atPoller } from './at.ts'
import { mmPoller } from './mm.ts'
import { pollingSource } from './polling.ts'

export interface SignalDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Pause between rounds of questions, for tests; 20 s otherwise. */
  readonly pollMs?: number
}

/** `none`, `at:/dev/ttyUSB2`, `mm`, or `sim:good|fair|poor|flapping`. A modem that is absent is waited for, not refused. */
export function createSignalSource(spec: string, deps: SignalDeps): Result<SignalSource, 'bad-modem'> {
  const polling = { clock: deps.clock, log: deps.log, label: spec, ...(deps.pollMs === undefined ? {} : { pollMs: deps.pollMs }) }
  if (spec === 'none') return ok({ latest: () => null, stop: async () => undefined })
  if (spec === 'mm') return ok(pollingSource(mmPoller(), polling))
  if (/^at:\/./.test(spec)) return ok(pollingSource(atPoller(spec.slice(3)), polling))
  const profile = SIMULATED_PROFILES.find((name) => spec === `sim:${name}`)
  if (profile !== undefined) return ok(simulatedSignal(profile, deps))
  return refuse('bad-modem', `TL_MODEM: "${spec}" is not understood; write none, mm, at:/dev/ttyUSB2 (the modem's AT port), or sim:good, sim:fair, sim:poor, sim:flapping for a made-up one.`)
}
