import { Writable } from 'node:stream'

/** Takes ffmpeg's bytes and gives float samples, one piece after the other. */
export interface SampleSink {
  readonly stream: Writable
  /** Samples given so far. */
  samples(): number
  /** Resolves when everything has been taken, with the error of the taker if it failed. */
  finished(): Promise<Error | null>
  /** Lets the rest fall; resolves when the taker is idle. */
  abandon(): Promise<Error | null>
}

/** Pieces may end in the middle of a sample; `onSamples` never sees one that does. */
export function createSampleSink(onSamples: (samples: Float32Array) => void | Promise<void>): SampleSink {
  let rest: Buffer = Buffer.alloc(0)
  let count = 0
  let error: Error | null = null
  let abandoned = false
  let taking: Promise<void> = Promise.resolve()
  let finish: () => void = () => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const take = async (chunk: Buffer): Promise<void> => {
    if (abandoned || error !== null) return
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % 4)
    rest = Buffer.from(bytes.subarray(whole))
    // a copy, because a Float32Array must begin at a multiple of four
    const samples = new Float32Array(new Uint8Array(bytes.subarray(0, whole)).buffer)
    count += samples.length
    try {
      await onSamples(samples)
    } catch (reason) {
      error = reason instanceof Error ? reason : new Error(String(reason))
    }
  }
  const stream = new Writable({
    // fluent-ffmpeg takes a 'close' of the sink for a lost reader and kills ffmpeg 20 ms later
    autoDestroy: false,
    emitClose: false,
    write(chunk: Buffer, _encoding, done) {
      taking = take(chunk)
      void taking.then(() => {
        // the error ends the stream, so that fluent-ffmpeg ends ffmpeg
        if (error !== null) finish()
        done(error)
      })
    },
    final(done) {
      finish()
      done()
    },
  })
  return {
    stream,
    samples: () => count,
    async finished() {
      await finished
      return error
    },
    async abandon() {
      abandoned = true
      await taking
      return error
    },
  }
}
