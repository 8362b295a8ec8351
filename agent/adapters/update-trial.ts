// A thread of the launcher while a release is on trial. It tries for itself whether the broker can be reached: a release that
// does not come forward although it could is left; one without a link is given all the time that it needs.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { bootOf, fallBack, type Boot } from '../core/update-boot.ts'
import { writeBootFile } from './update-boot-file.ts'

interface Watched {
  /** Folder of the releases. */
  readonly folder: string
  /** Manifest of the release on trial. */
  readonly m: string
  /** Folder of the agent. */
  readonly data: string
  /** Address of the broker, where a setting gives it; '' = the one of the enrolment. */
  readonly url: string
  readonly linkMs: number
}
const { folder, m, data, url, linkMs } = workerData as Watched

const TRY_EVERY_MS = 5_000
/** A program that does not end when it is asked to is ended. */
const PATIENCE_MS = 10_000

function bootNow(): Boot | null {
  try {
    return bootOf(JSON.parse(readFileSync(join(folder, 'boot.json'), 'utf8')))
  } catch {
    return null // nothing is on trial by what the launcher goes by
  }
}
function brokerUrl(): URL | null {
  try {
    const text = url === '' ? (JSON.parse(readFileSync(join(data, 'state', 'identity'), 'utf8')) as { mqttUrl?: unknown }).mqttUrl : url
    return typeof text === 'string' && URL.canParse(text) ? new URL(text) : null
  } catch {
    return null // not enrolled: there is nothing to reach
  }
}
function isReached(): Promise<boolean> {
  const broker = brokerUrl()
  if (!broker) return Promise.resolve(false)
  const port = broker.port === '' ? (broker.protocol === 'mqtts:' ? 8883 : 1883) : Number(broker.port)
  return new Promise((done) => {
    const socket = connect({ host: broker.hostname.replace(/^\[|\]$/g, ''), port })
    const end = (reached: boolean): void => {
      socket.destroy()
      done(reached)
    }
    socket.setTimeout(TRY_EVERY_MS, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const isOnTrial = (boot: Boot | null): boot is Boot => boot?.trial?.m === m

async function watch(): Promise<void> {
  let reachedMs = 0
  let from = performance.now()
  while (isOnTrial(bootNow())) {
    await wait(TRY_EVERY_MS)
    const reached = await isReached()
    const now = performance.now()
    // what lies between two tries counts by the later one
    if (reached) reachedMs += now - from
    from = now
    const boot = bootNow()
    if (reachedMs < linkMs || !isOnTrial(boot)) continue
    writeBootFile(folder, fallBack(boot, 'not-well'))
    process.stderr.write('The new version has not proved itself in time: the one before it is started again.\n')
    process.kill(process.pid, 'SIGTERM')
    await wait(PATIENCE_MS)
    process.kill(process.pid, 'SIGKILL')
  }
}

await watch()
