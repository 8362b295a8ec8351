import fc from 'fast-check'
import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { RESUME_RULES, SLOT_CLASSES, type Slot } from '../../shared/core/slot.ts'
import { onAirAt, onAirIn, onAirOf, prepareTimeline, SILENCES, timeline, type Segment } from '../../shared/core/timeline.ts'
import { heardEachSecond, mayNotSound, reasonOf, wasDue } from './timeline-oracle.ts'
import { allSeconds, FROM, planned, TO, type World, worlds } from './timeline-world.ts'

const RUNS = 400
const seed = Number(process.env.TL_SEED ?? Date.now() % 2 ** 31)
t.comment(`seed ${seed}: TL_SEED=${seed} replays it`)
const holds = <T extends unknown[]>(property: fc.IPropertyWithHooks<T>, numRuns = RUNS): void => fc.assert(property, { seed, numRuns })

const segmentsOf = ({ slots, book, cluster }: World): Segment[] => timeline(slots, book, cluster, FROM, TO)
/** An emergency that goes round until its end. */
const endless = ({ repeats: _, ...slot }: Slot): Slot => slot
/** A live voice is not repeated: it is where it is. */
const repeating = (slot: Slot): Slot => (slot.class === 'emergency' && slot.resume === 'where-it-would-be-now' ? { ...slot, resume: 'from-the-beginning' } : slot)
const withoutVoices = <W extends World>(world: W): W => ({ ...world, slots: world.slots.map(repeating) })
const played = (segments: Segment[], wanted: (slot: Slot) => boolean): number =>
  segments.reduce((ms, { from, to, onAir }) => (onAir.do === 'play' && wanted(onAir.slot) ? ms + to - from : ms), 0)

t.test('what is heard in every second is what a plain second-by-second walk hears', async (t) => {
  holds(
    fc.property(worlds(), (world) => {
      const segments = segmentsOf(world)
      const oracle = heardEachSecond(world)
      allSeconds().forEach((at, i) => {
        const onAir = onAirOf(segments, wallMs(at))
        const heard = onAir?.do === 'play' ? { id: onAir.slot.id, offsetMs: onAir.offsetMs } : null
        const wanted = oracle[i] ? { id: oracle[i].slot.id, offsetMs: oracle[i].offsetMs } : null
        if (heard?.id !== wanted?.id || heard?.offsetMs !== wanted?.offsetMs)
          throw new Error(`second ${i}: ${JSON.stringify(heard)} where ${JSON.stringify(wanted)} is due`)
      })
      return segments.every(({ from, to }) => from % 1000 === 0 && to % 1000 === 0)
    }),
    1500,
  )
  t.pass()
})

t.test('silence names the strongest reason of what was due, in every second', async (t) => {
  holds(
    fc.property(worlds(), (world) => {
      const segments = segmentsOf(world)
      return allSeconds().every((at) => {
        const onAir = onAirOf(segments, wallMs(at))
        if (onAir?.do !== 'silence') return true
        const reasons = world.slots.filter((slot) => wasDue(slot, world.cluster, at)).map((slot) => reasonOf(slot, world, at))
        const strongest = SILENCES.find((code) => reasons.includes(code)) ?? 'nothing-due'
        const { because } = onAir
        const named = world.slots.find((slot) => slot.id === because.slot)
        const held = because.from === undefined || because.to === undefined || (because.from <= at && at < because.to)
        return because.code === strongest && held && (named ? reasonOf(named, world, at) === strongest : reasons.length === 0)
      })
    }),
  )
  t.pass()
})

t.test('the segments are ascending, without gap or overlap, and none is empty', async (t) => {
  holds(
    fc.property(worlds(), (world) => {
      const segments = segmentsOf(world)
      return (
        segments[0]?.from === FROM &&
        segments.at(-1)?.to === TO &&
        segments.every((segment, i) => segment.from < segment.to && (i === 0 || segments[i - 1]?.to === segment.from))
      )
    }),
  )
  t.pass()
})

