import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { runChild } from './run-child.ts'

/** What a file says about itself, before any of it is believed. */
export interface MediaProbe {
  /** ffmpeg's name of the container, such as `wav` or `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string
  /** Declared length in seconds; null when the file does not say, or only a guess from the bitrate is possible. */
  readonly declaredSeconds: number | null
  readonly streams: number
  /** The stream that will be used; null when none carries sound. */
  readonly audio: { readonly index: number; readonly codec: string; readonly channels: number; readonly rateHz: number } | null
}

export type ProbeRefusal =
  | 'ffmpeg-missing' | 'not-audio' | 'playlist' | 'too-many-streams' | 'damaged' | 'timed-out' | 'stopped'

/**
 * Containers that hold their own sound. Everything else is out: playlists and manifests (hls, dash, concat, sdp) make
 * ffmpeg open other files and addresses, and the likes of image2, lavfi and tty are no recordings.
 */
export const CONTAINERS = [
  'aac', 'ac3', 'eac3', 'aiff', 'amr', 'amrnb', 'amrwb', 'ape', 'asf', 'au', 'avi', 'caf', 'dts', 'flac', 'flv', 'loas',
  'matroska', 'webm', 'mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'mp3', 'mpc', 'mpc8', 'mpeg', 'mpegts', 'mxf', 'ogg',
  'oma', 'qcp', 'rm', 'tak', 'tta', 'voc', 'w64', 'wav', 'wv', 'xwma',
] as const

const PLAYLISTS = new Set(['hls', 'hls,applehttp', 'applehttp', 'dash', 'concat', 'concatf', 'sdp', 'rtsp', 'imf', 'webm_dash_manifest'])

/** A recording has a handful of streams; a file of hundreds is made to exhaust the reader. */
export const MAX_STREAMS = 32

/** Options before `-i` that keep a hostile file inside itself: no network, no other demuxers, bounded memory. */
export const GUARDED_INPUT: readonly string[] = [
  '-protocol_whitelist', 'file,pipe',
  '-format_whitelist', CONTAINERS.join(','),
  '-max_streams', String(MAX_STREAMS * 2),
]

/** One block of memory larger than this is never needed for sound, only for pictures built to exhaust it. */
export const MAX_ALLOC: readonly string[] = ['-max_alloc', '268435456']

/** `file:` in front keeps a name such as `concat:a|b` or `-i` from being anything but a name. */
export const fileUrl = (path: string): string => `file:${path}`

interface ProbeJson {
  readonly streams?: readonly { index?: number; codec_type?: string; codec_name?: string; channels?: number; sample_rate?: string; duration?: string }[]
  readonly format?: { format_name?: string; duration?: string; nb_streams?: number }
}

/** Asks ffprobe what `path` (absolute) is. */
export async function probeFile(
  ffprobe: string,
  path: string,
  limits: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<Result<MediaProbe, ProbeRefusal>> {
  const shown = 'format=format_name,duration,nb_streams:stream=index,codec_type,codec_name,duration,channels,sample_rate'
  const args = [
    '-v', 'warning', '-hide_banner', ...MAX_ALLOC, ...GUARDED_INPUT, '-probesize', '5000000', '-analyzeduration', '10000000',
    '-of', 'json', '-show_entries', shown, '-i', fileUrl(path),
  ]
  const outcome = await runChild(ffprobe, args, null, { ...limits, maxOutputBytes: 1_048_576 })
  switch (outcome.kind) {
    case 'missing': return refuse('ffmpeg-missing', 'ffprobe is not installed: run "apt-get install ffmpeg"')
    case 'timed-out': return refuse('timed-out', 'reading the head of the file took too long')
    case 'stopped': return refuse('stopped', 'stopped')
    case 'too-much-output': return refuse('too-many-streams', 'the file declares more streams than any recording has')
    case 'exited':
      return outcome.exitCode === 0 ? understand(outcome.stdout.toString('utf8'), outcome.stderr) : explain(outcome.stderr)
  }
}

function explain(stderr: string): Result<MediaProbe, ProbeRefusal> {
  const refused = /\[([\w,]+) @ 0x[0-9a-f]+\] Format not on whitelist/.exec(stderr)
  if (refused) {
    return PLAYLISTS.has(refused[1] ?? '')
      ? refuse('playlist', 'the file is a playlist, not a recording')
      : refuse('not-audio', `the file is of the kind "${refused[1] ?? ''}", which holds no sound`)
  }
  if (/moov atom not found|Truncat|partial file|End of file/i.test(stderr)) return refuse('damaged', 'the file is cut off')
  if (/Number of streams exceeds|max_streams|Cannot allocate memory/i.test(stderr)) {
    return refuse('too-many-streams', 'the file declares more than a recording has')
  }
  return refuse('not-audio', 'no sound was found in the file')
}

function understand(json: string, stderr: string): Result<MediaProbe, ProbeRefusal> {
  const read = JSON.parse(json) as ProbeJson
  const streams = read.streams ?? []
  const container = read.format?.format_name ?? ''
  if (streams.length > MAX_STREAMS || /exceed[^\n]*max_streams/i.test(stderr)) {
    return refuse('too-many-streams', 'the file declares more streams than any recording has')
  }
  const audio = streams.find((s) => s.codec_type === 'audio' && (s.channels ?? 0) > 0 && s.codec_name !== undefined)
  const seconds = Number(audio?.duration ?? read.format?.duration)
  const guessed = /Estimating duration from bitrate/.test(stderr)
  return ok({
    container,
    declaredSeconds: guessed || !Number.isFinite(seconds) || seconds <= 0 ? null : seconds,
    streams: streams.length,
    audio:
      audio === undefined
        ? null
        : { index: audio.index ?? 0, codec: audio.codec_name ?? '', channels: audio.channels ?? 1, rateHz: Number(audio.sample_rate ?? 0) },
  })
}
