import { createHash, type Hash } from 'node:crypto'
import type { Agent } from '../../agent/start-agent.ts'
import type { PlanRecord } from '../../server/core/stores.ts'
import { createDiskEye, payloadOf } from './disk-eye.ts'
import { noteCut, noteDelivered } from './alarm-ear.ts'
import type { AlarmBook, ToldAlarm } from './alarms.ts'
import { checkAmplifier, checkBegan, checkEnded } from './ear.ts'
import { armDue } from './due.ts'
import type { DiskWatch } from './memory-disk.ts'
import type { PolicyHours, ReadPlan, ReadSlot } from './plan-reading.ts'
import type { Listener, Sounding } from './recorder.ts'
import { Course } from './spans.ts'
import type { Life, World } from './world.ts'

/** One sound as it was heard, with the slot that justified it. */
export interface Heard extends Sounding {
  readonly slot: ReadSlot | null
  /** What the box took its clock error for, ms. */
  readonly tolMs: number
  /** The latest end of all slots that may have been meant: sessions that want the same time may hold the same file. */
  readonly lastEnd: number
  /** Another session wanted the same time. */
  contested: boolean
  /** The power failed in it. */
  cut: boolean
}

/** Immediate orders as a box has taken them. */
export interface Taken {
  readonly rev: number
  readonly mute: boolean
  readonly stop: number | null
}

/** How long histories are kept: longer than any session. */
const KEEP_MS = 4 * 3_600_000

/** What the checker knows of one box. */
export class Ear {
  readonly id: string
  readonly up = new Course(false, KEEP_MS)
  readonly trusted = new Course(false, KEEP_MS)
  readonly online = new Course(false, KEEP_MS)
  readonly plan = new Course<ReadPlan | null>(null, KEEP_MS)
  readonly now = new Course<Taken | null>(null, KEEP_MS)
  readonly amplifier = new Course(false, KEEP_MS)
  /** Its network lets everything through. */
  readonly clear = new Course(true, KEEP_MS)
  /** Emergencies as the station's own orders have come here. */
  readonly alarms = new Map<string, ToldAlarm>()
  readonly held = new Map<string, Course<boolean>>()
  readonly sounding = new Set<Heard>()
  readonly heard: Heard[] = []
  life: Life | null = null
  agent: Agent | null = null
  wall: () => number = () => 0
  peek: (name: string) => Uint8Array | null = () => null
  names: () => string[] = () => []
  floors = { plan: 0, now: 0 }
  checkedUntil = 0
  silentSince = 0
  boots = 0
  /** Power cuts, true wall ms. */
  readonly downs: number[] = []
  armed: () => void = () => undefined
  /** Events and messages of the hour. */
  spent = { fired: 0, published: 0, hour: 0 }

  constructor(id: string) {
    this.id = id
  }
  holding(sha: string): Course<boolean> {
    let course = this.held.get(sha)
    if (!course) this.held.set(sha, (course = new Course(false, KEEP_MS)))
    return course
  }
  /** The bound of its clock error that it claims, ms. */
  errMs(): number {
    return this.agent?.clock().errMs ?? Infinity
  }
}

export interface CheckerOptions {
  readonly world: World
  /** The hours of the policy that binds a session on a box. */
  readonly hoursOf: (session: string, box: string) => PolicyHours | null
  /** Deflated body of an issued plan. */
  readonly body: (sha: string) => Uint8Array | null
  readonly trace: (line: string) => void
  readonly alarms: AlarmBook
  /** A box has begun to sound. */
  readonly sounds: (box: string) => void
}

