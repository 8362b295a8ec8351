import { classify } from '../../shared/core/signal-class.ts'
import type { BeatSample } from './beat-packing.ts'
import { inWholeMeans, noCounts, noteFigure, type Bucket, type GrowingSpread, type RingCount, type RingFigure } from './ring-bucket.ts'
import type { VitalSample } from './vital-packing.ts'

export const HOUR_S = 3_600
/** Beats come every 40 s; two that are further apart than this had a gap between them (BEAT_TIMEOUT_MS). */
const LONGEST_S = 58
/** What a beat vouches for where the one before it did not come. */
const ALONE_S = 40

/**
 * An hour of one cluster. Depends on which samples there were, not on the order in which they came, so it can be made again
 * after a late one. `endS`: seconds of the hour that are over, for an hour under way.
 */
export function hourOf(beats: readonly BeatSample[], vitals: readonly VitalSample[], endS = HOUR_S): Bucket {
  const counts = noCounts()
  const figures: Partial<Record<RingFigure, GrowingSpread>> = {}
  const isSorted = beats.every(({ second }, n) => n === 0 || second > (beats[n - 1]?.second ?? 0))
  const sorted = isSorted ? beats : [...beats].sort((a, b) => a.second - b.second || a.seq - b.seq)
  sorted.forEach((beat, n) => {
    const before = sorted[n - 1]?.second ?? 0
    const gap = beat.second - before
    const tail = n === sorted.length - 1 ? Math.max(0, endS - beat.second) : 0
    noteBeat(counts, beat, (gap <= LONGEST_S ? gap : ALONE_S) + (tail <= LONGEST_S ? tail : 0))
    measure(figures, beat)
  })
  for (const vital of vitals) noteVital(counts, figures, vital)
  return inWholeMeans({ counts, figures })
}

const REASON = { 'weak-cell': 'weakS', 'noisy-cell': 'noisyS', 'crowded-cell': 'crowdedS', fine: null, 'no-figures': null } as const
const CLASS = { good: 'goodS', fair: 'fairS', poor: 'poorS', none: null } as const

function noteBeat(counts: Record<RingCount, number>, beat: BeatSample, seconds: number): void {
  counts.beats++
  counts.onlineS += seconds
  if (beat.playing) counts.playingS += seconds
  if (!beat.radio) return
  const verdict = classify(beat.radio)
  const [of, because] = [CLASS[verdict.class], REASON[verdict.reason]]
  if (of !== null) counts[of] += seconds
  if (because !== null) counts[because] += seconds
}

const RADIO = ['rsrp', 'rsrq', 'sinr', 'rssi'] as const

function measure(figures: Partial<Record<RingFigure, GrowingSpread>>, beat: BeatSample): void {
  beat.radio?.forEach((value, at) => {
    const figure = RADIO[at]
    if (value !== null && figure !== undefined) noteFigure(figures, figure, Math.round(value * 10))
  })
  if (beat.rttMs !== undefined) noteFigure(figures, 'rtt', beat.rttMs)
  if (beat.clockErrMs !== undefined) noteFigure(figures, 'clock', beat.clockErrMs)
  if (beat.bufferMs !== undefined) noteFigure(figures, 'buffer', beat.bufferMs)
  if (beat.level !== undefined) noteFigure(figures, 'level', beat.level)
  noteFigure(figures, 'held', beat.held)
}

function noteVital(counts: Record<RingCount, number>, figures: Partial<Record<RingFigure, GrowingSpread>>, vital: VitalSample): void {
  counts.vitals++
  counts.dataBytes += vital.dataBytes
  counts.connects += vital.connects
  counts.lateBeats += vital.lateBeats
  if (vital.battery) counts.batteryVitals++
  if (vital.muted) counts.mutedVitals++
  noteFigure(figures, 'volume', vital.volume)
  if (vital.temp !== undefined) noteFigure(figures, 'temp', vital.temp)
}
