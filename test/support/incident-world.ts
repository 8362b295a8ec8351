import type { Test } from 'tap'
import { createPresence, type Presence } from '../../server/features/fleet/presence.ts'
import { createSweep, type Findings } from '../../server/features/incidents/plugin.ts'
import { createMembers } from '../../server/core/incident-members.ts'
import type { Condition } from '../../server/core/incident-watch.ts'
import type { StationEvent } from '../../server/core/station-events.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { AREAS, serverWorld, type ServerWorld } from './server-world.ts'

export interface Place {
  readonly id: string
  readonly area?: string
  readonly carrier?: string
  readonly cell?: string
}

export interface IncidentWorld extends ServerWorld {
  readonly presence: Presence
  readonly heard: StationEvent[]
  /** What the rules find beside links; by `kind cluster`. */
  readonly conditions: Map<string, Condition>
  readonly sounding: Set<string>
  /** Enrols clusters and lets them say hello. */
  place(places: readonly Place[]): void
  /** One second: presence looks, then the rules. */
  second(): void
  hello(cluster: string): void
  beat(cluster: string): void
  open(): { kind: string; cause: string; clusters: string[] }[]
}

const HEALTH = {
  at: 0, boot: 'boot', upS: 1, agent: '1', simulated: true, link: { connects: 1, lateBeats: 0 }, clock: { trusted: true }, volume: 80, mute: false, evidenceWaiting: 0,
}
const BEAT = { s: 1, t: 0, c: 1000 }

/** The real app, the real presence and the real rules over a made-up clock. */
export async function incidentWorld(t: Test): Promise<IncidentWorld> {
  const world = await serverWorld(t)
  const { deps, clock } = world
  const { stores } = deps
  const heard: StationEvent[] = []
  deps.events.onEvent((event) => void heard.push(event))
  const presence = createPresence({ clock, store: stores.presence })
  const conditions = new Map<string, Condition>()
  const sounding = new Set<string>()
  const findings = (): Findings => ({ conditions: [...conditions.values()], sounding })
  const sweep = createSweep({ ...deps, members: createMembers(stores), findings })
  const hello = (cluster: string): void =>
    presence.noteHello(cluster, { boot: 'boot', conn: `conn-${cluster}`, agent: '1', simulated: true, clock: 5, plan: 0, now: 0, caps: {} } as never)
  return {
    ...world, presence, heard, conditions, sounding, hello,
    place(places) {
      for (const { id, area, carrier, cell } of places) {
        stores.clusters.insert({ id, name: `Cụm ${id}`, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
        if (area !== undefined) stores.clusters.join(id, area, '2026-01-01')
        if (carrier !== undefined || cell !== undefined) {
          const radio = { figures: [-90, -10, 10, -60], ...(carrier === undefined ? {} : { operator: carrier }), ...(cell === undefined ? {} : { cell }), source: 'sim:good' }
          stores.telemetry.noteHealth(id, { ...HEALTH, radio } as never, wallMs(clock.wall()))
        }
        hello(id)
      }
    },
    second() {
      clock.pass(1_000)
      presence.sweep()
      sweep.look()
    },
    beat: (cluster) => presence.noteBeat(cluster, BEAT as never),
    open: () => stores.incidents.open().map(({ id, kind, cause }) => ({
      kind, cause: `${cause.kind} ${cause.id}`.trim(),
      clusters: stores.incidents.clustersOf(id).filter(({ healedAt }) => healedAt === null).map(({ cluster }) => cluster).sort(),
    })),
  }
}

export const ID = { dong: 'c000000001', tay: 'c000000002', moi: 'c000000003' }
export const get = (path: string): `GET ${string}` => `GET /api/v1${path}`
export const post = (path: string): `POST ${string}` => `POST /api/v1${path}`
export const idOf = (body: unknown): string => (body as { id: string }).id

/** Two communes, with a cluster in each. */
export async function placedWorld(t: Test): Promise<IncidentWorld> {
  const made = await incidentWorld(t)
  for (const area of [...AREAS, { code: '24959', name: 'Xã Bên', kind: 'commune', parent: '68' }]) made.deps.stores.areas.put(area as never)
  made.place([{ id: ID.dong, area: '24958-dong' }, { id: ID.tay, area: '24959' }])
  return made
}
