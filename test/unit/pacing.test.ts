import fc from 'fast-check'
import t from 'tap'
import { JUMP_IN_PAUSE_MS, JUMP_MS, MAX_PPM, moved, STEADY, steer } from '../../agent/core/pacing.ts'
import type { Steering } from '../../agent/core/pacing.ts'

/** The device is looked at every 60 ms, and every 30 ms for a while after a late look. */
const LOOKS_MS = [30, 60] as const

/** Plays for a time with a device that drifts; returns the lateness at the end and the worst rate. */
function run(startLateMs: number, driftPpm: number, seconds: number, lookMs: number): { lateMs: number; worstPpm: number; jumps: number } {
  let lateMs = startLateMs
  let state: Steering = STEADY
  let worstPpm = 0
  let jumps = 0
  for (let ms = 0; ms < seconds * 1_000; ms += lookMs) {
    const look = steer(state, lateMs, false)
    state = look.after
    if (look.steer.do === 'jump') {
      jumps++
      lateMs = 0
      continue
    }
    worstPpm = Math.max(worstPpm, Math.abs(look.steer.ppm))
    lateMs += (lookMs * (driftPpm - look.steer.ppm)) / 1e6
  }
  return { lateMs, worstPpm, jumps }
}

t.test('the rate never leaves ±500 ppm, and its sign brings the sound back', (t) => {
  fc.assert(
    fc.property(fc.double({ min: -1_000, max: 1_000, noNaN: true }), fc.boolean(), (late, inPause) => {
      const { steer: what } = steer(STEADY, late, inPause)
      if (what.do === 'jump') return Math.abs(late) > (inPause ? JUMP_IN_PAUSE_MS : JUMP_MS)
      return Math.abs(what.ppm) <= MAX_PPM && what.ppm * late >= 0 && (Math.abs(late) < 1) === (what.ppm === 0)
    }),
  )
  t.end()
})

t.test('30 ms are won back without a jump within two minutes', (t) => {
  for (const [start, lookMs] of [30, -30].flatMap((late) => LOOKS_MS.map((every) => [late, every] as const))) {
    const end = run(start, 0, 120, lookMs)
    t.ok(Math.abs(end.lateMs) < 1, `${String(end.lateMs)} ms are left`)
    t.equal(end.jumps, 0)
    t.ok(end.worstPpm <= MAX_PPM)
  }
  t.end()
})

t.test('a crystal that is up to 450 ppm wrong is held within 7 ms', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -450, max: 450 }), fc.constantFrom(...LOOKS_MS), (drift, lookMs) => {
      const end = run(0, drift, 300, lookMs)
      return Math.abs(end.lateMs) < 7 && end.jumps === 0
    }),
  )
  t.end()
})

t.test('one wild reading of the device does not make it jump', (t) => {
  let state = steer(STEADY, 0.2, true).after
  const look = steer(state, 240, true)
  t.equal(look.steer.do, 'play')
  state = look.after
  for (let i = 0; i < 40; i++) state = steer(state, 0.2, false).after
  t.same(steer(state, 0.2, false).steer, { do: 'play', ppm: 0 })
  t.end()
})

t.test('a better clock counts at once, not after averaging', (t) => {
  const state = moved(steer(STEADY, 0, false).after, 250)
  t.equal(steer(state, 250, false).steer.do, 'jump')
  t.end()
})
