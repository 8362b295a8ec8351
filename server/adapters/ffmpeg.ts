import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { runFfmpeg, type FfmpegEnd, type FfmpegJob } from './ffmpeg-job.ts'
import { fileUrl, GUARDED_INPUT, MAX_ALLOC, probeFile, type MediaProbe, type ProbeRefusal } from './ffmpeg-probe.ts'
import { createJobQueue } from './ffmpeg-queue.ts'
import { createSampleSink } from './ffmpeg-samples.ts'
import { runChild } from './run-child.ts'

/** All sound inside the importer: mono, 32-bit float, this many samples a second. */
export const RATE_HZ = 48_000

export type FfmpegRefusal = ProbeRefusal | 'busy' | 'disk-full'

/** Bounds of one step; the step's children are gone when its promise settles. */
export interface StepLimits {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** EBU R128. */
export interface Loudness {
  /** LUFS over the whole; −70 or lower means silence. */
  readonly integratedLufs: number
  /** dBTP; −Infinity for digital silence. */
  readonly truePeakDb: number
}

export interface DecodeOrder {
  /** Absolute path. */
  readonly path: string
  readonly streamIndex: number
  /** Codec of the stream, as the probe named it. */
  readonly codec: string
  /** Nothing beyond this is decoded, whatever the file claims. */
  readonly maxSeconds: number
  /** `left` serves recordings whose two channels cancel each other. */
  readonly channel: 'mix' | 'left'
  /** Removes what is below this: a constant offset eats headroom and hides silence. 0 leaves the sound alone. */
  readonly highpassHz: number
  /** Takes the samples in order; decoding waits for it. */
  readonly onSamples: (samples: Float32Array) => void | Promise<void>
}
export interface Decoded {
  readonly samples: number
  readonly loudness: Loudness
  /** Messages about broken frames, of which a sound file has none. */
  readonly complaints: number
}

export interface EncodeOrder {
  /** Mono float32 little-endian samples at RATE_HZ, without a header. */
  readonly pcmPath: string
  readonly outPath: string
  readonly fromSample: number
  readonly samples: number
  readonly gainDb: number
  /** Swells from and dies away to silence over so many samples; absent = neither. */
  readonly fades?: { readonly inSamples: number; readonly outSamples: number }
  /** dB of full scale that the limiter holds, −24 … 0; null leaves the peaks alone. */
  readonly ceilingDb: number | null
  /** Bits per second, 6 000 … 128 000. */
  readonly bitrateBps: number
}

export interface Ffmpeg {
  /** First line of `ffmpeg -version`, or what to do when it is absent. */
  version(): Promise<Result<string, FfmpegRefusal>>
  probe(path: string, limits: StepLimits): Promise<Result<MediaProbe, FfmpegRefusal>>
  decode(order: DecodeOrder, limits: StepLimits): Promise<Result<Decoded, FfmpegRefusal>>
  /** Ogg Opus, 20 ms frames, without dates or tags: the same samples and settings give the same bytes. */
  encode(order: EncodeOrder, limits: StepLimits): Promise<Result<null, FfmpegRefusal>>
}

export interface FfmpegSettings {
  readonly ffmpegPath?: string
  readonly ffprobePath?: string
  /** Processes at the same time, 1–4; 1 by default, because the same machine carries the sound to the clusters. */
  readonly atOnce?: number
  /** 0–19; 10 by default. */
  readonly niceness?: number
}

/** Steps that may wait for their turn; more than this is a mistake of the caller. */
const MAX_WAITING = 200

/** The only door to ffmpeg. Starts nothing by itself. */
export function createFfmpeg(settings: FfmpegSettings = {}): Ffmpeg {
  const program = settings.ffmpegPath ?? 'ffmpeg'
  const prober = settings.ffprobePath ?? 'ffprobe'
  const niceness = settings.niceness ?? 10
  const queue = createJobQueue(settings.atOnce ?? 1, MAX_WAITING)
  const inTurn = async <T>(step: () => Promise<Result<T, FfmpegRefusal>>): Promise<Result<T, FfmpegRefusal>> =>
    (await queue.run(step)) ?? refuse('busy', 'too many files are being prepared: try again in a few minutes')
  const base = { program, niceness }
  return {
    async version() {
      const outcome = await runChild(program, ['-version'], null, { timeoutMs: 15_000, maxOutputBytes: 65_536 })
      if (outcome.kind === 'exited' && outcome.exitCode === 0) return ok(outcome.stdout.toString('utf8').split('\n')[0] ?? '')
      if (outcome.kind === 'missing') return missing()
      return refuse('damaged', 'ffmpeg does not run: reinstall it with "apt-get install --reinstall ffmpeg"')
    },
    probe: (path, limits) => inTurn(() => probeFile(prober, path, limits)),
    decode: (order, limits) => inTurn(() => decode(base, order, limits)),
    encode: (order, limits) => inTurn(() => encode(base, order, limits)),
  }
}

type Base = Pick<FfmpegJob, 'program' | 'niceness'>

async function decode(base: Base, order: DecodeOrder, limits: StepLimits): Promise<Result<Decoded, FfmpegRefusal>> {
  const sink = createSampleSink(order.onSamples)
  const end = await runFfmpeg({
    ...base,
    ...limits,
    inputOptions: [...MAX_ALLOC, ...GUARDED_INPUT, '-vn', '-sn', '-dn', '-threads', '1', ...decoderFor(order.codec)],
    input: fileUrl(order.path),
    filters: [
      ...(order.channel === 'left' ? ['pan=mono|c0=c0'] : []),
      `aresample=${RATE_HZ}`,
      'aformat=sample_fmts=flt:channel_layouts=mono',
      ...(order.highpassHz > 0 ? [`highpass=f=${order.highpassHz}:poles=1`] : []),
      'ebur128=peak=true:framelog=verbose',
    ],
    // the error rate is counted over frames: above it the recording is damaged beyond listening (exit code 69)
    outputOptions: [
      '-map', `0:${order.streamIndex}`, '-max_error_rate', '0.02', '-t', String(order.maxSeconds), '-ar', String(RATE_HZ),
      '-ac', '1', '-f', 'f32le',
    ],
    output: sink.stream,
  })
  const lost = end.kind === 'done' ? await sink.finished() : await sink.abandon()
  if (lost !== null) return sinkFailure(lost)
  if (end.kind !== 'done') return explain(end)
  const loudness = readLoudness(end.stderr)
  if (loudness === null) return refuse('damaged', 'no sound could be decoded from the file')
  return ok({ samples: sink.samples(), loudness, complaints: countComplaints(end.stderr) })
}

/**
 * ffmpeg's own Opus decoder turns some sweeps (a siren) into full-scale noise, 28 dB too loud. Clusters decode with
 * libopus, so that is also what is measured.
 */
const decoderFor = (codec: string): readonly string[] => (codec === 'opus' ? ['-c:a', 'libopus'] : [])

async function encode(base: Base, order: EncodeOrder, limits: StepLimits): Promise<Result<null, FfmpegRefusal>> {
  const to = order.fromSample + order.samples
  const limit = order.ceilingDb === null ? null : 10 ** (Math.min(0, Math.max(-24, order.ceilingDb)) / 20)
  const end = await runFfmpeg({
    ...base,
    ...limits,
    inputOptions: ['-f', 'f32le', '-ar', String(RATE_HZ), '-ac', '1', '-protocol_whitelist', 'file,pipe'],
    input: fileUrl(order.pcmPath),
    filters: [
      `atrim=start_sample=${order.fromSample}:end_sample=${to}`,
      'asetpts=PTS-STARTPTS',
      ...fadesOf(order),
      `volume=${order.gainDb.toFixed(3)}dB:precision=float`,
      // four times the rate, so that the limiter sees the peaks between the samples too
      ...(limit === null ? [] : ['aresample=192000', `alimiter=limit=${limit.toFixed(6)}:attack=5:release=80:level=false:latency=true`, `aresample=${RATE_HZ}`]),
      `apad=whole_len=${order.samples}`,
      `atrim=end_sample=${order.samples}`,
    ],
    outputOptions: [
      '-threads', '1', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:a', '+bitexact', '-c:a', 'libopus',
      '-b:a', String(order.bitrateBps), '-vbr', 'constrained', '-application', 'audio', '-frame_duration', '20',
      '-ac', '1', '-ar', String(RATE_HZ), '-f', 'ogg',
    ],
    output: order.outPath,
  })
  if (end.kind !== 'done') return explain(end)
  // a short file reaches the disk only when it is closed, and that failure does not change the exit code
  return DISK_FULL.test(end.stderr) ? refuse('disk-full', 'the disk is full') : ok(null)
}

function fadesOf({ fades, samples }: EncodeOrder): string[] {
  if (!fades) return []
  const { inSamples, outSamples } = fades
  return [
    ...(inSamples > 0 ? [`afade=t=in:ss=0:ns=${inSamples}`] : []),
    ...(outSamples > 0 ? [`afade=t=out:ss=${samples - outSamples}:ns=${outSamples}`] : []),
  ]
}

const DISK_FULL = /No space left on device|Disk quota exceeded/

const missing = (): Result<never, FfmpegRefusal> => refuse('ffmpeg-missing', 'ffmpeg is not installed: run "apt-get install ffmpeg"')

function explain(end: Exclude<FfmpegEnd, { kind: 'done' }>): Result<never, FfmpegRefusal> {
  switch (end.kind) {
    case 'missing': return missing()
    case 'timed-out': return refuse('timed-out', 'preparing the file took too long')
    case 'stopped': return refuse('stopped', 'stopped')
    case 'failed':
      return DISK_FULL.test(end.stderr)
        ? refuse('disk-full', 'the disk is full')
        : refuse('damaged', `the sound cannot be decoded: ${lastLine(end.stderr) || end.cause.message}`)
  }
}

function sinkFailure(error: Error): Result<never, FfmpegRefusal> {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT') return refuse('disk-full', 'the disk is full')
  throw error
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 200) ?? ''

/** The summary comes last; anything that looks like it further up may be a tag of the file. */
function readLoudness(stderr: string): Loudness | null {
  const summary = stderr.slice(stderr.lastIndexOf('] Summary:'))
  const integrated = /\bI:\s+(-?[\d.]+|-?inf|-?nan) LUFS/.exec(summary)?.[1]
  const peak = /\bPeak:\s+(-?[\d.]+|-?inf|-?nan) dBFS/.exec(summary)?.[1]
  if (integrated === undefined || peak === undefined) return null
  const figure = (text: string): number => (Number.isFinite(Number(text)) ? Number(text) : Number.NEGATIVE_INFINITY)
  return { integratedLufs: figure(integrated), truePeakDb: figure(peak) }
}

const countComplaints = (stderr: string): number =>
  stderr.split('\n').filter((line) => /Error while decoding|Error submitting packet|invalid data found/i.test(line)).length
