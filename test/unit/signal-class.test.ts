import t from 'tap'
import { classify, MAX_SIGNAL_SAMPLES, NO_TREND, SIGNAL_WINDOW_MS, stepSignal, type RadioFigures, type SignalTrend } from '../../shared/core/signal-class.ts'
import { monoMs } from '../../shared/core/clock.ts'

t.test('the worst of the three figures decides and says why', async (t) => {
  t.same(classify([-84, -9, 15, -60]), { class: 'good', worst: 'rsrp', reason: 'fine' })
  t.same(classify([-100, -9, 15, null]), { class: 'fair', worst: 'rsrp', reason: 'weak-cell' })
  t.same(classify([-85, -9, -2, null]), { class: 'poor', worst: 'sinr', reason: 'noisy-cell' })
  t.same(classify([-85, -16, 12, null]), { class: 'poor', worst: 'rsrq', reason: 'crowded-cell' })
  t.same(classify([-115, -17, -5, null]), { class: 'poor', worst: 'rsrp', reason: 'weak-cell' }, 'a weak cell explains the rest')
  t.same(classify([null, null, null, null]), { class: 'none', worst: null, reason: 'no-figures' })
})

t.test('the bounds themselves belong to the better class', async (t) => {
  const cases: [RadioFigures, string][] = [
    [[-95, -10, 10, null], 'good'], [[-95.1, -10, 10, null], 'fair'], [[-110, -15, 0, null], 'fair'],
    [[-110.1, -10, 10, null], 'poor'], [[-80, -15.1, 10, null], 'poor'], [[-80, -10, -0.1, null], 'poor'],
  ]
  for (const [figures, expected] of cases) t.equal(classify(figures).class, expected, String(figures))
})

t.test('RSSI decides only where there is no RSRP', async (t) => {
  t.same(classify([null, null, null, -71]), { class: 'good', worst: 'rssi', reason: 'fine' })
  t.equal(classify([null, null, null, -99]).class, 'poor')
  t.equal(classify([-80, null, null, -99]).class, 'good')
})

const run = (from: SignalTrend, start: number, every: number, readings: (RadioFigures | null)[]): SignalTrend =>
  readings.reduce<SignalTrend>((trend, figures, i) => stepSignal(trend, monoMs(start + i * every), figures), from)
const rsrp = (dbm: number): RadioFigures => [dbm, -9, 15, null]

t.test('one bad reading among good ones changes nothing', async (t) => {
  const trend = run(NO_TREND, 0, 10_000, [rsrp(-85), rsrp(-86), rsrp(-130), rsrp(-85)])
  t.equal(trend.verdict.class, 'good')
  t.equal(trend.median[0], -85.5)
})

t.test('a figure that swings around a bound by less than 3 dB does not flap', async (t) => {
  let trend = run(NO_TREND, 0, 60_000, [rsrp(-96)])
  let changes = 0
  for (let i = 1; i < 60; i++) {
    const before = trend.verdict.class
    trend = stepSignal(trend, monoMs(i * 60_000), rsrp(i % 2 === 0 ? -96 : -93))
    if (trend.verdict.class !== before) changes++
  }
  t.equal(changes, 0)
  t.equal(stepSignal(trend, monoMs(60 * 60_000), rsrp(-92)).verdict.class, 'good', 'three decibels better is better')
})

t.test('from poor it comes back to fair, beyond the hysteresis, and then to good', async (t) => {
  const poor = run(NO_TREND, 0, 60_000, [rsrp(-115)])
  t.equal(stepSignal(poor, monoMs(60_000), rsrp(-108)).verdict.class, 'poor')
  const fair = stepSignal(poor, monoMs(60_000), rsrp(-106))
  t.same(fair.verdict, { class: 'fair', worst: 'rsrp', reason: 'weak-cell' })
  t.equal(stepSignal(fair, monoMs(120_000), rsrp(-80)).verdict.class, 'good')
})

t.test('after a minute without a reading nothing is known', async (t) => {
  const good = run(NO_TREND, 0, 10_000, [rsrp(-85)])
  t.equal(stepSignal(good, monoMs(SIGNAL_WINDOW_MS - 1), null).verdict.class, 'good')
  t.same(stepSignal(good, monoMs(SIGNAL_WINDOW_MS), null).verdict, { class: 'none', worst: null, reason: 'no-figures' })
})

t.test('however many readings come, few are kept', async (t) => {
  const trend = run(NO_TREND, 0, 1, Array.from({ length: 5_000 }, () => rsrp(-85)))
  t.ok(trend.samples.length <= MAX_SIGNAL_SAMPLES)
})
