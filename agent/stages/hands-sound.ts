import type { Served } from '../../shared/protocol/messages/service.ts'
import { createNoiseMeter } from '../core/noise-floor.ts'
import type { TrySound } from '../core/ports.ts'
import { PROBE_MS } from '../core/sound-probe.ts'
import type { MonitorStage } from './monitor.ts'

export interface SoundTrialDeps {
  /** Absent = there is no device to try. */
  readonly trySound: TrySound | undefined
  readonly monitor: MonitorStage | undefined
  /** Nothing sounds, and nothing is due for minutes. */
  readonly isFree: () => boolean
}
export interface TriedSound {
  readonly isWell: boolean
  readonly facts: NonNullable<Served['facts']>
}

const MOST_LETTERS = 160

/**
 * Opens the sound device as a programme would, feeds it silence, and listens meanwhile where the box has an ear. The amplifier is
 * left as it is: off. Whatever is to sound takes the device over at once, which is no fault.
 */
export async function testSound({ trySound, monitor, isFree }: SoundTrialDeps): Promise<TriedSound> {
  if (!trySound) return { isWell: true, facts: {} }
  const trial = isFree() ? trySound(PROBE_MS) : null
  if (trial === null) return { isWell: true, facts: { sound: 'not-now' } }
  const meter = createNoiseMeter()
  const deafen = monitor?.listen((pcm) => meter.take(pcm)) ?? null
  const result = await trial
  deafen?.()
  const { verdict, takenMs, underruns, refusals, ratePpm, why } = result
  const facts = {
    sound: verdict, takenMs, underruns,
    ...(refusals === 0 ? {} : { refusals }), ...(ratePpm === null ? {} : { ratePpm }), ...(why === undefined ? {} : { soundWhy: why.slice(0, MOST_LETTERS) }),
  }
  if (verdict === 'taken-over') return { isWell: true, facts }
  const noise = meter.result()
  const isDeaf = deafen !== null && noise === null
  return { isWell: verdict === 'well' && !isDeaf, facts: { ...facts, ...(noise ?? {}), ...(isDeaf ? { ear: 'no-input' } : {}) } }
}
