import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { every, type Clock } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { LINE_RATE_HZ } from '../core/line-ring.ts'

/** What brings the sound of the line. */
export interface LineSource {
  readonly spec: string
  /** Mono PCM, 48 kHz, as it comes; `failed` once, with a sentence, when no more will. Returns what closes it. */
  open(sound: (pcm: Int16Array) => void, failed: (why: string) => void): () => void
}

const KINDS =
  'The line input must be none, alsa:DEVICE (such as alsa:plughw:1, see arecord -l) or file:/FILE.wav. ' +
  'Đầu vào âm thanh phải là none, alsa:THIẾT_BỊ (xem arecord -l) hoặc file:/TỆP.wav.'
const PERIOD_MS = 20

/** Reads a description such as `alsa:plughw:1`; null for none. */
export function parseLineSource(spec: string, clock: Clock): Result<LineSource | null, 'bad-line'> {
  if (spec === 'none' || spec === '') return ok(null)
  const [, kind = '', rest = ''] = /^([a-z]+):(.+)$/s.exec(spec) ?? []
  if (kind === 'alsa' && /^[\w:,.=-]{1,100}$/.test(rest)) return ok(alsaSource(spec, rest))
  if (kind === 'file') return wavSource(spec, rest, clock)
  return refuse('bad-line', `"${spec}" is no line input. ${KINDS}`)
}

function alsaSource(spec: string, device: string): LineSource {
  return {
    spec,
    open: (sound, failed) => {
      const args = ['-q', '-D', device, '-t', 'raw', '-f', 'S16_LE', '-r', String(LINE_RATE_HZ), '-c', '1', `--period-time=${PERIOD_MS * 1_000}`, '--buffer-time=500000']
      const child = spawn('arecord', args, { stdio: ['ignore', 'pipe', 'pipe'] })
      let closed = false
      let said = ''
      let odd: Uint8Array = new Uint8Array(0)
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-300)))
      child.stdout.on('data', (bytes: Buffer) => {
        if (closed) return
        const all = odd.length > 0 ? Buffer.concat([odd, bytes]) : bytes
        const whole = all.length - (all.length % 2)
        odd = all.subarray(whole)
        // a copy: the pipe's own memory need not begin at an even address
        sound(new Int16Array(Uint8Array.prototype.slice.call(all, 0, whole).buffer))
      })
      const fail = (why: string): void => {
        if (!closed) failed(why)
        closed = true
      }
      child.on('error', (error) => fail((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'arecord is not installed: apt install alsa-utils' : `${spec}: ${error.message}`))
      child.on('close', (code) => fail(`${spec}: arecord ended (${String(code)}): ${said.trim().replaceAll('\n', ' ')}`))
      return () => {
        closed = true
        child.kill('SIGKILL')
      }
    },
  }
}

/** A file that stands for a line, over and over: for tests and demonstrations. */
function wavSource(spec: string, path: string, clock: Clock): Result<LineSource, 'bad-line'> {
  let pcm: Int16Array
  try {
    pcm = pcmOf(readFileSync(path))
  } catch (error) {
    return refuse('bad-line', `${spec}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (pcm.length === 0) return refuse('bad-line', `${spec}: must be WAV, mono, 16 bit, 48 kHz; make one with: ffmpeg -i IN -ac 1 -ar 48000 -c:a pcm_s16le OUT.wav`)
  return ok({
    spec,
    open: (sound) => {
      const began = clock.mono()
      let given = 0
      return every(clock, PERIOD_MS, () => {
        const due = Math.floor(((clock.mono() - began) * LINE_RATE_HZ) / 1_000)
        const chunk = new Int16Array(Math.max(0, due - given))
        for (let i = 0; i < chunk.length; i++) chunk[i] = pcm[(given + i) % pcm.length] ?? 0
        given += chunk.length
        sound(chunk)
      })
    },
  })
}

/** Empty unless it is mono, 16 bit, 48 kHz PCM. */
function pcmOf(file: Buffer): Int16Array {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') return new Int16Array(0)
  let fits = false
  for (let at = 12; at + 8 <= file.length; ) {
    const [name, size] = [file.toString('latin1', at, at + 4), file.readUInt32LE(at + 4)]
    const body = file.subarray(at + 8, Math.min(file.length, at + 8 + size))
    if (name === 'fmt ' && body.length >= 16) fits = body.readUInt16LE(2) === 1 && body.readUInt32LE(4) === LINE_RATE_HZ && body.readUInt16LE(14) === 16
    if (name === 'data') return fits ? new Int16Array(Uint8Array.prototype.slice.call(body, 0, body.length - (body.length % 2)).buffer) : new Int16Array(0)
    at += 8 + size + (size % 2)
  }
  return new Int16Array(0)
}