t.test('onAirAt gives what the timeline gives, ends after now, and nothing changes before it ends', async (t) => {
  holds(
    fc.property(worlds(), fc.integer({ min: FROM, max: TO - 1 }), (world, ms) => {
      const now = wallMs(ms)
      const { slots, book, cluster } = world
      const asked = onAirAt(slots, book, cluster, now)
      if (asked.until !== null && asked.until <= now) return false
      const same = JSON.stringify(asked)
      if (JSON.stringify(onAirOf(segmentsOf(world), now)) !== same) return false
      if (JSON.stringify(onAirIn(prepareTimeline(slots, book, cluster), now)) !== same) return false
      const last = wallMs((asked.until ?? TO) - 1)
      const then = onAirAt(slots, book, cluster, last)
      return then.until === asked.until && JSON.stringify(then.because) === JSON.stringify(asked.because)
    }),
  )
  t.pass()
})

t.test('neighbouring segments differ in their answer', async (t) => {
  holds(
    fc.property(worlds(), (world) => {
      const segments = segmentsOf(world)
      return segments.every((segment, i) => {
        const before = segments[i - 1]
        if (!before) return true
        const [a, b] = [before.onAir, segment.onAir]
        const goesOn = a.do === 'play' && b.do === 'play' && a.slot === b.slot && a.offsetMs + before.to - before.from === b.offsetMs
        return !goesOn && (a.do !== b.do || a.do === 'play' || JSON.stringify(a.because) !== JSON.stringify(b.because))
      })
    }),
  )
  t.pass()
})

t.test('the order of the slots does not matter', async (t) => {
  const shuffled = worlds().chain((world) =>
    fc.shuffledSubarray([...world.slots], { minLength: world.slots.length }).map((slots) => [world, { ...world, slots }] as const),
  )
  holds(fc.property(shuffled, ([world, other]) => JSON.stringify(segmentsOf(world)) === JSON.stringify(segmentsOf(other))))
  t.pass()
})

t.test('whatever the figures of the slots, it answers, and ends after now', async (t) => {
  const figure = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 1e15, 8.64e15, Number.MAX_VALUE, Infinity, -Infinity, NaN))
  const wild = fc.record({
    id: fc.constantFrom('a', 'b', '__proto__'),
    session: fc.constantFrom('s', 'constructor'),
    class: fc.constantFrom(...SLOT_CLASSES),
    start: figure.map(wallMs),
    end: figure.map(wallMs),
    lengthMs: figure,
    source: fc.constantFrom<Slot['source']>({ kind: 'file', media: 'm' }, { kind: 'stream', stream: 'v', substitute: null }),
    resume: fc.constantFrom(...RESUME_RULES),
    policy: fc.constantFrom('day', 'missing', 'constructor', '__proto__'),
    music: fc.boolean(),
    order: figure,
    staggerMs: figure,
    issuedAt: figure.map(wallMs),
    danger: figure,
    repeats: figure,
    authority: figure,
  })
  holds(
    fc.property(fc.array(wild, { maxLength: 6 }), worlds({ maxSlots: 0 }), figure, (slots, { book, cluster }, now) => {
      const onAir = onAirAt(slots, book, cluster, wallMs(now))
      const back = JSON.stringify(onAirAt([...slots].reverse(), book, cluster, wallMs(now)))
      return (onAir.until === null || onAir.until > now) && back === JSON.stringify(onAir)
    }),
  )
  t.pass()
})

t.test('nothing sounds before its slot, after it, at an offset outside it, or against a bound', async (t) => {
  holds(
    fc.property(worlds(), (world) =>
      segmentsOf(world).every(({ from, to, onAir }) => {
        if (onAir.do !== 'play') return true
        const { slot, offsetMs } = onAir
        const { start, end } = planned(slot, world.cluster)
        if (from < start || to > end || offsetMs < 0 || offsetMs + to - from > slot.lengthMs) return false
        for (let at = from; at < to; at = wallMs(at + 1000))
          if (mayNotSound(slot, world.book[slot.policy], world.cluster, at)) return false
        return true
      }),
    ),
  )
  t.pass()
})

t.test('while an emergency without a number of repeats is in force nothing below it sounds, and it does not fall silent', async (t) => {
  holds(
    fc.property(worlds(), (some) => {
      const world = { ...some, slots: some.slots.map(endless).map(repeating) }
      const alarms = world.slots.filter((slot) => slot.class === 'emergency')
      const { stoppedAt } = world.cluster
      return segmentsOf(world).every(({ from, onAir }) => {
        const alarm = alarms.some((a) => a.start <= from && from < a.end && !(stoppedAt !== null && (a.sessionStart ?? a.start) <= stoppedAt && from >= stoppedAt))
        return alarm === (onAir.do === 'play' && onAir.slot.class === 'emergency')
      })
    }),
  )
  t.pass()
})

