import fc from 'fast-check'
import t from 'tap'
import { createReservoir } from '../../server/core/relay-reservoir.ts'
import { nextWatch, startWatch, WATCH_BOUNDS, type Heard, type WatchState } from '../../server/core/relay-watch.ts'
import { monoMs } from '../../shared/core/clock.ts'

const seed = Number(process.env.TL_SEED ?? Date.now() % 2 ** 31)
t.comment(`seed ${seed}`)
const { graceMs, silenceMs, backMs, silenceDb, soundDb, breathMs } = WATCH_BOUNDS

/** Stretches of a second to two minutes, near every threshold. */
const stretches = fc.array(
  fc.record({
    seconds: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 85, max: 95 }), fc.constant(130)),
    levelDb: fc.constantFrom(null, null, -20, -20, soundDb, soundDb - 0.1, silenceDb, silenceDb - 0.1, -90),
    mourning: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  }),
  { minLength: 1, maxLength: 25 },
)
const STEP_MS = 100
interface Moment {
  readonly heard: Heard
  readonly before: WatchState
  readonly after: WatchState
}
function moments(parts: readonly { seconds: number; levelDb: number | null; mourning: boolean }[]): Moment[] {
  const out: Moment[] = []
  let state = startWatch(monoMs(0))
  let now = 0
  for (const { seconds, ...heard } of parts) {
    for (let n = 0; n < (seconds * 1000) / STEP_MS; n++, now += STEP_MS) {
      const before = state
      state = nextWatch(state, { ...heard, now: monoMs(now) })
      out.push({ heard: { ...heard, now: monoMs(now) }, before, after: state })
    }
  }
  return out
}
const check = (name: string, holds: (all: Moment[]) => boolean): void => {
  t.test(name, async () => fc.assert(fc.property(stretches, (parts) => holds(moments(parts))), { seed, numRuns: 80 }))
}
/** The moments of the last `ms` before moment n, it included; null when there were not so many. */
const lastMs = (all: Moment[], n: number, ms: number): Moment[] | null => (n * STEP_MS < ms ? null : all.slice(n - ms / STEP_MS, n + 1))

check('the substitute comes for ten seconds of nothing or ninety of silence, never for less', (all) =>
  all.every(({ before, after }, n) => {
    if (after.phase !== 'substitute' || before.phase === 'substitute') return true
    if (after.why === 'lost') return all.slice(Math.max(0, n - graceMs / STEP_MS + 1), n + 1).every(({ heard }) => heard.levelDb === null)
    const quiet = lastMs(all, n, silenceMs)
    return quiet !== null && quiet.every(({ heard }) => !heard.mourning && (heard.levelDb === null || heard.levelDb < soundDb)) && quiet.some(({ heard }) => heard.levelDb !== null && heard.levelDb < silenceDb)
  }))

check('nothing for longer than ten seconds is never let pass', (all) =>
  all.every(({ after }, n) => {
    const gap = lastMs(all, n, graceMs)
    return after.phase === 'substitute' || gap === null || !gap.every(({ heard }) => heard.levelDb === null)
  }))

check('silence of ninety seconds outside mourning is never let pass', (all) =>
  all.every(({ after }, n) => {
    const quiet = lastMs(all, n, silenceMs)
    return after.phase === 'substitute' || quiet === null || !quiet.every(({ heard }) => !heard.mourning && heard.levelDb !== null && heard.levelDb < silenceDb)
  }))

check('the relay comes back after five seconds without a gap, without a long pause, and with sound at both ends', (all) =>
  all.every(({ before, after, heard }, n) => {
    if (before.phase !== 'substitute' || after.phase === 'substitute') return true
    const steady = lastMs(all, n, backMs)
    if (steady === null || after.phase !== 'sound') return false
    const isSound = (h: Heard): boolean => h.levelDb !== null && (h.mourning || h.levelDb >= soundDb)
    let pause = 0
    const unbroken = steady.every((m) => {
      pause = isSound(m.heard) ? 0 : pause + STEP_MS
      return m.heard.levelDb !== null && pause <= breathMs
    })
    return unbroken && isSound(heard)
  }))

check('it never flaps: from each return to the next substitute ten seconds pass at least, and five back', (all) => {
  const switches = all.filter(({ before, after }) => (before.phase === 'substitute') !== (after.phase === 'substitute'))
  return switches.every(({ heard, after }, n) => {
    const last = switches[n - 1]
    return last === undefined || heard.now - last.heard.now >= (after.phase === 'substitute' ? graceMs - STEP_MS : backMs)
  })
})

check('in mourning silence never brings the substitute', (all) => all.every(({ heard, before, after }) => !heard.mourning || after.phase !== 'substitute' || before.phase === 'substitute' || after.why === 'lost'))

t.test('a reservoir gives what it was given, in order, and in whole pieces', async () => {
  const acts = fc.array(fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constant('take' as const), fc.constant('catch-up' as const)), { maxLength: 200 })
  fc.assert(
    fc.property(acts, (list) => {
      const reservoir = createReservoir({ cushion: 1_500, most: 20_000 })
      let [given, next] = [0, 0]
      for (const act of list) {
        if (act === 'catch-up') {
          reservoir.catchUp()
          next = given - reservoir.samples()
        } else if (act === 'take') {
          const held = reservoir.samples()
          const piece = reservoir.take(500)
          if (piece === null) {
            if (held >= 1_500) return false
            continue
          }
          if (piece.length !== 500 || piece.some((value, i) => value !== (next + i) % 30_000)) return false
          next += 500
        } else {
          reservoir.add(Int16Array.from({ length: act }, (_, i) => (given + i) % 30_000))
          given += act
        }
        if (reservoir.samples() !== given - next || reservoir.full() !== given - next >= 20_000) return false
      }
      return true
    }),
    { seed, numRuns: 300 },
  )
})

t.test('a reservoir that catches up keeps its cushion and what gusts need', async (t) => {
  const reservoir = createReservoir({ cushion: 1_000, most: 100_000 })
  const gust = new Int16Array(6_000)
  // a gust of six seconds every six seconds, after a burst of ten at the begin
  reservoir.add(new Int16Array(10_000))
  for (let n = 0; n < 4; n++) {
    reservoir.add(gust)
    for (let i = 0; i < 12; i++) t.ok(reservoir.take(500))
  }
  t.equal(reservoir.samples(), 10_000)
  reservoir.catchUp()
  t.equal(reservoir.samples(), 1_000, 'the lowest it ever was is the cushion now')
  for (let n = 0; n < 4; n++) {
    reservoir.add(gust)
    for (let i = 0; i < 12; i++) t.ok(reservoir.take(500), 'and it never runs dry')
  }
})
