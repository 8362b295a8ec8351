import t from 'tap'
import { openClock, realClock } from '../../agent/adapters/clock.ts'
import { fakedClock, parseClockFault } from '../../agent/core/clock-fault.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'

/** A clock that a test turns by hand. */
function handClock(): Clock & { step(ms: number, wallMs?: number): void; asked: number[] } {
  let [wall, mono] = [1_700_000_000_000, 5_000]
  const asked: number[] = []
  return { wall: () => wallMs(wall), mono: () => monoMs(mono), after: (ms) => { asked.push(ms); return () => undefined }, step: (ms, w = ms) => { mono += ms; wall += w }, asked }
}

t.test('the real clock follows the host, and its timers fire once and can be cancelled', async (t) => {
  const clock = realClock()
  t.ok(Math.abs(clock.wall() - Date.now()) < 1_000)
  t.ok(Math.abs(clock.mono() - performance.now()) < 1_000)
  let fired = 0
  const cancel = clock.after(5, () => fired++)
  clock.after(5, () => (fired += 10))()
  clock.after(-5, () => (fired += 100))
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(fired, 101)
  cancel()
})

t.test('a delay longer than 24 days does not fire at once, and no number is refused', async (t) => {
  const clock = realClock({ keepAlive: false })
  let fired = 0
  const cancels = [2 ** 31, 90 * 86_400_000, Number.POSITIVE_INFINITY].map((ms) => clock.after(ms, () => fired++))
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.equal(fired, 0)
  for (const cancel of cancels) cancel()
  t.throws(() => clock.after(Number.NaN, () => undefined), RangeError)
})

t.test('a faked clock is wrong by its offset and gains by its rate, and its timers gain with it', async (t) => {
  const real = handClock()
  const clock = fakedClock(real, { offsetMs: 180_000, ppm: 80 })
  const [wall0, mono0] = [clock.wall(), clock.mono()]
  t.equal(wall0 - real.wall(), 180_000)
  real.step(10_000_000)
  t.ok(Math.abs(clock.mono() - mono0 - 10_000_800) < 0.01)
  t.ok(Math.abs(clock.wall() - wall0 - 10_000_800) < 0.01)
  real.step(0, 60_000)
  t.ok(Math.abs(clock.wall() - wall0 - 10_060_800) < 0.01, 'a step of the host shows')
  clock.after(1_000_080, () => undefined)
  t.ok(Math.abs((real.asked[0] ?? 0) - 1_000_000) < 0.01)
})

t.test('a faked clock is announced, the real one is not', async (t) => {
  const lines: string[] = []
  openClock(null, (line) => lines.push(line))
  t.equal(lines.length, 0)
  openClock({ offsetMs: -5, ppm: 1 }, (line) => lines.push(line))
  t.match(lines, [/wrong on purpose/])
})

t.test('TL_FAKE_CLOCK is read or refused with an example', async (t) => {
  t.same(parseClockFault('offset=180000,ppm=80'), { ok: true, value: { offsetMs: 180_000, ppm: 80 } })
  t.same(parseClockFault('ppm=-3.5'), { ok: true, value: { offsetMs: 0, ppm: -3.5 } })
  for (const bad of ['', 'offset', 'offset=1h', 'ppm=20000', 'x=1', 'offset=1;ppm=2']) t.match(parseClockFault(bad), { ok: false }, bad)
})
