import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createListener } from './sounding.ts'

/**
 * A thread that does nothing but listen to one fifo. It sits in a blocking read, so that the stamp is taken when the
 * period of 10 ms arrives and not when an event loop comes round to it. The stamp is the host's wall clock, in whole
 * milliseconds; nothing is subtracted. Periods that arrive in one read are late, and count as late.
 */
const { path, stop } = workerData as { path: string; stop: SharedArrayBuffer }
const PERIOD_BYTES = 960
const flag = new Int32Array(stop)
const bytes = new Uint8Array(PERIOD_BYTES)
const pcm = new Int16Array(bytes.buffer)
const listener = createListener((sound) => parentPort?.postMessage(sound))

// for reading and writing: such an open waits for nobody, and a writer that leaves ends nothing
const fifo = openSync(path, 'r+')
parentPort?.postMessage('listening')
while (Atomics.load(flag, 0) === 0) {
  const got = readSync(fifo, bytes, 0, PERIOD_BYTES, null)
  listener.take(pcm.subarray(0, got >> 1), Date.now())
}
listener.end()
parentPort?.postMessage('done')
