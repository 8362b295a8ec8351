import { ok } from '../../../shared/core/result.ts'
import { toBase64Url } from '../../../shared/protocol/wire.ts'
import { RATE_HZ, type Decoded } from '../../adapters/ffmpeg.ts'
import type { MediaProbe } from '../../adapters/ffmpeg-probe.ts'
import { isDiskFull } from '../../adapters/media-store.ts'
import type { WorkFolder } from '../../adapters/media-store-work.ts'
import type { QuickSpeechEncoder } from '../../adapters/quick-speech.ts'
import { createLevelScan, loudestDb } from '../../core/levels.ts'
import { wavFile } from '../../core/tones.ts'
import { HIGHPASS_HZ, IMPORT_DEFAULTS, importMedia, SILENT_BELOW_DB, type ImportDeps, type ImportedMedia, type ImportResult, type ImportSettings } from './import.ts'
import { refuseImport } from './import-refusals.ts'

export interface QuickMediaDeps extends ImportDeps {
  /** For sound that people wait for; absent = all is imported with care. */
  readonly quick?: Pick<QuickSpeechEncoder, 'encode'>
}

export interface QuickWav {
  /** Mono, 16 bit. */
  readonly wav: Uint8Array
  readonly settings: ImportSettings
  readonly folder: WorkFolder
  readonly source: { readonly container: string; readonly codec: string }
}

/** Sound to a file of the clusters in one pass; null where that cannot be, and it is to be imported. */
export async function keepQuickly(deps: QuickMediaDeps, { wav, settings, folder, source }: QuickWav): Promise<ImportedMedia | null> {
  const { targetLufs, maxTruePeakDb, silenceDb, keepSilenceMs, bitrateBps } = settings
  const made = await deps.quick?.encode({ wav, goal: { targetLufs, maxTruePeakDb, silenceDb, keepSilenceMs }, bitrateBps })
  if (!made) return null
  await folder.write('quick.opus', made.file)
  const { sha, bytes } = await deps.store.keep(folder.path('quick.opus'))
  const durationMs = made.samples / (RATE_HZ / 1_000)
  return {
    sha, bytes, durationMs, fullMs: durationMs, samples: made.samples, loudnessLufs: made.loudnessLufs, truePeakDb: maxTruePeakDb, peaks: toBase64Url(made.peaks),
    source: { ...source, loudnessLufs: made.sourceLufs, seconds: durationMs / 1_000 }, original: null,
  }
}

/** Longer ones take so long in one pass that care costs little more, and fill the memory. */
const MAX_SECONDS = 180
const TIMEOUT_MS = 15_000

/**
 * A recording that people wait for, such as an emergency's: decoded once and made in one pass, where an import measures, makes and
 * measures again. What is long, damaged, silent when mixed, or of unknown length is imported with care, which also names what is wrong with it.
 */
export async function recordingToMedia(deps: QuickMediaDeps, path: string, signal: AbortSignal): Promise<ImportResult> {
  const samples = deps.quick ? await samplesOf(deps, path, signal) : null
  const made = samples && (await keptOf(deps, samples))
  return made ?? importMedia(deps, { path, signal })
}

interface Samples {
  readonly pcm: Float32Array
  readonly probe: MediaProbe
}

async function samplesOf({ ffmpeg }: QuickMediaDeps, path: string, signal: AbortSignal): Promise<Samples | null> {
  const probed = await ffmpeg.probe(path, { timeoutMs: TIMEOUT_MS, signal })
  if (!probed.ok || !probed.value.audio || probed.value.declaredSeconds === null || probed.value.declaredSeconds > MAX_SECONDS) return null
  const { audio, declaredSeconds } = probed.value
  const scan = createLevelScan(RATE_HZ)
  const parts: Float32Array[] = []
  const decoded = await ffmpeg.decode(
    {
      path, streamIndex: audio.index, codec: audio.codec, maxSeconds: MAX_SECONDS + 1, channel: 'mix', highpassHz: HIGHPASS_HZ,
      onSamples: (samples) => {
        scan.add(samples)
        parts.push(samples.slice())
      },
    },
    { timeoutMs: TIMEOUT_MS, signal },
  )
  const isWhole = decoded.ok && soundsWhole(decoded.value, declaredSeconds) && loudestDb(scan.windows()) >= SILENT_BELOW_DB
  return isWhole ? { pcm: joined(parts), probe: probed.value } : null
}

/** A lossy file's declared length is rounded to its frames. */
const soundsWhole = ({ samples, complaints }: Decoded, declaredSeconds: number): boolean => complaints === 0 && samples > 0 && Math.abs(samples / RATE_HZ - declaredSeconds) < 0.25

async function keptOf(deps: QuickMediaDeps, { pcm, probe }: Samples): Promise<ImportResult | null> {
  const settings = { ...IMPORT_DEFAULTS, ...deps.settings }
  const folder = await deps.store.workFolder()
  try {
    const made = await keepQuickly(deps, { wav: wavFile(pcm, RATE_HZ), settings, folder, source: { container: probe.container, codec: probe.audio?.codec ?? '' } })
    return made && ok(made)
  } catch (error) {
    if (isDiskFull(error)) return refuseImport('disk-full')
    throw error
  } finally {
    await folder.remove()
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const pcm = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    pcm.set(part, at)
    at += part.length
  }
  return pcm
}
