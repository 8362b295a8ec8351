import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { loadServerKeys } from '../../server/adapters/key-store.ts'
import { openReportDatabases } from '../../server/adapters/report-database.ts'
import { createUpkeep, type Upkeep } from '../../server/adapters/report-upkeep.ts'
import { openDatabases, type Databases } from '../../server/adapters/sqlite/open.ts'
import { createAgentWords } from '../../server/core/agent-words.ts'
import type { ServerLink } from '../../server/core/ports.ts'
import type { PlanRecord, Stores } from '../../server/core/stores.ts'
import { createStores } from '../../server/create-stores.ts'
import { noteDue } from '../../server/features/fleet/note-due.ts'
import { createIngest } from '../../server/features/fleet/ingest.ts'
import { createPresence } from '../../server/features/fleet/presence.ts'
import { CIVIL_OFFSET_MS, DAY_MS } from '../../shared/core/civil.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import type { EvidenceRow } from '../../shared/protocol/messages/evidence.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { madeFaults, playItem, type Played, type Trouble } from './faults.ts'
import { communeCode, EVENING, findMade, madeProvince, MORNING, settle, type MadeCluster, type MadeProvince, type ProvinceSize } from './made-up.ts'
import { addDay, addLengths, addSession, addSums, noSums, type TruthSums } from './truth.ts'

/** A province that has been on the air: its station's folder, and what really happened. */
export interface PlayedProvince {
  readonly made: MadeProvince
  readonly stores: Stores
  readonly databases: Databases
  /** The end of the last day. */
  readonly now: number
  /** By month (`2026-11`) or day (`2026-11-23`), and code of the commune behind a space. */
  readonly truth: ReadonlyMap<string, TruthSums>
  readonly messages: number
  /** Messages that the ingestion did not take, by reason. */
  readonly dropped: ReadonlyMap<string, number>
  close(): void
}
export interface PlayOptions {
  readonly folder: string
  readonly size: ProvinceSize
  readonly say?: (text: string) => void
  /** Sums are brought up to date after every session, or once a day only. */
  readonly sums?: 'each-session' | 'daily'
  /** What really happened is told by month, or by day: a province's year by day needs some hundred MB. */
  readonly truthBy?: 'month' | 'day'
  /** Called at the end of each day: telemetry, and whatever else a day has. */
  readonly onDay?: (day: number, stores: Stores) => void
}

const HOUR_MS = 3_600_000
const SESSIONS = [{ name: 'sang', at: 5.5 * HOUR_MS, items: MORNING }, { name: 'chieu', at: 17 * HOUR_MS, items: EVENING }] as const
/** Plans are issued anew once a week. */
const PLAN_DAYS = 7
/** What a cluster sends at once. */
const BATCH = 24

interface Box {
  readonly cluster: MadeCluster
  readonly log: string
  n: number
  /** The newest plan that it said it follows. */
  rev: number
}
interface Waiting {
  readonly box: Box
  readonly rows: readonly EvidenceRow[]
}

const midnight = (day: number): number => day * DAY_MS - CIVIL_OFFSET_MS

interface World {
  readonly made: MadeProvince
  readonly stores: Stores
  readonly databases: Databases
  readonly upkeep: Upkeep
  readonly at: { now: number }
  readonly boxes: readonly Box[]
  readonly waiting: Map<number, Waiting[]>
  readonly truth: Map<string, TruthSums>
  receive(topic: string, payload: Uint8Array): void
  counted: number
  /** Under what a day's truth is kept. */
  dateOf(day: number): string
}

/** Lets the province's days pass, each through the station's own planning of what is due, ingestion, sums and packing. */
export function playProvince({ folder, size, say = () => undefined, sums = 'each-session', truthBy = 'month', onDay }: PlayOptions): PlayedProvince {
  const made = madeProvince(size)
  const opened = openStation(folder, made, truthBy === 'day' ? 10 : 7)
  const { world } = opened
  const faults = madeFaults(made)
  for (let day = 0; day < size.days; day++) {
    const date = size.firstDay + day
    renew(world, faults, { day, date })
    const heard = new Set<string>()
    SESSIONS.forEach((_, n) => session(world, faults, { day, date, n: n as 0 | 1, heard, sweep: sums === 'each-session' }))
    endOfDay(world, { day, date, heard })
    onDay?.(date, world.stores)
    if ((day + 1) % 10 === 0) say(`${day + 1} of ${size.days} days`)
  }
  // whoever was late has told by now
  for (const day of [...world.waiting.keys()].sort((a, b) => a - b)) deliver(world, day)
  world.at.now = midnight(size.firstDay + size.days) + HOUR_MS
  world.upkeep.sweep(world.at.now)
  world.upkeep.pack(world.at.now)
  const { stores, databases, truth } = world
  return { made, stores, databases, truth, now: world.at.now, messages: world.counted, dropped: opened.dropped, close: opened.close }
}

