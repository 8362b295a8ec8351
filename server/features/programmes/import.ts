import { ok, type Result } from '../../../shared/core/result.ts'
import { toBase64Url } from '../../../shared/protocol/wire.ts'
import { RATE_HZ, type Decoded, type Ffmpeg, type FfmpegRefusal, type Loudness } from '../../adapters/ffmpeg.ts'
import type { MediaProbe } from '../../adapters/ffmpeg-probe.ts'
import { isDiskFull, type MediaStore } from '../../adapters/media-store.ts'
import type { WorkFolder } from '../../adapters/media-store-work.ts'
import type { Trim } from '../../core/programme-store.ts'
import { createLevelScan, loudestDb, MAX_GAIN_DB, soundingSpan, WINDOW_MS } from '../../core/levels.ts'
import { encodeLevelled, type Encoded, type Span } from './import-encode.ts'
import { endsTooEarly, HEAD_BYTES, TAIL_BYTES } from './import-ending.ts'
import { refuseImport, type ImportRefusal, type ImportRefusalCode } from './import-refusals.ts'

/** How recordings are prepared. All are settings of the station. */
export interface ImportSettings {
  /** Opus, bits per second, 6 000 … 128 000. */
  readonly bitrateBps: number
  /** Integrated loudness, LUFS. */
  readonly targetLufs: number
  /** True peak of the encoded sound, dBTP. */
  readonly maxTruePeakDb: number
  readonly maxSeconds: number
  readonly maxBytes: number
  /** Quieter than this at the ends, after levelling, is silence; dBFS. */
  readonly silenceDb: number
  /** Silence that stays at both ends. */
  readonly keepSilenceMs: number
  /** For the whole import. */
  readonly timeoutMs: number
}

export const IMPORT_DEFAULTS: ImportSettings = {
  bitrateBps: 24_000,
  targetLufs: -16,
  maxTruePeakDb: -1.5,
  maxSeconds: 4 * 3_600,
  maxBytes: 1_073_741_824,
  silenceDb: -50,
  keepSilenceMs: 100,
  timeoutMs: 60 * 60_000,
}

export interface ImportDeps {
  readonly ffmpeg: Ffmpeg
  readonly store: MediaStore
  /** What differs from IMPORT_DEFAULTS. */
  readonly settings?: Partial<ImportSettings>
}

export interface ImportInput {
  /** Absolute path of the file that was handed in. It is read, never changed. */
  readonly path: string
  /** False for what the station made itself and can make again. */
  readonly keepOriginal?: boolean
  readonly signal?: AbortSignal
  /** Leaves the rest out; the file that was handed in stays whole. Counted from the first sound. */
  readonly trim?: Trim
  /** What differs for this one file, such as a softer chime. */
  readonly settings?: Partial<ImportSettings>
}

/** A recording that clusters can play: `sha` names it on the wire, in the store and in plans. */
export interface ImportedMedia {
  readonly sha: string
  readonly bytes: number
  /** Exact: the encoded sound is cut to a whole number of milliseconds. */
  readonly durationMs: number
  /** Length without trimming, ms. */
  readonly fullMs: number
  /** Samples at 48 kHz, without the decoder's pre-skip. */
  readonly samples: number
  /** LUFS and dBTP of the encoded sound. */
  readonly loudnessLufs: number
  readonly truePeakDb: number
  /** At most 400 values 0–255, in base64url. */
  readonly peaks: string
  readonly source: { readonly container: string; readonly codec: string; readonly loudnessLufs: number; readonly seconds: number }
  /** The file as it was handed in; null when it was not kept. */
  readonly original: { readonly sha: string; readonly bytes: number } | null
}

export type ImportResult = Result<ImportedMedia, ImportRefusalCode> | ImportRefusal

/** Below this the loudest moment is no sound that anybody meant; dBFS. */
export const SILENT_BELOW_DB = -60
const PCM_NAME = 'source.f32'
const MIN_SAMPLES = RATE_HZ / 4
/** Removes a constant offset and rumble that no horn can play. */
export const HIGHPASS_HZ = 30
/** Bytes of PCM for a second, and room for the encoded tries. */
const WORK_BYTES_PER_SECOND = RATE_HZ * 4 + 40_000

/** One import under way. */
export interface Work {
  readonly deps: ImportDeps
  readonly settings: ImportSettings
  readonly folder: WorkFolder
  readonly signal: AbortSignal | undefined
}

