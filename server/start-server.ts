import { createHash, randomBytes, randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { BrokenInvariant, ok, refuse, type Result } from '../shared/core/result.ts'
import { every, wallMs } from '../shared/core/clock.ts'
import type { Log } from '../shared/core/log.ts'
import { administratorToken } from './adapters/administrator-token.ts'
import { createBodyStore } from './adapters/body-store.ts'
import { bracketed, isAny, openBroker, type Broker } from './adapters/broker/open-broker.ts'
import { realClock } from './adapters/clock.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { nodeDeflate } from './adapters/deflate.ts'
import { createFfmpeg } from './adapters/ffmpeg.ts'
import { startHeartbeat } from './adapters/heartbeat.ts'
import { createOpusEncoder } from './adapters/opus-encoder.ts'
import { loadServerKeys, type ServerKeys } from './adapters/key-store.ts'
import { createMediaStore, type MediaStore } from './adapters/media-store.ts'
import { startSignOfLife } from './adapters/sign-of-life.ts'
import { createDecide } from './adapters/sqlite/audit.ts'
import { openDatabases } from './adapters/sqlite/open.ts'
import { createTimetableFolder } from './adapters/timetable-folder.ts'
import { exportTimetable, parseTimetable } from './adapters/timetable-yaml.ts'
import { createEspeak } from './adapters/tts.ts'
import { mediaFiles, openUploads } from './adapters/uploads.ts'
import { buildApp, type App } from './build-app.ts'
import { createAgentWords, type AgentWords } from './core/agent-words.ts'
import type { DecisionListener, ServerDeps } from './core/server-deps.ts'
import type { ServerSettings } from './core/server-settings.ts'
import type { StreamHub } from './core/sound-stream.ts'
import type { Decide, Stores } from './core/stores.ts'
import { createStores } from './create-stores.ts'
import { startFleet, type Fleet } from './features/fleet/plugin.ts'
import { createStreamHub } from './features/streams/plugin.ts'
import { createFindMedia, importMedia, prepareMaterials, programmeLengths, speechKey, type Prepared, type StationSoundDeps } from './features/programmes/plugin.ts'
import { seedTimetable } from './features/sessions/plugin.ts'

export const VERSION = '0.1.0'

export interface RunningServer {
  readonly app: App
  readonly stores: Stores
  readonly fleet: Fleet
  readonly streams: StreamHub
  readonly deps: ServerDeps
  readonly token: string
  /** Base address of the web server. */
  readonly url: string
  readonly mqttUrl: string
  /** Makes what the timetable names and the store lacks; also done after every change of the timetable. */
  prepare(say: (step: string) => void): Promise<Prepared>
  stop(): Promise<void>
}

/** Minute samples are kept this long (DESIGN §8). */
const TELEMETRY_KEPT_MS = 14 * 86_400_000
const HOURLY_MS = 3_600_000

/** A revoked cluster stays connected this long, for the order that silences it. */
const LAST_WORD_MS = 5_000

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

/** What runs before anybody can reach it by HTTP. */
interface Station {
  readonly stores: Stores
  readonly keys: ServerKeys
  readonly decide: Decide
  readonly broker: Broker
  readonly media: MediaStore
  readonly sounds: StationSoundDeps
  readonly fleet: Fleet
  readonly words: AgentWords
  readonly streams: StreamHub
}

async function build(settings: ServerSettings, setting: Setting): Promise<Result<RunningServer>> {
  const { timetableFile, log, closers, closeAll } = setting
  const tls = readTls(settings)
  if (!tls.ok) return tls
  const opened = await openStation(settings, tls.value, setting)
  if (!opened.ok) return opened
  const { stores, fleet, streams, broker, media, sounds, keys, decide } = opened.value
  const crypto = nodeCrypto()
  const folder = createTimetableFolder(timetableFile)
  const newId = (): string => randomBytes(8).toString('hex')
  const prepare = oneAtATime(async (say: (step: string) => void): Promise<Prepared> => {
    const prepared = await prepareMaterials({ programmes: stores.programmes, sounds, crypto, clock: realClock, log, newId, folder }, stores.sessions.all(), say)
    if (prepared.made > 0) fleet.listener.timetableChanged()
    for (const failure of prepared.failures) log.warn({ what: failure.what }, failure.en)
    return prepared
  })
  const token = administratorToken(settings.folder)
  const deps: ServerDeps = {
    stores, crypto, keys, decide, log, clock: realClock, tls: tls.value, version: VERSION,
    random: chance,
    secretBytes: (count) => new Uint8Array(randomBytes(count)),
    administratorSha256: new Uint8Array(createHash('sha256').update(token).digest()),
    mqttUrl: () => settings.publicMqttUrl ?? broker.url,
    brokerAdmin: broker.admin,
    brokerHash: broker.hash,
    importer: ({ path }) => importMedia(sounds, { path }),
    uploads: await openUploads(join(settings.folder, 'uploads')),
    media: mediaFiles(media),
    timetableYaml: { parse: (text) => parseTimetable(text, 'timetable.yaml'), write: exportTimetable },
    mediaMs: programmeLengths(stores.programmes, (speech) => speechKey(crypto, speech)),
    slotsFor: fleet.slotsFor,
    vitals: { brokerConnected: () => broker.link.connected(), lastHeartbeat: fleet.lastHeartbeat },
    listener: listenerOf(opened.value, () => {
      prepare(() => undefined).catch((error: unknown) => log.error({ error: String(error) }, 'materials not prepared'))
    }),
  }
  const seeded = seed(deps, timetableFile)
  if (!seeded.ok) return seeded
  const app = await buildApp(deps)
  closers.push(() => app.close())
  const url = await listen(app, settings)
  if (!url.ok) return url
  keepBeating(settings, opened.value, setting)
  return ok({ app, stores, fleet, streams, deps, token, url: url.value, mqttUrl: broker.url, prepare, stop: closeAll })
}

async function openStation(settings: ServerSettings, tls: ServerDeps['tls'], { log, closers }: Setting): Promise<Result<Station>> {
  const clock = realClock
  const crypto = nodeCrypto()
  const opened = openDatabases(settings.folder)
  if (!opened.ok) return opened
  closers.push(() => opened.value.close())
  const stores = createStores(opened.value, clock)
  const keyFolder = join(settings.folder, 'keys')
  // a new root would be silence everywhere: clusters obey the one that they pinned, and nothing else
  if (!existsSync(join(keyFolder, 'root.key')) && stores.clusters.active().length > 0) return refuse('no-root-key', noRootKey(keyFolder))
  const keys = loadServerKeys(keyFolder, crypto, clock.wall())
  const broker = await openBroker(settings, { stores, tls, log })
  if (!broker.ok) return broker
  closers.push(broker.value.stop)
  const media = createMediaStore(join(settings.folder, 'media'))
  await media.start()
  closers.push(() => media.stop())
  const words = createAgentWords()
  const streams = createStreamHub({
    clock, crypto, random: chance, signing: () => keys.streams, link: broker.value.link.streams, encoder: createOpusEncoder,
  })
  words.onJoin(streams.join)
  closers.push(() => streams.stop())
  const fleet = startFleet({
    clock, crypto, deflate: nodeDeflate(), keys, link: broker.value.link, stores, log, words,
    bodies: createBodyStore(join(settings.folder, 'plans')),
    find: createFindMedia(stores.programmes, crypto),
    fileOf: (sha) => stores.programmes.bySha(sha),
    pinned: () => stores.programmes.all().filter((p) => p.kind === 'chime'),
    readBlock: (sha, index) => media.readBlock(sha, index),
  })
  closers.push(() => fleet.stop())
  const sounds = { ffmpeg: createFfmpeg(), store: media, tts: createEspeak() }
  return ok({ stores, keys, broker: broker.value, media, sounds, fleet, words, streams, decide: createDecide(opened.value.decisions, stores.audit) })
}

const chance = (): number => randomInt(2 ** 32) / 2 ** 32

const noRootKey = (folder: string): string =>
  `The file root.key is not in ${folder}, and the clusters of this station obey no other: put the folder back from a backup. · Thiếu tệp root.key, các cụm loa sẽ không nghe lệnh: hãy khôi phục thư mục này từ bản sao lưu.`

/** A change of the timetable is planned at once, and what it names and the store lacks is made. */
const listenerOf = ({ stores, broker, fleet }: Station, prepare: () => void): DecisionListener => ({
  clusterChanged: (id) => {
    fleet.listener.clusterChanged(id)
    // it hears that it is to be silent before it is shut out
    if (stores.clusters.byId(id)?.revokedAt !== null) realClock.after(LAST_WORD_MS, () => broker.disconnect(id))
  },
  timetableChanged: () => {
    fleet.listener.timetableChanged()
    prepare()
  },
})

/** The heartbeat, the sign of life that hangs on it, and once an hour the end of old telemetry and of old certificates. */
function keepBeating(settings: ServerSettings, { stores, broker, fleet, keys }: Station, { log, closers }: Setting): void {
  const clock = realClock
  closers.push(startHeartbeat(fleet.heartbeat, log))
  const hourly = (what: string, work: () => void): void => {
    const guarded = (): void => {
      try {
        work()
      } catch (error) {
        log.error({ error: String(error) }, what)
      }
    }
    closers.push(every(clock, HOURLY_MS, guarded))
  }
  hourly('old telemetry not forgotten', () => stores.telemetry.prune(wallMs(clock.wall() - TELEMETRY_KEPT_MS)))
  hourly('certificates not renewed', () => {
    // plans that were signed under the old one are issued again
    if (keys.renew(clock.wall())) fleet.listener.timetableChanged()
  })
  if (settings.heartbeatUrl === null) return
  const well = (): boolean => broker.link.connected() && clock.wall() - (fleet.lastHeartbeat() ?? 0) < 10_000
  closers.push(startSignOfLife({ url: settings.heartbeatUrl, clock, log, well }))
}

/** Calls follow each other; one that fails does not stop those behind it. */
function oneAtATime<A, T>(work: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (argument) => {
    const next = last.then(() => work(argument), () => work(argument))
    last = next
    return next
  }
}

function readTls({ tls }: ServerSettings): Result<ServerDeps['tls']> {
  if (tls === null) return ok(null)
  const missing = [tls.certFile, tls.keyFile].find((file) => !existsSync(file))
  if (missing !== undefined) return refuse('bad-certificate', `The file ${missing} is not there. Set TL_TLS_CERT and TL_TLS_KEY to PEM files that exist.`)
  try {
    return ok({ cert: readFileSync(tls.certFile, 'utf8'), key: readFileSync(tls.keyFile, 'utf8') })
  } catch (error) {
    return refuse('bad-certificate', `The certificate or its key cannot be read (${(error as Error).message}). Set TL_TLS_CERT and TL_TLS_KEY to PEM files that this user may read.`)
  }
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
