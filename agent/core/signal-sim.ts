import type { Clock, MonoMs, Random } from '../../shared/core/clock.ts'
import type { RadioReading, SignalSource } from './ports.ts'
import { radioOf, type Figures } from './signal-figures.ts'

export const SIMULATED_PROFILES = ['good', 'fair', 'poor', 'flapping'] as const
export type SimulatedProfile = (typeof SIMULATED_PROFILES)[number]

const CENTRES: Record<'good' | 'fair' | 'poor', Record<keyof Figures, number>> = {
  good: { rsrp: -84, rsrq: -8.5, sinr: 17, rssi: -58 },
  fair: { rsrp: -102, rsrq: -12, sinr: 6, rssi: -74 },
  poor: { rsrp: -116, rsrq: -17, sinr: -3, rssi: -87 },
}
/** A new reading at most so often, as a modem would give. */
const RENEWED_EVERY_MS = 10_000
/** A flapping cell: good for two minutes, poor for one, gone for half of one. */
const FLAPPING_MS = { good: 120_000, poor: 60_000, gone: 30_000 }

/** A modem that is made up: every reading says so. */
export function simulatedSignal(profile: SimulatedProfile, deps: { readonly clock: Clock; readonly random: Random }): SignalSource {
  const { clock, random } = deps
  const began = clock.mono()
  let madeAt: MonoMs | null = null
  let reading: RadioReading | null = null
  let stopped = false
  const renew = (now: MonoMs): RadioReading | null => {
    const phase = profile === 'flapping' ? flappingPhase(now - began) : profile
    return phase === 'gone' ? null : readingAround(phase, profile, random)
  }
  return {
    latest: () => {
      if (stopped) return null
      const now = clock.mono()
      if (madeAt === null || now - madeAt >= RENEWED_EVERY_MS) {
        madeAt = now
        reading = renew(now)
      }
      return reading
    },
    stop: async () => {
      stopped = true
    },
  }
}

function flappingPhase(sinceMs: number): 'good' | 'poor' | 'gone' {
  const at = sinceMs % (FLAPPING_MS.good + FLAPPING_MS.poor + FLAPPING_MS.gone)
  if (at < FLAPPING_MS.good) return 'good'
  return at < FLAPPING_MS.good + FLAPPING_MS.poor ? 'poor' : 'gone'
}

function readingAround(phase: 'good' | 'fair' | 'poor', profile: SimulatedProfile, random: Random): RadioReading {
  const centre = CENTRES[phase]
  // the sum of three is a bell of about ±1 dB
  const noise = (): number => random() + random() + random() - 1.5
  const [fade, load] = [noise() * 2, noise()]
  const figures = radioOf({
    rsrp: centre.rsrp + fade,
    rsrq: centre.rsrq + load,
    sinr: centre.sinr + fade + load,
    rssi: centre.rssi + fade,
  })
  return { figures, tech: 'LTE', operator: 'Mạng mô phỏng', band: 'B3', cell: 'SIM', source: `sim:${profile}`, simulated: true }
}
