import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { BrokenInvariant, ok, refuse, type Result } from '../shared/core/result.ts'
import type { Log } from '../shared/core/log.ts'
import { administratorToken } from './adapters/administrator-token.ts'
import { createBackupMaker } from './adapters/backup-maker.ts'
import { createArgon2Passwords } from './adapters/argon2-passwords.ts'
import { bracketed, isAny } from './adapters/broker/open-broker.ts'
import { realClock } from './adapters/clock.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { openDocuments } from './adapters/document-files.ts'
import { openPhotos } from './adapters/photo-files.ts'
import { openSecurePages, type SecurePages } from './adapters/tls-station.ts'
import { createPracticeProgram } from './adapters/practice-station.ts'
import { openSecureDoor } from './adapters/tls-door.ts'
import { createTimetableFolder } from './adapters/timetable-folder.ts'
import { exportTimetable, parseTimetable } from './adapters/timetable-yaml.ts'
import { mediaFiles, openUploads, originalFiles } from './adapters/uploads.ts'
import { createReportJobs } from './adapters/worker-pool.ts'
import { buildApp, type App } from './build-app.ts'
import { createAccess } from './core/access.ts'
import type { LibraryItem } from './core/programme-store.ts'
import { practicePlace } from './core/practice.ts'
import type { Practising } from './core/practice-inside.ts'
import type { PracticePlace } from './core/practice-line.ts'
import type { ServerDeps } from './core/server-deps.ts'
import type { ServerSettings } from './core/server-settings.ts'
import type { StreamHub } from './core/sound-stream.ts'
import type { Stores } from './core/stores.ts'
import { startBackups, type Backups } from './features/backups/plugin.ts'
import { startSoundWatch } from './features/events/plugin.ts'
import type { Fleet } from './features/fleet/plugin.ts'
import { sendLink } from './features/notify/plugin.ts'
import { firstAdministratorLink } from './features/people/plugin.ts'
import { createPractice } from './features/practice/plugin.ts'
import { approveSeeded, importMedia, prepareMaterials, programmeLengths, speakToMedia, speechKey, tellPending, type Prepared } from './features/programmes/plugin.ts'
import { seedTimetable } from './features/sessions/plugin.ts'
import { startDesk } from './start-desk.ts'
import { chance, startBroadcasting } from './start-broadcasting.ts'
import { keepBeating, listenerOf, openStation, type Closers, type StationSetting } from './start-station.ts'

export const VERSION = '0.1.0'

export interface RunningServer {
  readonly app: App
  readonly stores: Stores
  readonly fleet: Fleet
  readonly streams: StreamHub
  readonly deps: ServerDeps
  readonly token: string
  /** Where the first administrator comes in, while there is none; null once there is. */
  readonly firstAdministrator: string | null
  /** Base address of the web server. */
  readonly url: string
  readonly mqttUrl: string
  /** Base addresses of the secure pages in the local network, by an authority of the station's own; none where it has none. */
  readonly secureUrls: readonly string[]
  /** Of a practice station's secure pages; null where it has none. */
  readonly practicePort: number | null
  /** Makes what the timetable names and the store lacks; also done after every change of the timetable. */
  prepare(say: (step: string) => void): Promise<Prepared>
  stop(): Promise<void>
}

/** What makes a server a practice station. */
export interface AsPractice {
  readonly practising: Practising
  /** Beside the port of the settings, by TLS. */
  readonly secure: PracticePlace['secure']
}

/** Builds the adapters and starts the whole server. A refusal is a sentence for a person; nothing is left running then. `inside`: it is a practice station. */
export async function startServer(settings: ServerSettings, timetableFile: string, log: Log, inside: AsPractice | null = null): Promise<Result<RunningServer>> {
  const closers: Closers = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  const started = await build(settings, { timetableFile, log, closers, closeAll, inside })
  if (!started.ok) await closeAll()
  return started
}