function openStation(folder: string, made: MadeProvince, dateLetters: number): { readonly world: World; readonly dropped: ReadonlyMap<string, number>; close(): void } {
  mkdirSync(folder, { recursive: true })
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const databases = opened.value
  const at = { now: midnight(made.size.firstDay) }
  const clock: Clock = { wall: () => wallMs(at.now), mono: () => monoMs(at.now), after: () => () => undefined }
  const stores = createStores(databases, clock)
  databases.decisions.transaction(() => settle(stores, made, at.now))()
  const crypto = nodeCrypto()
  const keys = loadServerKeys(join(folder, 'keys'), crypto, clock.wall())
  const link: ServerLink = {
    publish: () => Promise.resolve(),
    onMessage: () => undefined,
    connected: () => true,
    streams: { send: () => undefined, sendTo: () => undefined, joined: () => null },
    stop: () => Promise.resolve(),
  }
  const presence = createPresence({ clock, store: stores.presence })
  const ingest = createIngest({
    clock, crypto, orders: keys.orders, timeKey: keys.time, link, stores, presence, log: silentLog, words: createAgentWords(),
    conductor: { timetableChanged: () => undefined, clusterChanged: () => undefined, heldBy: () => undefined, heartbeat: () => undefined, lastHeartbeat: () => null, stop: () => undefined },
    readBlock: () => Promise.resolve(null),
  })
  const reports = openReportDatabases(folder, 'upkeep')
  const boxes = made.clusters.map((cluster, n): Box => ({ cluster, log: n.toString(36).padStart(11, 'A'), n: 0, rev: 0 }))
  const world: World = { made, stores, databases, upkeep: createUpkeep(reports), at, boxes, waiting: new Map(), truth: new Map(), counted: 0, dateOf: (day) => new Date(day * DAY_MS).toISOString().slice(0, dateLetters), receive: (topic, payload) => {
    world.counted++
    ingest.receive(topic, payload)
  } }
  return {
    world, dropped: ingest.dropped,
    close: () => {
      reports.close()
      databases.close()
    },
  }
}

interface Day {
  readonly day: number
  readonly date: number
}

/** Once a week every cluster has a new plan; whoever is alive says that it follows it, also when it comes back. */
function renew({ stores, databases, boxes, at, receive, upkeep }: World, faults: ReturnType<typeof madeFaults>, { day, date }: Day): void {
  at.now = midnight(date) + 600_000
  const rev = midnight(date - (day % PLAN_DAYS))
  databases.decisions.transaction(() => {
    if (day % PLAN_DAYS === 0) stores.plans.saveMany(boxes.map(({ cluster }): PlanRecord => ({ cluster: cluster.id, rev, sha: 'x'.repeat(43), len: 1, horizon: wallMs(rev + 10 * DAY_MS), order: '', issuedAt: wallMs(at.now) })))
    for (const box of boxes) {
      if (!faults.isAlive(box.cluster, day) || box.rev >= rev) continue
      receive(topicOf('reported', box.cluster.id), encodeMessage('reported', { plan: rev, now: 0, planTo: rev + 10 * DAY_MS, held: 20, due: 20, missing: [], playing: null, refused: {} }))
      box.rev = rev
    }
  })()
  stores.rings.flush()
  upkeep.sweep(at.now)
}

interface OneSession extends Day {
  readonly n: 0 | 1
  readonly heard: Set<string>
  readonly sweep: boolean
}