/**
 * Takes a recording of any kind into the store: Ogg Opus, mono, 48 kHz, levelled to EBU R128 as measured on the
 * encoded result, silence trimmed at both ends. A refusal is a value and leaves no file behind; so does a thrown error.
 */
export async function importMedia(deps: ImportDeps, input: ImportInput): Promise<ImportResult> {
  const settings = { ...IMPORT_DEFAULTS, ...deps.settings, ...input.settings }
  const bytes = await deps.store.look(input.path)
  // a link could point at another file of the server, a pipe or device would never end
  if (bytes === null) return refuseImport('not-a-file')
  if (bytes === 0) return refuseImport('empty')
  if (bytes > settings.maxBytes) return refuseImport('too-large', { limit: Math.floor(settings.maxBytes / 1_048_576) })
  const folder = await deps.store.workFolder()
  try {
    return await run({ deps, settings, folder, signal: input.signal }, input, bytes)
  } catch (error) {
    if (isDiskFull(error)) return refuseImport('disk-full')
    throw error
  } finally {
    await folder.remove()
  }
}

async function run(work: Work, input: ImportInput, bytes: number): Promise<ImportResult> {
  const { deps, settings } = work
  const probed = await deps.ffmpeg.probe(input.path, { timeoutMs: Math.min(30_000, settings.timeoutMs), signal: work.signal })
  if (!probed.ok) return ffmpegRefusal(probed, settings)
  const { audio, declaredSeconds } = probed.value
  if (audio === null) return refuseImport('no-audio-stream')
  const tooLong = refuseImport('too-long', { limit: Math.floor(settings.maxSeconds / 60) })
  if (declaredSeconds !== null && declaredSeconds > settings.maxSeconds + 1) return tooLong
  const room = (declaredSeconds ?? settings.maxSeconds / 8) * WORK_BYTES_PER_SECOND
  if ((await deps.store.freeBytes()) < room) return refuseImport('disk-full')

  const decoded = await decodeSource(work, input.path, probed.value)
  if (!decoded.ok) return decoded
  const { samples, complaints, loudness } = decoded.value
  if (samples > settings.maxSeconds * RATE_HZ) return tooLong
  const ends = await deps.store.ends(input.path, HEAD_BYTES, TAIL_BYTES)
  if (endsTooEarly(probed.value, samples / RATE_HZ, { ...ends, bytes })) return refuseImport('truncated')
  if (samples === 0) return refuseImport('damaged')
  // one or two come from tags behind the sound or a cut in the middle of a frame
  if (complaints > 2 + samples / RATE_HZ / 60) return refuseImport('damaged', { detail: `${complaints} broken frames` })
  const span = spanOf(decoded.value, settings)
  if ('ok' in span) return span

  const kept = input.trim === undefined ? span : trimmed(span, input.trim)
  if (kept === null) return refuseImport('bad-trim', { limit: Math.floor(msOf(span) / 1000) })

  const encoded = await encodeLevelled(work, { pcmPath: decoded.value.pcmPath, span: kept, levels: loudness })
  if (!encoded.ok) return 'vi' in encoded ? encoded : ffmpegRefusal(encoded, settings)
  return keep(work, input, { probe: probed.value, source: decoded.value, encoded: encoded.value, fullMs: msOf(span) })
}

interface SourceSound extends Decoded {
  readonly pcmPath: string
  readonly windows: readonly number[]
}

async function decodeSource(work: Work, path: string, probe: MediaProbe): Promise<{ ok: true; value: SourceSound } | ImportRefusal> {
  const mixed = await decodeChannel(work, path, probe, 'mix')
  if (!mixed.ok || (probe.audio?.channels ?? 1) < 2 || loudestDb(mixed.value.windows) >= SILENT_BELOW_DB) return mixed
  // two channels of opposite sign cancel when mixed: a wrongly wired mixer makes such recordings
  return decodeChannel(work, path, probe, 'left')
}

