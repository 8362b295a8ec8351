import type { Random } from '../../../shared/core/clock.ts'

/** One direction of a box's link. */
export interface LinkShape {
  /** One way, ms. */
  readonly delayMs: number
  /** Added to the delay, uniform in 0 … this; the order of packets is kept. */
  readonly jitterMs: number
  /** Share of packets that are lost one by one. */
  readonly loss: number
  /** Share of packets that begin a burst, in which seven of ten are lost, and its mean length in packets. */
  readonly bursts: { readonly share: number; readonly packets: number }
  /** Kilobits per second. */
  readonly rateKbps: number
  /** What the queue before the bottleneck holds; what comes on top is lost. */
  readonly queueMs: number
}

/** One box's link. */
export interface BoxLink {
  readonly up: LinkShape
  readonly down: LinkShape
  /** Nothing passes for `lengthMs`, again after `everyMs` on the average; null = never. */
  readonly outages: { readonly everyMs: number; readonly lengthMs: number } | null
}

export const PROFILE_NAMES = ['clean', 'good', 'fair', 'poor'] as const
export type ProfileName = (typeof PROFILE_NAMES)[number]

interface Profile {
  /** Range of the one-way delay: a box keeps what it draws. */
  readonly delayMs: readonly [number, number]
  readonly jitterMs: number
  readonly loss: number
  readonly bursts: LinkShape['bursts']
  readonly rateKbps: { readonly up: number; readonly down: number }
  readonly queueMs: number
  readonly outages: BoxLink['outages']
  /** The two ways differ by a constant of at most this. Half of it becomes clock error that nobody can see. */
  readonly asymmetryMs: number
}

const NO_BURSTS = { share: 0, packets: 1 }

/**
 * The links of all benches, in numbers. Delays are one way: the round trip of `poor` is 200 … 400 ms and up to 120 more.
 *
 * | profile | delay, one way | jitter | loss | bursts | up / down | queue | outages | asymmetry |
 * |---|---|---|---|---|---|---|---|---|
 * | clean | 15–25 ms | 2 ms | 0 | – | 10 / 20 Mbit/s | 200 ms | – | 0 |
 * | good | 30–50 ms | 10 ms | 0.1 % | – | 5 / 10 Mbit/s | 300 ms | – | ≤ 5 ms |
 * | fair | 50–90 ms | 30 ms | 1 % | – | 0.5 / 1 Mbit/s | 500 ms | – | ≤ 10 ms |
 * | poor | 100–200 ms | 60 ms | 3 % | 0.05 %, 5 packets | 100 / 200 kbit/s | 800 ms | 3 s each minute or so | ≤ 20 ms |
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  clean: { delayMs: [15, 25], jitterMs: 2, loss: 0, bursts: NO_BURSTS, rateKbps: { up: 10_000, down: 20_000 }, queueMs: 200, outages: null, asymmetryMs: 0 },
  good: { delayMs: [30, 50], jitterMs: 10, loss: 0.001, bursts: NO_BURSTS, rateKbps: { up: 5_000, down: 10_000 }, queueMs: 300, outages: null, asymmetryMs: 5 },
  fair: { delayMs: [50, 90], jitterMs: 30, loss: 0.01, bursts: NO_BURSTS, rateKbps: { up: 500, down: 1_000 }, queueMs: 500, outages: null, asymmetryMs: 10 },
  poor: { delayMs: [100, 200], jitterMs: 60, loss: 0.03, bursts: { share: 0.0005, packets: 5 }, rateKbps: { up: 100, down: 200 }, queueMs: 800, outages: { everyMs: 60_000, lengthMs: 3_000 }, asymmetryMs: 20 },
}

/** Draws a box's link: its delay within the profile's range, and an asymmetry to either side. */
export function drawLink(name: ProfileName, random: Random): BoxLink {
  const { delayMs: [least, most], jitterMs, loss, bursts, rateKbps, queueMs, outages, asymmetryMs } = PROFILES[name]
  const delayMs = least + random() * (most - least)
  const skewMs = (random() - 0.5) * asymmetryMs
  const common = { jitterMs, loss, bursts, queueMs }
  return {
    up: { ...common, delayMs: delayMs + skewMs, rateKbps: rateKbps.up },
    down: { ...common, delayMs: delayMs - skewMs, rateKbps: rateKbps.down },
    outages,
  }
}

/** Constant part of the clock error that a link causes: half of what its two ways differ by, ms. */
export const hiddenErrorMs = ({ up, down }: BoxLink): number => (down.delayMs - up.delayMs) / 2

/** Address of a box's end of the link, 10.77.1.1 and on, 250 to a net; the server's is 10.77.0.1. */
export const SERVER_ADDRESS = '10.77.0.1'
export const boxAddress = (n: number): string => `10.77.${1 + Math.floor(n / 250)}.${1 + (n % 250)}`
