import { createAgentWords } from '../../server/core/agent-words.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createBodyStore } from '../../server/adapters/body-store.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { loadServerKeys } from '../../server/adapters/key-store.ts'
import { openDatabases, type Databases } from '../../server/adapters/sqlite/open.ts'
import type { BodyStore, ServerLink } from '../../server/core/ports.ts'
import type { Stores } from '../../server/core/stores.ts'
import { createStores } from '../../server/create-stores.ts'
import { startFleet, type Fleet } from '../../server/features/fleet/plugin.ts'
import { createFindMedia } from '../../server/features/programmes/plugin.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { Session } from '../../shared/core/timetable.ts'

/** A province without its network: real SQLite, real files, real conductor and ingestion; what is published is counted. */
export interface Province {
  readonly stores: Stores
  readonly databases: Databases
  readonly fleet: Fleet
  readonly clusters: readonly string[]
  /** Hands in what an agent published. */
  receive(topic: string, payload: Uint8Array): void
  stop(): void
}
export interface ProvinceOptions {
  readonly clusters: number
  readonly clock: Clock
  /** Called for every message that would leave. */
  readonly published: (topic: string) => void
  /** Called when all that had to be planned is planned. */
  readonly planned: () => void
}

/** Clusters of one commune, as the field has them: 10 to 30. */
export const PER_COMMUNE = 20
const FILES = 40
const ITEMS = 5

export const realClock: Clock = {
  wall: () => wallMs(Date.now()),
  mono: () => monoMs(performance.now()),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs)
    return () => clearTimeout(timer)
  },
}

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'
const clusterId = (n: number): string => Array.from({ length: 10 }, (_, i) => CROCKFORD[Math.floor(n / 32 ** (9 - i)) % 32] ?? '0').join('')
export const communeCode = (n: number): string => String(10_000 + n)
const fileName = (n: number): string => `bai-${n % FILES}`

/** Everybody's two sessions and one of each commune; `variant` changes what sounds, not how much. */
export const provinceSession = (id: 'buoi-sang' | 'buoi-chieu', variant: number): Session => ({
  id, name: id, at: id === 'buoi-sang' ? '05:30' : '17:00', until: id === 'buoi-sang' ? '06:30' : '18:00', days: 'daily', targets: 'all',
  items: Array.from({ length: ITEMS }, (_, i) => ({ file: fileName(i + variant) })),
})
export const communeSession = (commune: number, variant: number): Session => ({
  id: `xa-${commune}`, name: `Bản tin xã ${commune}`, at: '07:00', until: '07:30', days: 'daily', targets: { areas: [communeCode(commune)] },
  items: Array.from({ length: 3 }, (_, i) => ({ file: fileName(commune + i + variant) })),
})

export function openProvince(options: ProvinceOptions): Province {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const databases = opened.value
  const { clock } = options
  const stores = createStores(databases, clock)
  const clusters = Array.from({ length: options.clusters }, (_, n) => clusterId(n))
  // one transaction: the province is not what is measured
  databases.decisions.transaction(() => fill(stores, clusters, clock))()
  let receive: (topic: string, payload: Uint8Array) => void = () => undefined
  const link: ServerLink = {
    publish: (topic) => {
      options.published(topic)
      return Promise.resolve()
    },
    onMessage: (handler) => void (receive = handler),
    connected: () => true,
    streams: { send: () => undefined, sendTo: () => undefined, joined: () => null },
    stop: () => Promise.resolve(),
  }
  const onDisk = createBodyStore(join(folder, 'plans'))
  const bodies: BodyStore = {
    ...onDisk,
    keepOnly: (shas) => {
      onDisk.keepOnly(shas)
      options.planned()
    },
  }
  const crypto = nodeCrypto()
  const keys = loadServerKeys(join(folder, 'keys'), crypto, clock.wall())
  const fleet = startFleet({
    words: createAgentWords(),
    clock, crypto, deflate: nodeDeflate(), keys, link, stores, bodies, log: silentLog,
    findFor: () => createFindMedia(stores.programmes, crypto), fileOf: (sha) => stores.programmes.bySha(sha), pinned: () => [], readBlock: () => Promise.resolve(null),
  })
  return {
    stores, databases, fleet, clusters,
    receive: (topic, payload) => receive(topic, payload),
    stop: () => {
      fleet.stop()
      databases.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function fill(stores: Stores, clusters: readonly string[], clock: Clock): void {
  const communes = Math.ceil(clusters.length / PER_COMMUNE)
  stores.areas.put({ code: '68', name: 'Tỉnh', kind: 'province' })
  for (let n = 0; n < communes; n++) stores.areas.put({ code: communeCode(n), name: `Xã ${n}`, kind: 'commune', parent: '68' })
  for (let n = 0; n < FILES; n++) {
    const sha = `${fileName(n)}`.padEnd(43, 'x')
    stores.programmes.insert({ id: fileName(n), name: fileName(n), folder: '', sha, bytes: 900_000, ms: 300_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(), kind: 'file', music: false, key: fileName(n), createdAt: clock.wall() })
  }
  for (const [n, id] of clusters.entries()) {
    stores.clusters.insert({ id, name: `Cụm ${n + 1}`, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, communeCode(Math.floor(n / PER_COMMUNE)), '2026-01-01')
  }
  for (const id of ['buoi-sang', 'buoi-chieu'] as const) stores.sessions.put(provinceSession(id, 0), clock.wall())
  for (let n = 0; n < communes; n++) stores.sessions.put(communeSession(n, 0), clock.wall())
}