/** What is open beside the app's own port. */
interface Secure {
  pages: SecurePages | null
  practicePort: number | null
}

interface Setting extends StationSetting {
  readonly timetableFile: string
  readonly closeAll: () => Promise<void>
  readonly inside: AsPractice | null
}

async function build(settings: ServerSettings, setting: Setting): Promise<Result<RunningServer>> {
  const { timetableFile, log, closers, closeAll } = setting
  const tls = readTls(settings)
  if (!tls.ok) return tls
  const opened = await openStation(settings, tls.value, setting)
  if (!opened.ok) return opened
  const { stores, fleet, streams, broker, media, sounds, keys, decide, releases } = opened.value
  const crypto = nodeCrypto()
  const folder = createTimetableFolder(timetableFile)
  const newId = (): string => randomBytes(8).toString('hex')
  const pending = (made: LibraryItem): void => tellPending({ events: opened.value.events, clock: realClock }, made, { n: 1, language: made.language, authorName: made.authorName })
  const prepare = oneAtATime(async (say: (step: string) => void): Promise<Prepared> => {
    const prepared = await prepareMaterials({ programmes: stores.programmes, sounds, crypto, clock: realClock, log, newId, folder, pending }, stores.sessions.all(), say)
    if (prepared.made > 0) fleet.listener.timetableChanged()
    for (const failure of prepared.failures) log.warn({ what: failure.what }, failure.en)
    return prepared
  })
  /** Who else wants to know of a change of the timetable. */
  const changed: (() => void)[] = []
  const token = administratorToken(settings.folder)
  const secure: Secure = { pages: null, practicePort: null }
  const reports = createReportJobs(settings.folder)
  closers.push(() => reports.stop())
  const deps: ServerDeps = {
    stores, crypto, keys, decide, log, clock: realClock, tls: tls.value, version: VERSION,
    random: chance,
    trust: () => secure.pages?.trust ?? null,
    access: createAccess({ clock: realClock, stores }),
    events: opened.value.events,
    reports,
    secretBytes: (count) => new Uint8Array(randomBytes(count)),
    passwords: createArgon2Passwords(),
    trustProxy: settings.trustProxy ?? [],
    administratorSha256: new Uint8Array(createHash('sha256').update(token).digest()),
    mqttUrl: () => settings.publicMqttUrl ?? broker.url,
    brokerAdmin: broker.admin,
    brokerHash: broker.hash,
    importer: (input) => importMedia(sounds, input),
    speaker: (order) => speakToMedia(sounds, { ...order, keepOriginal: true }),
    originals: originalFiles(media),
    releases,
    uploads: await openUploads(join(settings.folder, 'uploads')),
    media: mediaFiles(media),
    documents: await openDocuments(join(settings.folder, 'documents')),
    photos: await openPhotos(join(settings.folder, 'photos')),
    timetableYaml: { parse: (text) => parseTimetable(text, 'timetable.yaml'), write: exportTimetable },
    mediaMs: programmeLengths(stores.programmes, (speech) => speechKey(crypto, speech)),
    // asked when the rest is there
    sendLink: async (link) => sendLink(deps, link),
    slotsFor: fleet.slotsFor,
    vitals: { brokerConnected: () => broker.link.connected(), lastHeartbeat: fleet.lastHeartbeat },
    listener: listenerOf(opened.value, () => {
      changed.forEach((tell) => tell())
      prepare(() => undefined).catch((error: unknown) => log.error({ error: String(error) }, 'materials not prepared'))
    }),
  }
  const seeded = seed(deps, timetableFile)
  if (!seeded.ok) return seeded
  const broadcasting = await startBroadcasting(opened.value, settings.folder, { ...setting, listener: deps.listener, capCertificates: settings.capCertificates ?? null })
  changed.push(broadcasting.relays.changed)
  const whole: ServerDeps = { ...deps, vitals: { ...deps.vitals, relays: broadcasting.relays.counts }, ...practiceOf(settings, deps, setting, secure) }
  startDesk(opened.value, whole, setting)
  closers.push(startSoundWatch({ ...whole, ...broadcasting }))
  const app = await buildApp(whole, broadcasting, openBackups(settings, whole, setting))
  const url = await openToPeople(app, settings, setting, secure)
  if (!url.ok) return url
  keepBeating(settings, opened.value, setting)
  const firstAdministrator = firstAdministratorLink(deps, url.value)
  return ok({ app, stores, fleet, streams, deps, token, firstAdministrator, url: url.value, mqttUrl: broker.url, secureUrls: secure.pages?.trust.addresses() ?? [], practicePort: secure.practicePort, prepare, stop: closeAll })
}

