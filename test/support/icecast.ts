import { spawn, type ChildProcess } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { basename, join } from 'node:path'

const PROGRAM = '/usr/bin/icecast2'
const PASSWORD = 'only-for-the-test'

/** Why no Icecast can be tried here; null when one can. */
export const icecastMissing: string | null = existsSync(PROGRAM) ? null : 'no Icecast on this machine (apt-get install icecast2)'

/** How a source speaks to Icecast, and what the mount is called. */
export const ICECAST_CODECS = {
  mp3: { mount: 'vov.mp3', encode: ['-c:a', 'libmp3lame', '-b:a', '96k', '-content_type', 'audio/mpeg', '-f', 'mp3'] },
  aac: { mount: 'vov.aac', encode: ['-c:a', 'aac', '-b:a', '64k', '-content_type', 'audio/aac', '-f', 'adts'] },
  opus: { mount: 'vov.opus', encode: ['-c:a', 'libopus', '-b:a', '48k', '-content_type', 'application/ogg', '-f', 'ogg'] },
  vorbis: { mount: 'vov.ogg', encode: ['-c:a', 'libvorbis', '-b:a', '64k', '-ar', '44100', '-content_type', 'application/ogg', '-f', 'ogg'] },
} as const
export type IcecastCodec = keyof typeof ICECAST_CODECS

export interface Running {
  readonly pid: number
  /** As a power cut would end it. */
  stop(): Promise<void>
}
export interface Icecast extends Running {
  readonly port: number
  /** Feeds a sound file to a mount, over and over, in its own time; resolves when listeners can hear it. */
  feed(file: string, codec: IcecastCodec, mount?: string): Promise<Running & { readonly url: string }>
  log(): string
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const sleep = (ms: number): Promise<void> => new Promise((tick) => setTimeout(tick, ms))

function running(child: ChildProcess): Running {
  return {
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function until(what: string, child: ChildProcess, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${what}: ended with ${child.exitCode ?? child.signalCode}`)
    if (await isSo()) return
    await sleep(50)
  }
  throw new Error(`${what}: not within 20 s`)
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })

/** Sound comes, not only a head: Icecast answers for a mount before its source has said anything. */
async function isHeard(url: string): Promise<boolean> {
  const stop = new AbortController()
  try {
    const response = await fetch(url, { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(2_000)]) })
    if (!response.ok || !response.body) return false
    const { value } = await response.body.getReader().read()
    return (value?.length ?? 0) > 0
  } catch {
    // not there yet: asked again
    return false
  } finally {
    stop.abort()
  }
}

const configOf = (port: number, folder: string): string => `<icecast>
  <limits><clients>200</clients><sources>20</sources><queue-size>524288</queue-size><source-timeout>10</source-timeout><burst-size>65535</burst-size></limits>
  <authentication><source-password>${PASSWORD}</source-password><admin-user>admin</admin-user><admin-password>${PASSWORD}</admin-password></authentication>
  <hostname>127.0.0.1</hostname>
  <listen-socket><port>${port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <fileserve>0</fileserve>
  <paths><logdir>${folder}</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
  <logging><accesslog>-</accesslog><errorlog>-</errorlog><loglevel>2</loglevel></logging>
  <security><chroot>0</chroot>${process.getuid?.() === 0 ? '<changeowner><user>nobody</user><group>nogroup</group></changeowner>' : ''}</security>
</icecast>
`

/** A real Icecast on loopback, on a free port or the one given (to come back where it was). `folder` exists. */
export async function startIcecast(folder: string, port?: number): Promise<Icecast> {
  if (icecastMissing !== null) throw new Error(icecastMissing)
  const at = port ?? (await freePort())
  const config = join(folder, `icecast-${at}.xml`)
  await writeFile(config, configOf(at, folder))
  const child = spawn(PROGRAM, ['-c', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const out of [child.stdout, child.stderr]) out.on('data', (text: Buffer) => void (log = (log + text.toString()).slice(-20_000)))
  const own = running(child)
  const orDie = async (work: Promise<void>): Promise<void> => {
    try {
      await work
    } catch (error) {
      await own.stop()
      throw new Error(`${(error as Error).message}: ${log}`, { cause: error })
    }
  }
  await orDie(until('icecast2', child, () => accepts(at)))
  return {
    ...own,
    port: at,
    log: () => log,
    async feed(file, codec, mount = ICECAST_CODECS[codec].mount) {
      const target = `icecast://source:${PASSWORD}@127.0.0.1:${at}/${mount}`
      const source = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file, '-ac', '1', ...ICECAST_CODECS[codec].encode, target], { stdio: 'ignore' })
      const url = `http://127.0.0.1:${at}/${mount}`
      await orDie(until(`a source for ${mount}`, source, () => isHeard(url)))
      return { ...running(source), url }
    },
  }
}

/** A live HLS playlist of two-second segments, made of a sound file over and over and served from `folder/hls`. */
export async function startHls(folder: string, file: string): Promise<Running & { readonly url: string }> {
  const dir = join(folder, 'hls')
  mkdirSync(dir)
  const playlist = join(dir, 'live.m3u8')
  const hls = ['-f', 'hls', '-hls_time', '2', '-hls_list_size', '5', '-hls_flags', 'delete_segments']
  const maker = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-re', '-stream_loop', '-1', '-i', file, '-ac', '1', '-c:a', 'aac', '-b:a', '64k', ...hls, playlist], { stdio: 'ignore' })
  const server = createHttpServer((request, response) => {
    const path = join(dir, basename(request.url ?? ''))
    const known = existsSync(path) && path !== dir
    response.writeHead(known ? 200 : 404, { 'content-type': path.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'video/mp2t' })
    if (!known) return void response.end()
    createReadStream(path).on('error', () => response.destroy()).pipe(response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  await until('a playlist', maker, async () => existsSync(playlist))
  const { pid, stop } = running(maker)
  return {
    pid,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/live.m3u8`,
    async stop() {
      await stop()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
