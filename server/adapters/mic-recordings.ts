import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../shared/core/log.ts'
import type { MicRecording, MicRecordings } from '../core/mic-ports.ts'

const RATE_HZ = 48_000
const HEAD_BYTES = 44
/** What programs write who do not know the length yet: whoever reads such a file takes all that is there. */
const LENGTH_UNKNOWN = 0xffff_ffff

function wavHead(dataBytes: number | null): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.write('RIFF')
  head.writeUInt32LE(dataBytes === null ? LENGTH_UNKNOWN : dataBytes + HEAD_BYTES - 8, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE_HZ, 24)
  head.writeUInt32LE(RATE_HZ * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(dataBytes ?? LENGTH_UNKNOWN, 40)
  return head
}

async function setLength(path: string, dataBytes: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(wavHead(dataBytes), 0, HEAD_BYTES, 0)
  } finally {
    await file.close()
  }
}

/** One WAV file per broadcast in `folder`, written as it is spoken: a crash leaves what was said until then. */
export async function openMicRecordings(folder: string, log: Log): Promise<MicRecordings> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // read before the first one of this server's own begins
  const leftOver = (await readdir(folder)).filter((name) => name.endsWith('.wav')).sort().map((name) => ({ name: name.slice(0, -4), path: join(folder, name) }))
  const discard = (path: string): Promise<void> => rm(path, { force: true })

  const begin = (name: string): MicRecording => {
    const path = join(folder, `${name}.wav`)
    const file = createWriteStream(path, { flags: 'w', mode: 0o600 })
    let bytes = 0
    let spoilt = false
    const closed = new Promise<void>((done) => file.once('close', done))
    file.on('error', (error) => {
      spoilt = true
      log.error({ name, error: String(error) }, 'what is said could not be recorded; the broadcast goes on')
    })
    file.write(wavHead(null))
    const close = (): Promise<void> => {
      file.end()
      return closed
    }
    return {
      write: (pcm) => {
        if (spoilt) return
        bytes += pcm.byteLength
        file.write(Buffer.from(pcm.slice().buffer))
      },
      finish: async () => {
        await close()
        if (spoilt) return null
        await setLength(path, bytes)
        return path
      },
      discard: async () => {
        await close()
        await discard(path)
      },
    }
  }

  return {
    begin,
    discard,
    leftOver: () => leftOver,
  }
}
