import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { mosquittoConfig, openMosquittoAdmin, SERVER_USERNAME } from '../../server/adapters/broker/mosquitto.ts'
import type { BrokerAdmin } from '../../server/core/ports.ts'
import { SERVER_CLIENT_ID } from '../../server/adapters/broker/external.ts'

const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/usr/bin/mosquitto'].find((path) => existsSync(path))

/** Why no Mosquitto can be tried here; null when one can. */
export const mosquittoMissing: string | null = PROGRAM ? null : 'no mosquitto on this machine (apt-get install mosquitto)'

export interface Mosquitto {
  readonly port: number
  readonly pid: number
  readonly server: { readonly username: string; readonly password: string; readonly clientId: string }
  readonly admin: BrokerAdmin
  /** What it has written to its log. */
  log(): string
  stop(): Promise<void>
}

/** A free port of the moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, '127.0.0.1', () => done(true))
      socket.once('error', () => done(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((tick) => setTimeout(tick, 25))
  }
  throw new Error('mosquitto did not start')
}

/** A real Mosquitto with the generated configuration, access list and passwords, on a free port of loopback. */
export async function startMosquitto(folder: string, tls?: { readonly certFile: string; readonly keyFile: string }): Promise<Mosquitto> {
  if (!PROGRAM) throw new Error(mosquittoMissing ?? '')
  const port = await freePort()
  const passwordFile = join(folder, 'passwords')
  const aclFile = join(folder, 'acl')
  const pidFile = join(folder, 'pid')
  const config = join(folder, 'mosquitto.conf')
  const server = { username: SERVER_USERNAME, password: randomBytes(16).toString('hex') }
  const admin = await openMosquittoAdmin({ passwordFile, aclFile, server, reload: { kind: 'pid-file', path: pidFile } })
  // started by root it would become the user mosquitto, who may not read a test's folder
  const user = process.getuid?.() === 0 ? ['user root'] : []
  await writeFile(config, [mosquittoConfig({ port, host: '127.0.0.1', passwordFile, aclFile, ...(tls ? { tls } : {}) }), `pid_file ${pidFile}`, ...user, ''].join('\n'))
  const child = spawn(PROGRAM, ['-c', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const out of [child.stdout, child.stderr]) out.on('data', (text: Buffer) => void (log = (log + text.toString()).slice(-20_000)))
  await answers(port, child).catch((error: Error) => {
    child.kill('SIGKILL')
    throw new Error(`${error.message}: ${log}`)
  })
  return {
    port,
    pid: child.pid ?? 0,
    server: { ...server, clientId: SERVER_CLIENT_ID },
    admin,
    log: () => log,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await ended
    },
  }
}
