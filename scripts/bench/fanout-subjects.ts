import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { streamTopicOf } from '../../shared/protocol/topics.ts'
import type { Certificate } from './certificate.ts'
import { startScript, type LineChild } from './fanout-children.ts'
import type { SenderTask } from './fanout-sender.ts'

export const STREAM = 'bench'
const PASSWORD = 'bench'

/** Who is measured. */
export interface Subject {
  readonly name: string
  readonly role: 'ours' | 'reference'
  readonly speaks: 'mqtt' | 'http'
  /** Connections that the load may have on their way at the same time. */
  readonly inFlight: number
  /** Why it cannot be measured; null when it can. */
  missing(tls: boolean): string | null
  start(options: StartOptions): Promise<Running>
}
export interface StartOptions {
  readonly folder: string
  readonly tls: Certificate | null
  readonly clusters: number
  readonly signal: AbortSignal
}
export interface Running {
  readonly port: number
  /** The process whose CPU and memory count. */
  readonly pid: number
  readonly sender: LineChild
  /** Topic or path that the load asks for. */
  readonly target: string
  stop(): Promise<void>
}

const found = (...paths: string[]): string | undefined => paths.find((path) => existsSync(path))
const MOSQUITTO = found('/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto')
const ICECAST = found('/usr/bin/icecast2', '/usr/bin/icecast', '/usr/local/bin/icecast')

/** The sender is the subject: its broker, or its bare sockets, live in the same process. */
async function startSending(task: SenderTask, signal: AbortSignal): Promise<Running> {
  const sender = startScript('./fanout-sender.ts', task, signal)
  try {
    const { port } = await sender.next<{ port: number }>()
    return { port, pid: sender.pid, sender, target: streamTopicOf(task.stream), stop: () => sender.stop() }
  } catch (error) {
    await sender.stop()
    throw error
  }
}

const inNode = (who: 'embedded' | 'bare') => ({ tls, signal }: StartOptions): Promise<Running> => startSending({ who, stream: STREAM, ...(tls ? { tls } : {}) }, signal)

export const SUBJECTS: readonly Subject[] = [
  { name: 'embedded broker', role: 'ours', speaks: 'mqtt', inFlight: 200, missing: () => null, start: inNode('embedded') },
  { name: 'bare Node write', role: 'reference', speaks: 'mqtt', inFlight: 200, missing: () => null, start: inNode('bare') },
  { name: mosquittoName(), role: 'reference', speaks: 'mqtt', inFlight: 200, missing: () => (MOSQUITTO ? null : 'no mosquitto on this machine (apt-get install mosquitto)'), start: startMosquitto },
  {
    name: 'Icecast', role: 'reference', speaks: 'http', inFlight: 30,
    missing: (tls) => (tls ? 'measured without TLS alone' : ICECAST ? null : 'no icecast2 on this machine (apt-get install icecast2)'), start: startIcecast,
  },
]

function mosquittoName(): string {
  const text = MOSQUITTO ? spawnSync(MOSQUITTO, ['-h'], { encoding: 'utf8' }).stdout : ''
  return `Mosquitto ${/version ([\d.]+)/.exec(text)?.[1] ?? ''}`.trim()
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

interface Daemon {
  readonly program: string
  readonly args: readonly string[]
  readonly port: number
  readonly signal: AbortSignal
}

/** Starts a server that is not ours, and waits until it answers. */
async function startDaemon({ program, args, port, signal }: Daemon): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (text: Buffer) => void (said = (said + text.toString()).slice(-2_000)))
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }
  for (let tries = 0; tries < 200 && child.exitCode === null && !signal.aborted; tries++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        done(true)
      })
      socket.once('error', () => done(false))
    })
    if (open) return { pid: child.pid ?? 0, stop }
    await pause(50)
  }
  await stop()
  throw new Error(`${program} did not start: ${said}`)
}

/** With neither passwords nor an access list, which would cost it more: the harder one to beat. */
async function startMosquitto({ folder, tls, signal }: StartOptions): Promise<Running> {
  const port = await freePort()
  const config = join(folder, `mosquitto-${port}.conf`)
  const user = process.getuid?.() === 0 ? ['user root'] : []
  const secure = tls ? [`certfile ${tls.certFile}`, `keyfile ${tls.keyFile}`] : []
  writeFileSync(config, [`listener ${port} 127.0.0.1`, ...secure, 'allow_anonymous true', 'persistence false', 'set_tcp_nodelay true', 'max_connections -1', 'log_type error', ...user, ''].join('\n'))
  return around(await startDaemon({ program: MOSQUITTO ?? '', args: ['-c', config], port, signal }), { who: 'mosquitto', port, stream: STREAM, ...(tls ? { tls } : {}) }, signal)
}

async function startIcecast({ folder, clusters, signal }: StartOptions): Promise<Running> {
  const port = await freePort()
  const config = join(folder, `icecast-${port}.xml`)
  const logs = join(folder, `icecast-${port}`)
  mkdirSync(logs)
  // it refuses to run as root, and must be able to write its log
  const owner = process.getuid?.() === 0 ? '<changeowner><user>nobody</user><group>nogroup</group></changeowner>' : ''
  if (owner) spawnSync('chown', ['nobody', logs])
  writeFileSync(config, `<icecast><limits><clients>${clusters + 100}</clients><sources>2</sources><queue-size>524288</queue-size><client-timeout>30</client-timeout>
    <header-timeout>15</header-timeout><source-timeout>30</source-timeout><burst-on-connect>0</burst-on-connect><burst-size>0</burst-size></limits>
    <authentication><source-password>${PASSWORD}</source-password><admin-user>admin</admin-user><admin-password>${PASSWORD}</admin-password></authentication>
    <hostname>localhost</hostname><listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket><fileserve>0</fileserve>
    <paths><basedir>${folder}</basedir><logdir>${logs}</logdir><webroot>${folder}</webroot><adminroot>${folder}</adminroot></paths>
    <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>1</loglevel></logging><security><chroot>0</chroot>${owner}</security></icecast>\n`)
  return around(await startDaemon({ program: ICECAST ?? '', args: ['-c', config], port, signal }), { who: 'icecast', port, stream: STREAM, password: PASSWORD }, signal)
}

/** The server, and a sender in a process that does not count. */
async function around(daemon: { readonly pid: number; stop(): Promise<void> }, task: SenderTask, signal: AbortSignal): Promise<Running> {
  try {
    const sending = await startSending(task, signal)
    return {
      port: task.port ?? 0, pid: daemon.pid, sender: sending.sender, target: task.who === 'icecast' ? `/${STREAM}` : sending.target,
      async stop() {
        await sending.stop()
        await daemon.stop()
      },
    }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}
