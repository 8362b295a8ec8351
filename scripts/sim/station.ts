import { createAgentWords } from '../../server/core/agent-words.ts'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import { every, type Clock } from '../../shared/core/clock.ts'
import type { FindMedia } from '../../shared/core/layout.ts'
import { silentLog, type Log } from '../../shared/core/log.ts'
import { BLOCK_BYTES } from '../../shared/protocol/blocks.ts'
import { certifyKey, KEY_USES, type SigningKey } from '../../shared/protocol/keys.ts'
import type { BodyStore, ServerLink } from '../../server/core/ports.ts'
import type { StreamHub } from '../../server/core/sound-stream.ts'
import { createStationEvents } from '../../server/core/station-events.ts'
import { startEmergencies, type EmergencyDeps, type RunningEmergencies } from '../../server/features/emergencies/plugin.ts'
import { startFleet, type Fleet } from '../../server/features/fleet/plugin.ts'
import type { Stores } from '../../server/core/stores.ts'
import type { AlarmBook } from './alarms.ts'
import type { Media } from './box.ts'
import type { Chance } from './chance.ts'
import type { SimBroker } from './broker.ts'
import type { Checker } from './checker.ts'
import { createServerStores } from './server-stores.ts'
import { clockOf, type Life, type World } from './world.ts'

export interface StationDeps {
  readonly world: World
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly broker: SimBroker
  readonly media: ReadonlyMap<string, Media>
  readonly issued: Checker['issued']
  /** Every body that was ever saved, for the checker and the attacker. */
  readonly bodies: Map<string, Uint8Array>
  readonly alarms: AlarmBook
  readonly chance: Chance
  readonly log?: Log
}

/** What is sent in a hurry is pinned on every box here, and nothing is spoken: the orders are what is tried. */
const NO_HUB: StreamHub = { open: () => { throw new Error('no streams here') }, burst: () => undefined, forget: () => undefined, join: () => undefined, stop: () => Promise.resolve() }
const NO_SOUNDS = { store: { open: () => Promise.resolve(null) } } as unknown as EmergencyDeps['sounds']
const NO_FILES: EmergencyDeps['files'] = { keep: () => Promise.reject(new Error('no recordings here')), path: (name) => name, remove: () => Promise.resolve(), list: () => Promise.resolve([]) }

/** The real conductor, ingestion and presence around stores that outlive them. */
export interface SimStation {
  readonly stores: Stores
  readonly root: Uint8Array
  fleet(): Fleet | null
  emergencies(): RunningEmergencies | null
  /** Since when it is there, true wall ms; Infinity while it is not. */
  since(): number
  start(): void
  /** Like kill -9: nothing is said, nothing is flushed. */
  kill(): void
  close(): void
}

export interface StationKeys {
  readonly root: Uint8Array
  readonly orders: SigningKey
  readonly time: SigningKey
}

const secretOf = (n: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + n * 31) & 255)

/** Keys whose secrets are the same in every run; `n` makes others, for an attacker. */
export function stationKeys(crypto: Crypto, start: number, n = 1): StationKeys {
  const rootSecret = secretOf(n)
  const signing = (use: keyof typeof KEY_USES, m: number): SigningKey => {
    const secret = secretOf(n + m)
    const certificate = certifyKey(crypto, rootSecret, { key: crypto.publicKey(secret), uses: KEY_USES[use], notBeforeMs: start - 86_400_000, notAfterMs: start + 700 * 86_400_000 })
    return { secret, certificate }
  }
  return { root: crypto.publicKey(rootSecret), orders: signing('orders', 100), time: signing('time', 200) }
}

export function createStation(deps: StationDeps): SimStation {
  const { world, crypto, broker, media } = deps
  const keys = stationKeys(crypto, world.now())
  const bare = (life: Life): Clock => clockOf(world, life, { wall: () => Math.floor(world.now()), mono: world.now, trueMsPer: 1 })
  const { stores, decide, close } = createServerStores(bare({ alive: true, fired: 0 }), deps.issued)
  const kept = new Map<string, Uint8Array>()
  const bodies: BodyStore = {
    save: (sha, bytes) => {
      kept.set(sha, bytes)
      deps.bodies.set(sha, bytes)
    },
    read: (sha) => kept.get(sha) ?? null,
    keepOnly: (shas) => {
      for (const sha of [...kept.keys()]) if (!shas.has(sha)) kept.delete(sha)
    },
  }
  const find: FindMedia = (ref) => {
    const found = ref.kind === 'file' ? media.get(ref.ref) : undefined
    return found ? [{ sha: found.sha, ms: found.ms, name: found.sha.slice(0, 6) }] : null
  }
  let life: Life = { alive: false, fired: 0 }
  let fleet: Fleet | null = null
  let emergencies: RunningEmergencies | null = null
  let since = Infinity
  for (const programme of deps.alarms.clips.programmes) stores.programmes.insert(programme)

  return {
    stores,
    root: keys.root,
    fleet: () => fleet,
    emergencies: () => emergencies,
    since: () => since,
    start: () => {
      const own: Life = (life = { alive: true, fired: 0 })
      const clock = bare(own)
      const words = createAgentWords()
      const serverLink = broker.serverLink(own)
      const link: ServerLink = {
        ...serverLink,
        publish: (topic, payload, options) => {
          if (own.alive && topic.endsWith('/alert')) deps.alarms.issued(topic.split('/')[3] ?? '', payload)
          return serverLink.publish(topic, payload, options)
        },
      }
      const started = startFleet({
        words,
        clock,
        crypto,
        deflate: deps.deflate,
        keys,
        link,
        stores,
        bodies,
        findFor: () => find,
        fileOf: (sha) => {
          const found = media.get(sha)
          return found ? { sha, bytes: found.bytes.length, ms: found.ms } : null
        },
        pinned: () => deps.alarms.clips.programmes.map(({ sha, bytes, ms }) => ({ sha, bytes, ms })),
        readBlock: (sha, index) => {
          const part = media.get(sha)?.bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)
          return Promise.resolve(part && part.length > 0 ? part : null)
        },
        log: deps.log ?? silentLog,
      })
      emergencies = startEmergencies({
        clock, crypto, keys, link, words, stores, decide, hub: NO_HUB, sounds: NO_SOUNDS, files: NO_FILES, events: createStationEvents(), log: deps.log ?? silentLog,
        secretBytes: (count) => Uint8Array.from({ length: count }, () => deps.chance.whole(0, 255)),
      })
      every(clock, 1_000, started.heartbeat)
      fleet = started
      since = world.now()
    },
    kill: () => {
      life.alive = false
      fleet = null
      emergencies = null
      since = Infinity
    },
    close,
  }
}
