import { closeSync, existsSync, ftruncateSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { SINK_RATE_HZ } from './sink.ts'

const HEADER_BYTES = 44
const BYTES_PER_FRAME = 2
/** 200 ms: what a kill may cost of the recording. */
const BATCH_FRAMES = 9_600

/**
 * A mono 16-bit recording that is valid at any moment. Silence is not written but left as a hole, so that an hour of it
 * costs no disk. Beside it stands FILE.json with the wall time of sample 0.
 */
export class WavFile {
  readonly #path: string
  readonly #batch = new Int16Array(BATCH_FRAMES)
  #fd: number
  #frames = 0
  #batchFrom = 0
  #batched = 0

  /** @throws when the file cannot be made. @param startedAtMs host wall time of sample 0. */
  constructor(path: string, startedAtMs: number, ppm: number) {
    this.#path = path
    this.#fd = openSync(path, 'w')
    writeFileSync(`${path}.json`, `${JSON.stringify({ startedAtMs, rateHz: SINK_RATE_HZ, ppm })}\n`)
    this.settle()
  }

  get frames(): number {
    return this.#frames
  }
  get path(): string {
    return this.#path
  }

  append(pcm: Int16Array): void {
    if (this.#batched + pcm.length > BATCH_FRAMES) this.#writeBatch()
    if (this.#batched === 0) this.#batchFrom = this.#frames
    this.#batch.set(pcm, this.#batched)
    this.#batched += pcm.length
    this.#frames += pcm.length
  }

  /** Silence of any length. */
  skip(frames: number): void {
    this.#writeBatch()
    this.#frames += frames
  }

  /** Brings the file and its header up to the last frame. */
  settle(): void {
    this.#writeBatch()
    const bytes = this.#frames * BYTES_PER_FRAME
    ftruncateSync(this.#fd, HEADER_BYTES + bytes)
    writeSync(this.#fd, wavHeader(bytes), 0, HEADER_BYTES, 0)
  }

  close(): void {
    this.settle()
    closeSync(this.#fd)
  }

  #writeBatch(): void {
    if (this.#batched === 0) return
    const bytes = new Uint8Array(this.#batch.buffer, 0, this.#batched * BYTES_PER_FRAME)
    writeSync(this.#fd, bytes, 0, bytes.length, HEADER_BYTES + this.#batchFrom * BYTES_PER_FRAME)
    this.#batched = 0
  }
}

function wavHeader(bytes: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(HEADER_BYTES - 8 + bytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(SINK_RATE_HZ, 24)
  header.writeUInt32LE(SINK_RATE_HZ * BYTES_PER_FRAME, 28)
  header.writeUInt16LE(BYTES_PER_FRAME, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(bytes, 40)
  return header
}

/** FILE → FILE.1 → FILE.2 …, each with its .json; the oldest goes, so that `keep` files remain with the new one. */
export function rollWavFiles(path: string, keep: number): void {
  const name = (n: number): string => (n === 0 ? path : `${path}.${n}`)
  for (let n = keep - 1; n >= 0; n--) {
    for (const suffix of ['', '.json']) {
      const from = name(n) + suffix
      if (!existsSync(from)) continue
      if (n + 1 >= keep) rmSync(from)
      else renameSync(from, name(n + 1) + suffix)
    }
  }
}
