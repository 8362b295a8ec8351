import { BrokenInvariant, ok, type Result } from '../../../shared/core/result.ts'
import { RATE_HZ, type FfmpegRefusal } from '../../adapters/ffmpeg.ts'
import {
  createLevelScan, firstLevelling, nextLevelling, peakAllowed, waveformPeaks, wellLevelled, type LevelGoal, type Levelling, type Levels, type Tried,
} from '../../core/levels.ts'
import type { Work } from './import.ts'

/** A stretch of the decoded source. */
export interface Span {
  readonly fromSample: number
  readonly samples: number
  /** Samples over which it swells and dies away; absent = neither. */
  readonly fades?: { readonly inSamples: number; readonly outSamples: number }
}

export interface Encoded {
  readonly path: string
  readonly samples: number
  /** As measured on the encoded sound, decoded again. */
  readonly levels: Levels
  readonly peaks: Uint8Array
}

/** Points of the picture of a recording. */
const WAVEFORM_POINTS = 400
/** Each try costs a second or two per minute of sound; three are usual. */
const MAX_TRIES = 8

/**
 * Encodes, decodes again, measures, and corrects until loudness and true peak of the *encoded* sound are right: Opus
 * moves peaks, and a limiter takes loudness away. What cannot be brought to the target without breaking the peak
 * comes out as near to it as the peak allows.
 */
export async function encodeLevelled(
  work: Work,
  sound: { readonly pcmPath: string; readonly span: Span; readonly levels: Levels },
): Promise<Result<Encoded, FfmpegRefusal>> {
  const { settings } = work
  const goal: LevelGoal = { targetLufs: settings.targetLufs, maxTruePeakDb: settings.maxTruePeakDb }
  const missed = (levels: Levels): number => Math.abs(levels.integratedLufs - goal.targetLufs)
  let levelling = firstLevelling(sound.levels, goal)
  let best: Encoded | null = null
  let before: Tried | null = null
  for (let n = 0; n < MAX_TRIES; n++) {
    const attempt = await encodeOnce(work, sound, { levelling, path: work.folder.path(`try-${n}.opus`) })
    if (!attempt.ok) return attempt
    const { levels } = attempt.value
    if (peakAllowed(levels, goal) && (best === null || missed(levels) < missed(best.levels))) best = attempt.value
    if (wellLevelled(levels, goal)) break
    const tried = { levelling, levels }
    levelling = nextLevelling(tried, before, goal)
    before = tried
  }
  if (best === null) throw new BrokenInvariant(`no try out of ${MAX_TRIES} kept the true peak below ${goal.maxTruePeakDb} dBTP`)
  return ok(best)
}

async function encodeOnce(
  work: Work,
  sound: { readonly pcmPath: string; readonly span: Span },
  to: { readonly levelling: Levelling; readonly path: string },
): Promise<Result<Encoded, FfmpegRefusal>> {
  const { deps, settings } = work
  const limits = { timeoutMs: settings.timeoutMs, signal: work.signal }
  const order = { pcmPath: sound.pcmPath, outPath: to.path, ...sound.span, ...to.levelling, bitrateBps: settings.bitrateBps }
  const encoded = await deps.ffmpeg.encode(order, limits)
  if (!encoded.ok) return encoded
  const scan = createLevelScan(RATE_HZ)
  const decoded = await deps.ffmpeg.decode(
    {
      path: to.path,
      streamIndex: 0,
      codec: 'opus',
      maxSeconds: settings.maxSeconds + 1,
      channel: 'mix',
      highpassHz: 0,
      onSamples: (samples) => scan.add(samples),
    },
    limits,
  )
  if (!decoded.ok) return decoded
  if (decoded.value.samples !== sound.span.samples) {
    throw new BrokenInvariant(`encoded ${sound.span.samples} samples, but ${decoded.value.samples} come out again`)
  }
  return ok({
    path: to.path,
    samples: decoded.value.samples,
    levels: decoded.value.loudness,
    peaks: waveformPeaks(scan.windows(), WAVEFORM_POINTS),
  })
}
