import { createAgentWords, type AgentWordsHub } from '../../server/core/agent-words.ts'
import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { every, wallMs, type Clock, type WallMs } from '../../shared/core/clock.ts'
import type { FindMedia } from '../../shared/core/layout.ts'
import { silentLog, type Log } from '../../shared/core/log.ts'
import type { Session } from '../../shared/core/timetable.ts'
import type { Identity } from '../../shared/protocol/topics.ts'
import { createBodyStore } from '../../server/adapters/body-store.ts'
import { startEmbeddedBroker, type EmbeddedBroker } from '../../server/adapters/broker/embedded.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { loadServerKeys, type ServerKeys } from '../../server/adapters/key-store.ts'
import { createMediaStore, type MediaStore } from '../../server/adapters/media-store.ts'
import { createStores } from '../../server/create-stores.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { reportOf, type SlotEvidence } from '../../server/core/evidence-report.ts'
import type { ServerLink } from '../../server/core/ports.ts'
import type { Stores } from '../../server/core/stores.ts'
import type { MediaFile } from '../../server/core/plan.ts'
import { startFleet, type Fleet } from '../../server/features/fleet/plugin.ts'
import { realClock } from './real-clock.ts'

/** A station without its HTTP side: real SQLite, real embedded broker, real conductor, a folder of its own. */
export interface Station {
  readonly folder: string
  readonly stores: Stores
  readonly keys: ServerKeys
  readonly broker: EmbeddedBroker
  readonly fleet: Fleet
  readonly media: MediaStore
  readonly url: string
  /** Puts a file (an Ogg Opus) into the store under a name that sessions use as `file:`. */
  addFile(name: string, path: string, ms: number): Promise<MediaFile>
  addCluster(id: string, name: string): { readonly username: string; readonly password: string }
  setSession(session: Session): void
  /** A session of all clusters, once, `inMs` from now at the next full second, under a policy that allows the whole day. Answers its start. */
  soon(session: { readonly id: string; readonly inMs: number; readonly lengthMs: number; readonly items: Session['items'] }): WallMs
  /** What the station says of the slots due in [from, to). */
  report(from: number, to: number): SlotEvidence[]
  /** Ends everything; the folder stays for a second start unless `forget`. */
  stop(forget?: boolean): Promise<void>
}

export interface StationOptions {
  readonly folder?: string
  readonly clock?: Clock
  readonly log?: Log
  readonly port?: number
  /** What agents say to more than the fleet. */
  readonly words?: AgentWordsHub
  /** Messages of the server that never leave it. */
  readonly withhold?: (topic: string) => boolean
}

export async function startStation(options: StationOptions = {}): Promise<Station> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'tl-station-'))
  const clock = options.clock ?? realClock
  const log = options.log ?? silentLog
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const databases = opened.value
  const stores = createStores(databases, clock)
  const keys = loadServerKeys(join(folder, 'keys'), nodeCrypto(), clock.wall())
  const authenticate = (username: string, password: Uint8Array): Identity | null => {
    const cluster = stores.clusters.byId(username)
    const sum = createHash('sha256').update(password).digest()
    return cluster && cluster.revokedAt === null && sum.equals(cluster.secretSha256) ? { kind: 'cluster', cluster: username } : null
  }
  const started = await startEmbeddedBroker({ port: options.port ?? 0, host: '127.0.0.1', authenticate, log })
  if (!started.ok) throw new Error(started.why)
  const broker = started.value
  const media = createMediaStore(join(folder, 'media'))
  await media.start()
  const fileOf = (sha: string): MediaFile | null => stores.programmes.bySha(sha)
  const find: FindMedia = (ref) => {
    const found = ref.kind === 'file' ? stores.programmes.byKey(ref.ref) : null
    return found && [{ sha: found.sha, ms: found.ms, name: found.name }]
  }
  const fleet = startFleet({
    words: options.words ?? createAgentWords(),
    clock, crypto: nodeCrypto(), deflate: nodeDeflate(), keys, link: withholding(broker.link, options.withhold), stores, findFor: () => find, fileOf, log,
    bodies: createBodyStore(join(folder, 'plans')),
    pinned: () => [],
    readBlock: (sha, index) => media.readBlock(sha, index),
  })
  const setSession = (session: Session): void => {
    stores.sessions.put(session, clock.wall())
    fleet.listener.timetableChanged()
  }
  const stopBeats = every(clock, 200, fleet.heartbeat)
  return {
    folder, stores, keys, broker, fleet, media,
    url: `mqtt://127.0.0.1:${broker.port}`,
    addFile: async (name, path, ms) => {
      // the store takes the file away: the caller's own stays
      const copy = join(folder, `${name}.copy`)
      copyFileSync(path, copy)
      const { sha, bytes } = await media.keep(copy)
      const peaks = new Uint8Array()
      stores.programmes.insert({ id: randomBytes(5).toString('hex'), name, folder: '', sha, bytes, ms, lufs: null, truePeak: null, peaks, kind: 'file', music: false, key: name, createdAt: clock.wall() })
      fleet.listener.timetableChanged()
      return { sha, bytes, ms }
    },
    addCluster: (id, name) => {
      const password = randomBytes(16).toString('base64url')
      stores.clusters.insert({ id, name, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: createHash('sha256').update(password).digest(), mosquittoHash: null })
      fleet.listener.clusterChanged(id)
      return { username: id, password }
    },
    setSession,
    soon: ({ id, inMs, lengthMs, items }) => {
      const start = wallMs(Math.ceil((clock.wall() + inMs) / 1000) * 1000)
      const text = (at: number): string => clockText(Math.floor(msOfDay(wallMs(at)) / 1000))
      stores.policies.putText('ca-ngay', { windows: ['00:00-24:00'], quiet: [] })
      setSession({ id, name: id, at: text(start), until: text(start + lengthMs), days: { once: civilDate(start) }, policy: 'ca-ngay', targets: 'all', items })
      return start
    },
    report: (from, to) =>
      reportOf(stores.planned.between(wallMs(from), wallMs(to)), stores.evidence.between(wallMs(from), wallMs(to)), {
        now: clock.wall(), reportedRev: (cluster) => stores.presence.byCluster(cluster)?.planRev ?? 0,
      }),
    stop: async (forget = false) => {
      stopBeats()
      fleet.stop()
      await broker.stop()
      await media.stop()
      databases.close()
      if (forget) rmSync(folder, { recursive: true, force: true })
    },
  }
}

const withholding = (link: ServerLink, withhold: ((topic: string) => boolean) | undefined): ServerLink => ({
  ...link,
  publish: (topic, payload, options) => (withhold?.(topic) ? Promise.resolve() : link.publish(topic, payload, options)),
})
