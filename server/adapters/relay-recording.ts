import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ok, refuse } from '../../shared/core/result.ts'
import type { OpenRelayRecording } from '../core/relay-ports.ts'

/** Higher than what clusters get: the importer encodes it once more. */
const BITRATE_BPS = 64_000
/** What waits for a slow disk; more is left out of the recording and never of the relay. Twenty seconds. */
const MAX_WAITING_BYTES = 2_000_000
/** The importer takes no longer recording. */
const MAX_SAMPLES = 4 * 3_600 * 48_000
const MIN_SAMPLES = 48_000
const FINISH_MS = 30_000

/** Writes what is relayed to files in `folder`, which is emptied first: what is left there belongs to a server that died. */
export async function openRelayRecordings(folder: string, program = 'ffmpeg'): Promise<OpenRelayRecording> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
  return (relay) => {
    const path = join(folder, `${relay}-${randomBytes(6).toString('hex')}.opus`)
    const input = ['-f', 's16le', '-ar', '48000', '-ac', '1', '-i', 'pipe:0']
    const output = ['-c:a', 'libopus', '-b:a', String(BITRATE_BPS), '-f', 'ogg', path]
    const child = spawn(program, ['-hide_banner', '-nostats', '-loglevel', 'error', ...input, ...output], { stdio: ['pipe', 'ignore', 'pipe'], windowsHide: true })
    let [samples, said] = [0, '']
    const gone = new Promise<number>((done) => {
      child.on('close', (code) => done(code ?? 255))
      child.on('error', (error) => {
        said = error.message
        done(255)
      })
    })
    // a full disk ends ffmpeg and breaks its pipe: `finish` tells
    child.stdin.on('error', (error) => (said ||= error.message))
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-500)))
    const discard = (): Promise<void> => rm(path, { force: true })
    return {
      write(pcm) {
        if (samples >= MAX_SAMPLES || !child.stdin.writable || child.stdin.writableLength > MAX_WAITING_BYTES) return
        samples += pcm.length
        child.stdin.write(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))
      },
      async finish() {
        const timer = setTimeout(() => child.kill('SIGKILL'), FINISH_MS)
        child.stdin.end()
        const exitCode = await gone
        clearTimeout(timer)
        if (exitCode === 0 && samples >= MIN_SAMPLES) return ok({ path, discard })
        await discard()
        return exitCode === 0
          ? refuse('too-short', 'Nothing of the relay was kept: less than a second of it sounded.')
          : refuse('not-written', `The recording of the relay could not be written (${said.trim()}): make room on the disk, or set "record" of the relay to false.`)
      },
    }
  }
}