async function decodeChannel(
  work: Work,
  path: string,
  probe: MediaProbe,
  channel: 'mix' | 'left',
): Promise<{ ok: true; value: SourceSound } | ImportRefusal> {
  const { deps, settings, signal } = work
  const scan = createLevelScan(RATE_HZ)
  const file = await work.folder.growing(PCM_NAME)
  try {
    const decoded = await deps.ffmpeg.decode(
      {
        path,
        streamIndex: probe.audio?.index ?? 0,
        codec: probe.audio?.codec ?? '',
        maxSeconds: settings.maxSeconds + 1,
        channel,
        highpassHz: HIGHPASS_HZ,
        onSamples: async (samples) => {
          scan.add(samples)
          await file.add(samples)
        },
      },
      { timeoutMs: settings.timeoutMs, signal },
    )
    if (!decoded.ok) return ffmpegRefusal(decoded, settings)
    return { ok: true, value: { ...decoded.value, pcmPath: work.folder.path(PCM_NAME), windows: scan.windows() } }
  } finally {
    await file.close()
  }
}

/** The part that will sound: silence at the ends cut off, whole milliseconds. */
function spanOf(source: SourceSound, settings: ImportSettings): Span | ImportRefusal {
  const loudest = loudestDb(source.windows)
  if (loudest < SILENT_BELOW_DB) return refuseImport('silent')
  // a soft recording is judged as loud as it will be, or its quiet syllables would be cut
  const gain = Math.min(MAX_GAIN_DB, Math.max(0, settings.targetLufs - source.loudness.integratedLufs))
  const found = soundingSpan(source.windows, Math.min(settings.silenceDb - gain, loudest - 6))
  if (found === null) return refuseImport('silent')
  const perMs = RATE_HZ / 1000
  const from = Math.max(0, found.from * WINDOW_MS - settings.keepSilenceMs) * perMs
  const to = Math.min(source.samples, (found.to * WINDOW_MS + settings.keepSilenceMs) * perMs)
  const samples = Math.floor((to - from) / perMs) * perMs
  return samples < MIN_SAMPLES ? refuseImport('too-short') : { fromSample: from, samples }
}

const msOf = ({ samples }: Span): number => samples / (RATE_HZ / 1000)

/** The stretch that is left; null where it is not within the sound, too short, or the fades do not fit into it. */
function trimmed(span: Span, { fromMs, toMs, fadeInMs, fadeOutMs }: Trim): Span | null {
  const perMs = RATE_HZ / 1000
  const samples = (toMs - fromMs) * perMs
  if (fromMs < 0 || toMs > msOf(span) || samples < MIN_SAMPLES || fadeInMs + fadeOutMs > toMs - fromMs) return null
  return { fromSample: span.fromSample + fromMs * perMs, samples, fades: { inSamples: fadeInMs * perMs, outSamples: fadeOutMs * perMs } }
}

/** The refusals of ffmpeg have the names of ours; the detail goes to the log. */
export function ffmpegRefusal(refusal: { readonly code: FfmpegRefusal; readonly why: string }, settings: ImportSettings): ImportRefusal {
  const given = refusal.code === 'damaged' ? { detail: refusal.why } : {}
  return refuseImport(refusal.code, { limit: Math.floor(settings.maxSeconds / 60), ...given })
}

interface Finished {
  readonly probe: MediaProbe
  readonly source: Decoded & { readonly loudness: Loudness }
  readonly encoded: Encoded
  readonly fullMs: number
}

async function keep(work: Work, input: ImportInput, done: Finished): Promise<ImportResult> {
  const { store } = work.deps
  if (work.signal?.aborted === true) return refuseImport('stopped')
  const original = input.keepOriginal === false ? null : await store.keepOriginal(input.path)
  try {
    const stored = await store.keep(done.encoded.path)
    return ok({
      sha: stored.sha,
      bytes: stored.bytes,
      durationMs: done.encoded.samples / (RATE_HZ / 1000),
      fullMs: done.fullMs,
      samples: done.encoded.samples,
      loudnessLufs: done.encoded.levels.integratedLufs,
      truePeakDb: done.encoded.levels.truePeakDb,
      peaks: toBase64Url(done.encoded.peaks),
      source: {
        container: done.probe.container,
        codec: done.probe.audio?.codec ?? '',
        loudnessLufs: done.source.loudness.integratedLufs,
        seconds: done.source.samples / RATE_HZ,
      },
      original: original === null ? null : { sha: original.sha, bytes: original.bytes },
    })
  } catch (error) {
    if (original?.fresh === true) await store.removeOriginal(original.sha)
    throw error
  }
}
