import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A whole server in a process of its own, on free ports of the loopback. It ends with this program, however that ends. */
export interface OwnServer {
  readonly url: string
  readonly mqttUrl: string
  readonly token: string
  readonly pid: number
  stop(): Promise<void>
}
export interface OwnServerOptions {
  /** What it keeps, and where its log `server.log` is. */
  readonly folder: string
  /** The timetable that it begins with, YAML. */
  readonly timetable: string
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Address that it listens on; the loopback when absent. */
  readonly bind?: string
}

const START_MS = 60_000
const END_MS = 10_000

export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  const file = fileURLToPath(new URL('./server-child.ts', import.meta.url))
  const child = fork(file, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true })
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const force = setTimeout(() => child.kill('SIGKILL'), END_MS)
    if (child.connected) child.disconnect()
    await exited
    clearTimeout(force)
  }
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), START_MS)
  try {
    const ready = await new Promise<Pick<OwnServer, 'url' | 'mqttUrl' | 'token'>>((done, fail) => {
      child.once('message', (message) => done(message as Pick<OwnServer, 'url' | 'mqttUrl' | 'token'>))
      late.signal.addEventListener('abort', () => fail(new Error('The server was not ready within a minute.')))
      void exited.then((code) => fail(new Error(`The server ended with ${code} before it was ready; see what it said above.`)))
    })
    return { ...ready, pid: child.pid ?? 0, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** One commune whose policy allows all hours, so that a session may be given for any time. `sessions` is YAML, indented by two. */
export const communeTimetable = (sessions = ''): string => `version: 1
station: Đài truyền thanh xã thử nghiệm
areas:
  - { code: '68', name: Tỉnh thử nghiệm, kind: province }
  - { code: '99901', name: Xã thử nghiệm, kind: commune, parent: '68', policy: ca-ngay }
policies:
  ca-ngay:
    label: Thử nghiệm, phát cả ngày
    windows: [00:00-24:00]
    quiet: []
    warn: []
sessions:${sessions === '' ? ' []' : `\n${sessions}`}
`
export const COMMUNE = '99901'