function session(world: World, faults: ReturnType<typeof madeFaults>, { day, date, n, heard, sweep }: OneSession): void {
  const { stores, databases, at, made } = world
  const { name, at: start, items } = SESSIONS[n]
  const begin = midnight(date) + start
  at.now = begin
  const findFor = (audience: readonly string[]) => findMade(audience, () => day)
  databases.decisions.transaction(() => noteDue({ stores, findFor, log: silentLog }, wallMs(begin - 1), wallMs(begin)))()
  const each = world.boxes.map((box) => {
    const trouble: Trouble = n === 1 && faults.isAlive(box.cluster, day) && faults.carrierFails(box.cluster, day) ? 'substitute' : faults.troubleOf(box.cluster, day, n)
    return { box, trouble, played: playAll(box.cluster, { trouble, items, name: `${date} ${n}` }) }
  })
  at.now = begin + 70 * 60_000
  databases.decisions.transaction(() => {
    for (const { box, trouble, played } of each) {
      const slot = `${name}-${communeCode(box.cluster.commune)}.${Math.round(begin / 1000).toString(36)}`
      const rows = played.flatMap((one) => one.rows.map((row): EvidenceRow => ({ ...row, n: ++box.n, slot: `${slot}.${one.index}`, due: begin + row.due, end: begin + row.end, ...(row.began === undefined ? {} : { began: begin + row.began }) })))
      if (played.some((one) => one.playedMs > 0)) heard.add(box.cluster.id)
      if (rows.length === 0) continue
      const later = trouble === 'told-late' ? box.cluster.chance.fork(`later ${day}`).whole(1, 8) : n === 1 && faults.carrierFails(box.cluster, day) ? 0 : null
      if (later === null) tell(world, { box, rows })
      else world.waiting.set(date + later, [...(world.waiting.get(date + later) ?? []), { box, rows }])
    }
  })()
  if (sweep) world.upkeep.sweep(at.now)
  const month = world.dateOf(date)
  for (let commune = 0; commune < made.size.communes; commune++) {
    const clusters = each.filter(({ box }) => box.cluster.commune === commune).sort((a, b) => (a.box.cluster.id < b.box.cluster.id ? -1 : 1))
      .map(({ box, played }) => ({ id: box.cluster.id, hmong: box.cluster.hmong, sent: box.rev >= midnight(date - (day % PLAN_DAYS)), played }))
    const sums = noSums()
    addSession(sums, { clusters })
    addLengths(sums, clusters)
    keep(world.truth, `${month} ${communeCode(commune)}`, sums)
  }
}

function keep(truth: Map<string, TruthSums>, key: string, sums: TruthSums): void {
  const known = truth.get(key)
  if (known) addSums(known, sums)
  else truth.set(key, sums)
}

function playAll(cluster: MadeCluster, { trouble, items, name }: { readonly trouble: Trouble; readonly items: typeof MORNING; readonly name: string }): Played[] {
  const chance = cluster.chance.fork(name)
  let at = 0
  return items.map((item, index) => {
    const played = playItem(trouble, { item, index, at, chance })
    at += item.seconds * 1_000
    return played
  })
}

/** As an agent does: in batches, and now and then the same one twice because the answer was lost. */
function tell({ receive }: World, { box, rows }: Waiting): void {
  for (let i = 0; i < rows.length; i += BATCH) {
    const payload = encodeMessage('evidence', { log: box.log, rows: rows.slice(i, i + BATCH) })
    receive(topicOf('evidence', box.cluster.id), payload)
    if (box.cluster.chance.happens(0.02)) receive(topicOf('evidence', box.cluster.id), payload)
  }
}

function deliver(world: World, day: number): void {
  const waiting = world.waiting.get(day) ?? []
  world.waiting.delete(day)
  world.databases.decisions.transaction(() => waiting.forEach((one) => tell(world, one)))()
}

function endOfDay(world: World, { date, heard }: Day & { readonly heard: ReadonlySet<string> }): void {
  world.at.now = midnight(date) + 22 * HOUR_MS
  deliver(world, date)
  world.upkeep.sweep(world.at.now)
  world.upkeep.pack(world.at.now)
  const month = world.dateOf(date)
  for (const { cluster } of world.boxes) {
    const sums = noSums()
    addDay(sums, cluster.id, heard.has(cluster.id))
    keep(world.truth, `${month} ${communeCode(cluster.commune)}`, sums)
  }
}
