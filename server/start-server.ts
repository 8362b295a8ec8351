import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { AddressInfo } from 'node:net'
import { BrokenInvariant, ok, refuse, type Result } from '../shared/core/result.ts'
import type { Log } from '../shared/core/log.ts'
import type { Identity } from '../shared/protocol/topics.ts'
import { administratorToken } from './adapters/administrator-token.ts'
import { createBodyStore } from './adapters/body-store.ts'
import { startEmbeddedBroker, type EmbeddedBroker } from './adapters/broker/embedded.ts'
import { connectExternalBroker } from './adapters/broker/external.ts'
import { realClock } from './adapters/clock.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { nodeDeflate } from './adapters/deflate.ts'
import { createFfmpeg } from './adapters/ffmpeg.ts'
import { startHeartbeat } from './adapters/heartbeat.ts'
import { loadServerKeys } from './adapters/key-store.ts'
import { createMediaStore } from './adapters/media-store.ts'
import { startSignOfLife } from './adapters/sign-of-life.ts'
import { createDecide } from './adapters/sqlite/audit.ts'
import { openDatabases } from './adapters/sqlite/open.ts'
import { exportTimetable, parseTimetable } from './adapters/timetable-yaml.ts'
import { createEspeak } from './adapters/tts.ts'
import { mediaFiles, openUploads } from './adapters/uploads.ts'
import { buildApp, type App } from './build-app.ts'
import type { DecisionListener, ServerDeps } from './core/server-deps.ts'
import type { ServerLink } from './core/ports.ts'
import type { ServerSettings } from './core/server-settings.ts'
import type { Stores } from './core/stores.ts'
import { createStores } from './create-stores.ts'
import { startFleet, type Fleet } from './features/fleet/plugin.ts'
import { createFindMedia, importMedia, prepareMaterials, programmeLengths, speechKey, type Prepared } from './features/programmes/plugin.ts'
import { seedTimetable } from './features/sessions/plugin.ts'

export const VERSION = '0.1.0'

export interface RunningServer {
  readonly app: App
  readonly stores: Stores
  readonly fleet: Fleet
  readonly deps: ServerDeps
  readonly token: string
  /** Base address of the web server. */
  readonly url: string
  readonly mqttUrl: string
  /** Makes what the timetable names and the store lacks; also done after every change of the timetable. */
  prepare(say: (step: string) => void): Promise<Prepared>
  stop(): Promise<void>
}

type Closers = (() => Promise<void> | void)[]

/** Builds the adapters and starts the whole server. A refusal is a sentence for a person; nothing is left running then. */
export async function startServer(settings: ServerSettings, timetableFile: string, log: Log): Promise<Result<RunningServer>> {
  const closers: Closers = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  const started = await build(settings, { timetableFile, log, closers, closeAll })
  if (!started.ok) await closeAll()
  return started
}

interface Setting {
  readonly timetableFile: string
  readonly log: Log
  readonly closers: Closers
  readonly closeAll: () => Promise<void>
}

async function build(settings: ServerSettings, { timetableFile, log, closers, closeAll }: Setting): Promise<Result<RunningServer>> {
  const clock = realClock
  const crypto = nodeCrypto()
  const tls = readTls(settings)
  if (!tls.ok) return tls
  const opened = openDatabases(settings.folder)
  if (!opened.ok) return opened
  closers.push(() => opened.value.close())
  const stores = createStores(opened.value, clock)
  const keys = loadServerKeys(join(settings.folder, 'keys'), crypto, clock.wall())
  const broker = await openBroker(settings, { stores, tls: tls.value, log })
  if (!broker.ok) return broker
  closers.push(broker.value.stop)

  const media = createMediaStore(join(settings.folder, 'media'))
  await media.start()
  closers.push(() => media.stop())
  const sounds = { ffmpeg: createFfmpeg(), store: media, tts: createEspeak() }
  const fleet = startFleet({
    clock, crypto, deflate: nodeDeflate(), keys, link: broker.value.link, stores, log,
    bodies: createBodyStore(join(settings.folder, 'plans')),
    find: createFindMedia(stores.programmes, crypto),
    fileOf: (sha) => stores.programmes.bySha(sha),
    pinned: () => stores.programmes.all().filter((p) => p.kind === 'chime'),
    readBlock: (sha, index) => media.readBlock(sha, index),
  })
  closers.push(() => fleet.stop())

  let preparing: Promise<Prepared> = Promise.resolve({ made: 0, failures: [] })
  const prepare = (say: (step: string) => void): Promise<Prepared> => {
    const material = { programmes: stores.programmes, sounds, crypto, clock, log, newId: () => randomBytes(8).toString('hex'), folder: dirname(resolve(timetableFile)) }
    preparing = preparing.then(() => prepareMaterials(material, stores.sessions.all(), say)).then((prepared) => {
      if (prepared.made > 0) fleet.listener.timetableChanged()
      for (const failure of prepared.failures) log.warn({ what: failure.what }, failure.en)
      return prepared
    })
    return preparing
  }
  const listener: DecisionListener = {
    clusterChanged: (id) => {
      if (stores.clusters.byId(id)?.revokedAt !== null) broker.value.disconnect(id)
      fleet.listener.clusterChanged(id)
    },
    timetableChanged: () => {
      fleet.listener.timetableChanged()
      prepare(() => undefined).catch((error: unknown) => log.error({ error: String(error) }, 'materials not prepared'))
    },
  }
  const token = administratorToken(settings.folder)
  const deps: ServerDeps = {
    stores, clock, crypto, keys, listener, log, tls: tls.value, version: VERSION,
    decide: createDecide(opened.value.decisions, stores.audit),
    random: () => randomInt(2 ** 32) / 2 ** 32,
    secretBytes: (count) => new Uint8Array(randomBytes(count)),
    administratorSha256: new Uint8Array(createHash('sha256').update(token).digest()),
    mqttUrl: () => settings.publicMqttUrl ?? broker.value.url,
    brokerAdmin: null,
    brokerHash: null,
    importer: ({ path }) => importMedia(sounds, { path }),
    uploads: await openUploads(join(settings.folder, 'uploads')),
    media: mediaFiles(media),
    timetableYaml: { parse: (text) => parseTimetable(text, 'timetable.yaml'), write: exportTimetable },
    mediaMs: programmeLengths(stores.programmes, (speech) => speechKey(crypto, speech)),
    slotsFor: fleet.slotsFor,
    vitals: { brokerConnected: broker.value.link.connected, lastHeartbeat: fleet.lastHeartbeat },
  }
  const seeded = seed(deps, timetableFile)
  if (!seeded.ok) return seeded
  const app = await buildApp(deps)
  closers.push(() => app.close())
  const url = await listen(app, settings)
  if (!url.ok) return url
  closers.push(startHeartbeat(fleet.heartbeat, log))
  if (settings.heartbeatUrl !== null) {
    const well = (): boolean => broker.value.link.connected() && clock.wall() - (fleet.lastHeartbeat() ?? 0) < 10_000
    closers.push(startSignOfLife({ url: settings.heartbeatUrl, clock, log, well }))
  }
  return ok({ app, stores, fleet, deps, token, url: url.value, mqttUrl: broker.value.url, prepare, stop: closeAll })
}