export interface Checker {
  readonly ears: ReadonlyMap<string, Ear>
  readonly broken: readonly string[]
  readonly digest: Hash
  readonly bench: Bench
  readonly counts: Record<string, number>
  issued(plan: PlanRecord): void
  diskOf(box: string): DiskWatch
  listenerOf(box: string): Listener
  watchDisk(box: string, disk: { peek(name: string): Uint8Array | null; names(): string[] }): void
  booted(box: string, life: Life): void
  started(box: string, agent: Agent, clock: { wall: () => number }): void
  crashed(box: string): (error: unknown) => void
  stopping(box: string): void
  died(box: string): void
  delivered(box: string, topic: string, payload: Uint8Array): void
  network(box: string, clear: boolean): void
  published(box: string, topic: string): void
  connected(box: string, up: boolean): void
}

/** What the parts of the checker share. */
export interface Bench {
  readonly options: CheckerOptions
  readonly counts: Record<string, number>
  fail(ear: Ear, sentence: string): void
  say(ear: Ear, line: string): void
  count(what: string): void
}

const MAX_BROKEN = 10
/** Measured: at most 1 500 in the hour of a first start, with its files, and every fault at once; 250 in a quiet one. A busy loop is a thousand times it. */
export const EVENTS_PER_HOUR = 4_000
/** Measured: at most 660 in that hour. */
export const MESSAGES_PER_HOUR = 1_500