t.test('of two emergencies none waits longer than one repeat of the other; of more, than one of each', async (t) => {
  holds(
    fc.property(worlds({ classes: ['emergency'], open: true }).map(withoutVoices), (world) => {
      const segments = segmentsOf(world)
      return world.slots.every((slot) => {
        const others = world.slots.reduce((ms, other) => (other === slot ? ms : ms + other.lengthMs), 0)
        let quietSince: number = slot.start
        let wholes = 0
        for (const { from, to, onAir } of segments) {
          const mine = onAir.do === 'play' && onAir.slot === slot
          if (mine) quietSince = to
          if (mine && onAir.offsetMs + to - from === slot.lengthMs) wholes++
          if (mine || wholes >= (slot.repeats ?? Infinity)) continue
          if (from >= slot.start && from < slot.end && Math.min(to, slot.end) - quietSince > others) return false
        }
        return true
      })
    }),
  )
  t.pass()
})

t.test('a queue of items that keep their place sounds no longer because an emergency comes in', async (t) => {
  // a restart sounds anew what was heard already, and a dropped item leaves room: both may add sound, and are left out
  const keeps = (slot: Slot): Slot => ({
    ...slot,
    resume: slot.resume === 'drop' || slot.resume === 'from-the-beginning' ? 'at-the-offset' : slot.resume,
    music: false,
    session: 's',
  })
  const queues = worlds({ classes: ['scheduled'], open: true })
  holds(
    fc.property(queues, worlds({ classes: ['emergency'], open: true, maxSlots: 2 }), (world, { slots: alarms }) => {
      const slots = world.slots.map(keeps)
      const without = played(segmentsOf({ ...world, slots }), () => true)
      const added = alarms.map((alarm) => ({ ...alarm, id: `x${alarm.id}` }))
      return played(segmentsOf({ ...world, slots: [...slots, ...added] }), (slot) => slot.class !== 'emergency') <= without
    }),
  )
  t.pass()
})

t.test('a slot that is alone sounds for its length or to its end, once', async (t) => {
  holds(
    fc.property(worlds({ maxSlots: 1, open: true }).map(withoutVoices), (world) => {
      const [slot] = world.slots
      if (!slot) return true
      const wholeMs = slot.end - slot.start
      const repeats = slot.class === 'emergency' ? (slot.repeats ?? Infinity) : 1
      const dueMs = Math.min(slot.lengthMs * repeats, wholeMs)
      return played(segmentsOf(world), () => true) === dueMs
    }),
  )
  t.pass()
})

t.test('what lies outside a busy period changes nothing in it', async (t) => {
  const DAY = 86_400_000
  holds(
    fc.property(worlds(), worlds({ open: true }), (world, other) => {
      const tomorrow = other.slots.map((slot) => ({ ...slot, id: `t${slot.id}`, start: wallMs(slot.start + DAY), end: wallMs(slot.end + DAY) }))
      const plays = (w: World): string => JSON.stringify(segmentsOf(w).filter((segment) => segment.onAir.do === 'play'))
      return plays(world) === plays({ ...world, slots: [...world.slots, ...tomorrow] })
    }),
  )
  t.pass()
})

t.test('an emergency sounds whole as often as it was ordered, whatever takes turns with it, and no more', async (t) => {
  holds(
    fc.property(worlds({ classes: ['emergency'], open: true }).map(withoutVoices), (world) => {
      const long = world.slots.map((slot) => ({ ...slot, repeats: slot.repeats ?? 3, end: wallMs(slot.end + 86_400_000) }))
      const segments = timeline(long, world.book, world.cluster, FROM, wallMs(TO + 86_400_000))
      return long.every((slot) => {
        const wholes = segments.filter(({ from, to, onAir }) => onAir.do === 'play' && onAir.slot === slot && onAir.offsetMs + to - from === slot.lengthMs)
        return wholes.length === slot.repeats
      })
    }),
  )
  t.pass()
})