/** The practice station that may be opened beside this one, where a port for it is set; or what makes this one such a station. */
function practiceOf(settings: ServerSettings, deps: ServerDeps, { inside, closers }: Setting, secure: Secure): Pick<ServerDeps, 'practice' | 'practising'> {
  if (inside) return { practising: inside.practising }
  const { practice = null, folder } = settings
  if (practice === null) return {}
  const place = (): PracticePlace => practicePlace(settings, practice.port, { given: deps.tls, own: secure.pages?.leaf() ?? null })
  const running = createPractice({ ...deps, program: createPracticeProgram({ folder, log: deps.log }), place, url: practice.url })
  closers.push(() => running.stop())
  return { practice: running }
}

/** Nightly copies, where a folder for them is set. */
function openBackups({ folder, backups = null }: ServerSettings, { clock, log, events }: ServerDeps, { closers }: StationSetting): Backups | null {
  if (backups === null) return null
  const maker = createBackupMaker({ from: folder, to: backups, version: VERSION })
  const started = startBackups({ clock, log, events, maker })
  closers.push(() => maker.stop(), () => started.stop())
  return started
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

/**
 * Opens the app's own port, and the secure one for the local network. A station without the second still has its loudspeakers: why
 * there is none is told, and it runs on.
 */
async function openToPeople(app: App, settings: ServerSettings, { log, closers, inside }: Setting, secure: Secure): Promise<Result<string>> {
  // the last to go: requests under way are answered by an app that is being closed
  closers.push(() => secure.pages?.stop())
  closers.push(() => app.close())
  const url = await listen(app, settings)
  if (url.ok && inside?.secure) {
    const { port, bind: host, cert, key } = inside.secure
    const door = await openSecureDoor({ app, port, host, tls: { cert, key }, openly: () => false })
    if (!door.ok) return door
    closers.push(() => door.value.stop())
    secure.practicePort = door.value.port
  }
  const { localHttps = null, folder } = settings
  if (!url.ok || localHttps === null) return url
  const opened = await openSecurePages({ folder, port: localHttps.port, host: localHttps.bind, clock: realClock, log }, app)
  if (opened.ok) secure.pages = opened.value
  else log.warn({}, opened.why)
  return url
}

/** A new station begins with the timetable of a file; afterwards the database is the truth. */
function seed(deps: ServerDeps, file: string): Result<null> {
  if (!existsSync(file)) return refuse('no-timetable', `The timetable ${file} is not there. Set TL_TIMETABLE to a YAML file that exists.`)
  const parsed = parseTimetable(readFileSync(file, 'utf8'), file)
  if (!parsed.ok) return refuse('bad-timetable', parsed.problems.map((p) => `${file}:${p.line}:${p.column} ${p.vi} / ${p.en}`).join('\n'))
  const seeded = seedTimetable(deps, parsed.value)
  if (!seeded.ok) return refuse('bad-timetable', `${file}: ${seeded.refusal.vi} / ${seeded.refusal.en}`)
  if (seeded.value) deps.listener.timetableChanged()
  approveSeeded(deps.stores, deps.crypto, deps.stores.sessions.all())
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
