import { spawn } from 'node:child_process'
import type { FeedEnd, OpenableSource, OpenRelayFeed } from '../core/relay-ports.ts'

export interface RelaySourceOptions {
  readonly program?: string
  /** A connection that gives nothing for so long is given up, ms. */
  readonly readTimeoutMs?: number
}

const READ_TIMEOUT_MS = 10_000
/** The last words are enough to tell what went wrong. */
const MAX_SAID = 2_000
/** Nothing but the network: a playlist that names a file of the server, or a device, leads nowhere. */
const PROTOCOLS = 'http,https,tls,tcp,hls,crypto'
const FORMATS = 'mp3,aac,loas,ogg,hls,applehttp,mpegts,mov,mp4,m4a,flac,wav,matroska,webm,asf'
/** A radio station tells what it is within a second or two of its sound. */
const PROBE = ['-probesize', '200000', '-analyzeduration', '2000000']
const BOUNDED = ['-max_alloc', '67108864', '-max_streams', '32']
const AUDIO_LINE = /Stream #\d+:\d+[^\n]*?: Audio: ([^\n]{1,120})/

function inputOf(source: OpenableSource, readTimeoutMs: number): string[] {
  if (source.kind === 'alsa') return ['-f', 'alsa', '-thread_queue_size', '1024', '-i', source.device]
  const network = ['-protocol_whitelist', PROTOCOLS, '-format_whitelist', FORMATS, '-rw_timeout', String(readTimeoutMs * 1_000), '-user_agent', 'tieng-lang']
  return [...network, ...PROBE, '-i', source.url]
}

const OUTPUT = ['-map', '0:a:0', '-vn', '-sn', '-dn', '-ac', '1', '-ar', '48000', '-c:a', 'pcm_s16le', '-f', 's16le', '-flush_packets', '1', 'pipe:1']

/** `mp3, 44100 Hz, stereo` of ffmpeg's longer sentence. */
const codecIn = (said: string): string | null => AUDIO_LINE.exec(said)?.[1]?.split(', ').slice(0, 3).join(', ') ?? null

/** Bytes to samples; a chunk may end in the middle of one. */
function sampleReader(onPcm: (pcm: Int16Array) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % 2)
    rest = Buffer.from(bytes.subarray(whole))
    // a copy: an Int16Array must begin at an even address
    if (whole > 0) onPcm(new Int16Array(new Uint8Array(bytes.subarray(0, whole)).buffer))
  }
}

/** Reads relays with one ffmpeg each. Killed at once on stop; gone with its pipe when the server dies. */
export function createRelaySource(options: RelaySourceOptions = {}): OpenRelayFeed {
  return (source, ears) => {
    const args = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info', ...BOUNDED, ...inputOf(source, options.readTimeoutMs ?? READ_TIMEOUT_MS), ...OUTPUT]
    const child = spawn(options.program ?? 'ffmpeg', args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    let [said, codec, stopping, over]: [string, string | null, boolean, boolean] = ['', null, false, false]
    let gone: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (gone = resolve))
    const end = (code: FeedEnd['code']): void => {
      if (over) return
      over = true
      gone()
      ears.onEnd({ code, said: lastWords(said) })
    }
    const read = sampleReader(ears.onPcm)
    child.stdout.on('data', (chunk: Buffer) => {
      if (!stopping) read(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      const words = said + chunk.toString('utf8')
      codec ??= codecIn(words)
      said = words.slice(-MAX_SAID)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      said = error.message
      end(error.code === 'ENOENT' ? 'ffmpeg-missing' : 'cannot-start')
    })
    child.on('close', () => end(stopping ? 'stopped' : 'ended'))
    return {
      codec: () => codec,
      pause: () => void child.stdout.pause(),
      resume: () => void child.stdout.resume(),
      stop: () => {
        stopping = true
        child.stdout.resume()
        if (!over) child.kill('SIGKILL')
        return ended
      },
    }
  }
}

/** The sentence that tells the reason, without the addresses in memory that ffmpeg puts before it. */
function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim()).filter((line) => line !== '')
  return (lines.findLast((line) => /error|refused|failed|denied|not found|timed out|invalid|busy|no such|unable/i.test(line)) ?? lines.at(-1) ?? '').slice(0, 300)
}