interface Broker {
  readonly link: ServerLink
  readonly url: string
  disconnect(cluster: string): void
  stop(): Promise<void>
}

async function openBroker(
  settings: ServerSettings,
  { stores, tls, log }: { readonly stores: Stores; readonly tls: ServerDeps['tls']; readonly log: Log },
): Promise<Result<Broker>> {
  if (settings.mqttUrl !== null) {
    const at = new URL(settings.mqttUrl)
    const [username, password] = [decodeURIComponent(at.username), decodeURIComponent(at.password)]
    if (username === '') return refuse('bad-settings', 'TL_MQTT_URL must carry the server’s user and password: mqtt://USER:PASSWORD@HOST.')
    const url = `${at.protocol}//${at.host}`
    const link = connectExternalBroker({ url, username, password, log, clock: realClock, random: () => randomInt(2 ** 32) / 2 ** 32 })
    return ok({ link, url, disconnect: () => undefined, stop: () => link.stop() })
  }
  const started = await startEmbeddedBroker({
    port: settings.mqttPort, host: settings.bind, log, authenticate: registryOf(stores), ...(tls ? { tls } : {}),
  })
  if (!started.ok) return started
  const broker: EmbeddedBroker = started.value
  const host = isAny(settings.bind) ? '127.0.0.1' : settings.bind
  return ok({ link: broker.link, url: `${tls ? 'mqtts' : 'mqtt'}://${bracketed(host)}:${broker.port}`, disconnect: broker.disconnect, stop: () => broker.stop() })
}

/** The registry of clusters is the password file. */
const registryOf = (stores: Stores) => (username: string, password: Uint8Array): Identity | null => {
  const cluster = stores.clusters.byId(username)
  if (!cluster || cluster.revokedAt !== null) return null
  const sum = createHash('sha256').update(password).digest()
  return timingSafeEqual(sum, Buffer.from(cluster.secretSha256)) ? { kind: 'cluster', cluster: username } : null
}

const isAny = (host: string): boolean => host === '::' || host === '0.0.0.0'
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

function readTls({ tls }: ServerSettings): Result<ServerDeps['tls']> {
  if (tls === null) return ok(null)
  const missing = [tls.certFile, tls.keyFile].find((file) => !existsSync(file))
  if (missing !== undefined) return refuse('bad-certificate', `The file ${missing} is not there. Set TL_TLS_CERT and TL_TLS_KEY to PEM files that exist.`)
  return ok({ cert: readFileSync(tls.certFile, 'utf8'), key: readFileSync(tls.keyFile, 'utf8') })
}

/** A new station begins with the timetable of a file; afterwards the database is the truth. */
function seed(deps: ServerDeps, file: string): Result<null> {
  if (!existsSync(file)) return refuse('no-timetable', `The timetable ${file} is not there. Set TL_TIMETABLE to a YAML file that exists.`)
  const parsed = parseTimetable(readFileSync(file, 'utf8'), file)
  if (!parsed.ok) return refuse('bad-timetable', parsed.problems.map((p) => `${file}:${p.line}:${p.column} ${p.vi} / ${p.en}`).join('\n'))
  const seeded = seedTimetable(deps, parsed.value)
  if (!seeded.ok) return refuse('bad-timetable', `${file}: ${seeded.refusal.vi} / ${seeded.refusal.en}`)
  if (seeded.value) deps.listener.timetableChanged()
  return ok(null)
}

async function listen(app: App, settings: ServerSettings): Promise<Result<string>> {
  try {
    await app.listen({ port: settings.port, host: settings.bind })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return refuse('port-in-use', `Port ${settings.port} is in use, perhaps by a second server. Set TL_PORT to a free port, or stop the other program.`)
    return refuse('cannot-listen', `Port ${settings.port} on ${settings.bind} cannot be opened (${message}). Set TL_PORT or TL_BIND to another one.`)
  }
  const address = app.server.address() as AddressInfo | null
  if (!address) throw new BrokenInvariant('listening without an address')
  const host = isAny(settings.bind) ? '127.0.0.1' : settings.bind
  return ok(`${settings.tls ? 'https' : 'http'}://${bracketed(host)}:${address.port}`)
}