/** Hears every box and holds what must hold; looks when something changes, never on a grid. */
export function createChecker(options: CheckerOptions): Checker {
  const { world } = options
  const ears = new Map<string, Ear>()
  const broken: string[] = []
  const digest = createHash('sha256')
  const counts: Record<string, number> = {}
  const issued = new Map<string, Map<number, string>>()
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1)

  const say = (ear: Ear, line: string): void => {
    const text = `${(world.now() / 1000).toFixed(3)} ${ear.id} ${line}`
    digest.update(text)
    options.trace(text)
  }
  const fail = (ear: Ear, sentence: string): void => {
    const text = `${new Date(world.now() + 7 * 3_600_000).toISOString().slice(0, 23)} ${ear.id}: ${sentence}`
    if (broken.length < MAX_BROKEN) broken.push(text)
    digest.update(text)
    options.trace(`BROKEN ${text}`)
    world.halt()
  }
  const bench: Bench = { options, counts, fail, say, count }
  const earOf = (box: string): Ear => {
    let ear = ears.get(box)
    if (!ear) {
      ear = new Ear(box)
      ear.checkedUntil = world.now()
      ears.set(box, ear)
    }
    return ear
  }

  const { planOf, planTurned, wrote } = createDiskEye(bench, issued)

  const budget = (ear: Ear): void => {
    const hour = Math.floor(world.now() / 3_600_000)
    const { spent } = ear
    const fired = ear.life?.fired ?? 0
    if (spent.hour === hour) return
    spent.hour = hour
    if (fired - spent.fired > EVENTS_PER_HOUR) fail(ear, `is woken ${fired - spent.fired} times in an hour, more than ${EVENTS_PER_HOUR}`)
    if (spent.published > MESSAGES_PER_HOUR) fail(ear, `sends ${spent.published} messages in an hour, more than ${MESSAGES_PER_HOUR}`)
    counts['most events in an hour'] = Math.max(counts['most events in an hour'] ?? 0, fired - spent.fired)
    counts['most messages in an hour'] = Math.max(counts['most messages in an hour'] ?? 0, spent.published)
    spent.fired = fired
    spent.published = 0
  }

  const checkClock = (ear: Ear): void => {
    if (!ear.agent) return
    const { trusted, errMs, offsetMs } = ear.agent.clock()
    if (trusted !== ear.trusted.value) {
      say(ear, `clock trusted ${String(trusted)}`)
      ear.trusted.turn(world.now(), trusted)
    }
    if (!trusted || errMs === undefined || offsetMs === undefined) return
    const real = Math.abs(Math.floor(ear.wall()) + offsetMs - world.now())
    if (real > errMs + 3) fail(ear, `its clock is wrong by ${real.toFixed(1)} ms and it claims ${errMs.toFixed(1)} ms at most`)
  }

  const died = (ear: Ear): void => {
    say(ear, 'down')
    ear.downs.push(world.now())
    ear.up.turn(world.now(), false)
    ear.trusted.turn(world.now(), false)
    ear.online.turn(world.now(), false)
    ear.agent = null
    for (const heard of ear.sounding) heard.cut = true
    noteCut(ear, world.now())
  }

  return {
    ears,
    broken,
    digest,
    bench,
    counts,
    issued: (plan) => {
      const mine = issued.get(plan.cluster) ?? new Map<number, string>()
      if ((issued.get(plan.cluster)?.size ?? 0) > 0 && mine.get(plan.rev) === plan.sha) return
      mine.set(plan.rev, plan.sha)
      issued.set(plan.cluster, mine)
      count('plans issued')
    },
    diskOf: (box) => {
      const ear = earOf(box)
      return {
        wrote: (name, bytes, done) => wrote(ear, name, bytes, done),
        renamed: (to) => {
          if (to.startsWith('media/')) ear.holding(to.slice('media/'.length)).turn(world.now(), true)
        },
        removed: (name) => {
          if (name.startsWith('media/')) ear.holding(name.slice('media/'.length)).turn(world.now(), false)
        },
      }
    },
    watchDisk: (box, disk) => {
      const ear = earOf(box)
      ear.peek = disk.peek
      ear.names = disk.names
    },
    listenerOf: (box) => {
      const ear = earOf(box)
      return {
        began: (sounding) => {
          checkClock(ear)
          checkBegan(bench, ear, sounding)
          options.sounds(box)
        },
        ended: (sounding) => checkEnded(bench, ear, sounding),
        amplifier: (on) => checkAmplifier(bench, ear, on),
      }
    },
    booted: (box, life) => {
      const ear = earOf(box)
      ear.life = life
      ear.boots++
      ear.spent = { ...ear.spent, fired: 0 }
      // what the power cut left of the disk is what counts from here
      const names = new Set(ear.names())
      for (const [sha, course] of ear.held) course.turn(world.now(), names.has(`media/${sha}`))
      const plan = planOf(ear, ear.peek('state/plan'))
      planTurned(ear, plan && names.has(`body/${plan.sha}`) ? plan : null)
      const now = ear.peek('state/now')
      const taken = (now && payloadOf(now)) as Taken | null
      ear.now.turn(world.now(), taken)
      // an immediate order that was taken and not yet written is as if it had never come: the server sends it again
      ear.floors = { plan: ear.floors.plan, now: taken?.rev ?? 0 }
    },
    started: (box, agent, clock) => {
      const ear = earOf(box)
      ear.agent = agent
      ear.wall = clock.wall
      ear.up.turn(world.now(), true)
      say(ear, 'up')
      checkClock(ear)
      armDue(bench, ear)
    },
    crashed: (box) => (error) => fail(earOf(box), `its agent could not start: ${String(error)}`),
    stopping: (box) => {
      const ear = earOf(box)
      ear.up.turn(world.now(), false)
    },
    died: (box) => died(earOf(box)),
    network: (box, clear) => earOf(box).clear.turn(world.now(), clear),
    delivered: (box, topic, payload) => {
      const ear = earOf(box)
      if (topic.split('/')[3] !== box) fail(ear, `receives what is another's: ${topic}`)
      if (topic.endsWith('/time')) checkClock(ear)
      const alert = topic.endsWith('/alert') ? options.alarms.genuine(box, payload) : null
      if (alert) noteDelivered(bench, ear, alert)
    },
    published: (box, topic) => {
      const ear = earOf(box)
      if (topic.split('/')[3] !== box) fail(ear, `speaks under another's name: ${topic}`)
      ear.spent.published++
      budget(ear)
    },
    connected: (box, up) => {
      const ear = earOf(box)
      say(ear, up ? 'online' : 'offline')
      ear.online.turn(world.now(), up)
    },
  }
}
