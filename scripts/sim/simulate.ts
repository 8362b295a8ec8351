import { wallMs } from '../../shared/core/clock.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { createAlarmBook, createAlarmClips } from './alarms.ts'
import { startAnnouncers } from './announcers.ts'
import { startAttacker, type Attacker } from './attacker.ts'
import { createBox, type SimBox } from './box.ts'
import { createSimBroker } from './broker.ts'
import type { BrokerWatch } from './way.ts'
import { chanceFrom, type Chance } from './chance.ts'
import { createChecker, type Checker } from './checker.ts'
import { startFaults } from './faults.ts'
import { startPeople } from './people.ts'
import { checkSettled } from './settled-world.ts'
import { createStation, type SimStation } from './station.ts'
import { standInCrypto } from './stand-in-crypto.ts'
import { createTimetable, type SimTimetable } from './timetable.ts'
import { createWorld, type World } from './world.ts'

export interface SimOptions {
  readonly seed: number
  readonly agents: number
  readonly hours: number
  readonly realCrypto?: boolean
  /** Told every line of the trace. */
  readonly trace?: (line: string) => void
  readonly log?: Log
}
export interface SimReport {
  /** SHA-256 of everything that was heard and agreed, hexadecimal. */
  readonly digest: string
  /** Invariants that did not hold, as sentences; empty when all did. */
  readonly broken: readonly string[]
  readonly counts: Readonly<Record<string, number>>
  readonly events: number
}

const HOUR = 3_600_000
const MINUTE = 60_000
/** A Monday; a run begins before the hour at which a horn once woke a commune. */
const MONDAY = Date.UTC(2026, 10, 22, 19, 30)
/** The last part of a run is without a fault, so that everybody can agree. */
const FAULTS_END_MS = 55 * MINUTE
const HEALED_MS = 35 * MINUTE

const clockOffset = (chance: Chance): number => (chance.happens(0.05) ? chance.pick([-1, 1]) * 86_400_000 : 0) + chance.between(-60_000, 60_000)

/** The whole of one run: same options, same digest. */
export async function simulate(options: SimOptions): Promise<SimReport> {
  const chance = chanceFrom(`${options.seed}/${options.agents}/${options.hours}`)
  const start = MONDAY + chance.whole(0, 35) * MINUTE
  const end = start + options.hours * HOUR
  const world = createWorld(start)
  const timetable = createTimetable(chance.fork('timetable'), options.agents)
  const parts = build(world, chance, timetable, options)
  const { checker, station, boxes, people } = parts
  station.start()
  for (const box of boxes.values()) world.after(chance.between(0, 120_000), () => box.boot())
  people(end - FAULTS_END_MS)
  await world.run(end)
  if (checker.broken.length === 0) {
    const say = checker.bench
    checkSettled({ bench: say, ears: checker.ears.values(), stores: station.stores, boxes, emergencies: station.emergencies() })
  }
  station.close()
  return { digest: checker.digest.digest('hex'), broken: checker.broken, counts: checker.counts, events: world.events() }
}

interface Parts {
  readonly checker: Checker
  readonly station: SimStation
  readonly boxes: Map<string, SimBox>
  /** Lets people, faults and the attacker act until an instant. */
  people(last: number): void
}

function build(world: World, chance: Chance, timetable: SimTimetable, options: SimOptions): Parts {
  const crypto = options.realCrypto ? nodeCrypto() : standInCrypto()
  const deflate = nodeDeflate()
  const log = options.log ? { log: options.log } : {}
  const bodies = new Map<string, Uint8Array>()
  const clips = createAlarmClips(chance.fork('alarms'), world.now())
  const alarms = createAlarmBook(clips)
  const media = new Map([...timetable.media, ...clips.media])
  let attacker: Attacker | null = null
  let faults: ReturnType<typeof startFaults> | null = null
  const checker = createChecker({ world, alarms, hoursOf: timetable.hoursOf, body: (sha) => bodies.get(sha) ?? null, trace: options.trace ?? ((): void => undefined), sounds: (box) => faults?.onSound(box) })
  const watch: BrokerWatch = {
    delivered: checker.delivered,
    connected: checker.connected,
    network: checker.network,
    published: (box, topic, payload) => {
      checker.published(box, topic)
      faults?.onPublish(box, topic)
      attacker?.onPublish(box, topic, payload)
    },
  }
  const broker = createSimBroker({ world, chance: chance.fork('broker'), watch })
  const issued: Checker['issued'] = (plan) => {
    checker.issued(plan)
    attacker?.saw(plan)
  }
  const station = createStation({ world, crypto, deflate, broker, media, issued, bodies, alarms, chance: chance.fork('station'), ...log })
  fill(station, timetable, world.now())
  const boxes = new Map(
    timetable.members.map(({ id }) => {
      const own = chance.fork(id)
      const quality = { delayMs: own.between(15, 120), jitterMs: own.between(5, 250), loss: own.between(0, 0.04), repeats: own.between(0, 0.03) }
      const plan = { id, clockOffsetMs: clockOffset(own), driftPpm: own.between(-100, 100), rtcPpm: own.between(-20, 20), quality }
      return [id, createBox(plan, { world, chance: own, crypto, deflate, root: station.root, broker, checker, media, ...log })]
    }),
  )
  const note = checker.bench.count
  return {
    checker,
    station,
    boxes,
    people: (last) => {
      startPeople({ world, chance: chance.fork('people'), station, timetable, last, note })
      startAnnouncers({ world, chance: chance.fork('announcers'), emergencies: station.emergencies, stationSince: station.since, alarms, checker, timetable, last, note })
      faults = startFaults({ world, chance: chance.fork('faults'), broker, station, boxes, last, healed: last + FAULTS_END_MS - HEALED_MS, note })
      attacker = startAttacker({ world, chance: chance.fork('attacker'), crypto, broker, boxes: [...boxes.keys()], bodies, alarms, last, note })
    },
  }
}

/** The registry as it stands when the station starts. */
function fill({ stores }: SimStation, timetable: SimTimetable, now: number): void {
  for (const area of timetable.areas) stores.areas.put(area)
  for (const group of timetable.groups) stores.groups.put(group)
  for (const [id, text] of Object.entries(timetable.policies)) stores.policies.putText(id, text)
  for (const session of timetable.sessions) stores.sessions.put(session, wallMs(now))
  for (const { id, area, stagger } of timetable.members) {
    stores.clusters.insert({ id, name: `Cụm ${id}`, created: wallMs(now), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, stagger })
    stores.clusters.join(id, area, '2026-01-01')
  }
}
