import t from 'tap'
import { nextWatch, reopenAfterMs, startWatch, type WatchState } from '../../server/core/relay-watch.ts'
import { monoMs } from '../../shared/core/clock.ts'

/** What is heard for so many seconds: a level, nothing, or a level on a day of mourning. */
type Stretch = readonly [seconds: number, levelDb: number | null, mourning?: 'mourning']
type Seen = readonly [second: number, phase: WatchState['phase'], why?: WatchState['why']]

/** Steps of a tenth of a second; the phases with the second at which each began. */
function course(stretches: readonly Stretch[]): Seen[] {
  let state = startWatch(monoMs(0))
  const seen: Seen[] = []
  let tenth = 0
  let phase: WatchState['phase'] | null = null
  for (const [seconds, levelDb, mourning] of stretches) {
    for (let n = 0; n < Math.round(seconds * 10); n++, tenth++) {
      state = nextWatch(state, { now: monoMs(tenth * 100), levelDb, mourning: mourning !== undefined })
      if (state.phase === phase) continue
      phase = state.phase
      seen.push(state.why === null ? [tenth / 10, phase] : [tenth / 10, phase, state.why])
    }
  }
  return seen
}

const LOUD = -20
const COURSES: readonly { readonly name: string; readonly heard: readonly Stretch[]; readonly seen: readonly Seen[] }[] = [
  { name: 'steady sound stays on', heard: [[300, LOUD]], seen: [[0, 'sound']] },
  { name: 'a source that never answers gives way after ten seconds', heard: [[20, null]], seen: [[0, 'grace', 'lost'], [10, 'substitute', 'lost']] },
  { name: 'a gap of less than ten seconds is waited for', heard: [[60, LOUD], [9.8, null], [60, LOUD]], seen: [[0, 'sound'], [60, 'grace', 'lost'], [69.8, 'sound']] },
  {
    name: 'the substitute comes ten seconds after the last sound, and the relay after five seconds of it',
    heard: [[60, LOUD], [30, null], [60, LOUD]],
    seen: [[0, 'sound'], [60, 'grace', 'lost'], [69.9, 'substitute', 'lost'], [95, 'sound']],
  },
  {
    name: 'sound that comes and goes does not bring the relay back',
    heard: [[10, LOUD], [20, null], [4.9, LOUD], [1, null], [4.9, LOUD], [1, null], [4.9, LOUD], [10, null]],
    seen: [[0, 'sound'], [10, 'grace', 'lost'], [19.9, 'substitute', 'lost']],
  },
  {
    name: 'a breath does not make the return wait, a longer pause does',
    heard: [[10, LOUD], [20, null], [3, LOUD], [1, -60], [3, LOUD], [30, null], [3, LOUD], [2, -60], [6, LOUD]],
    seen: [[0, 'sound'], [10, 'grace', 'lost'], [19.9, 'substitute', 'lost'], [35, 'sound'], [37, 'grace', 'lost'], [46.9, 'substitute', 'lost'], [77, 'sound']],
  },
  { name: 'silence of ninety seconds gives way', heard: [[60, LOUD], [100, -50]], seen: [[0, 'sound'], [150, 'substitute', 'silent']] },
  { name: 'silence of eighty-nine seconds does not', heard: [[60, LOUD], [89, -50], [60, LOUD]], seen: [[0, 'sound']] },
  { name: 'silence is left at -34 dB, not at -39', heard: [[10, LOUD], [60, -50], [31, -37], [60, LOUD]], seen: [[0, 'sound'], [100, 'substitute', 'silent'], [106, 'sound']] },
  { name: 'soft speech at -37 dB that was never silent is no silence', heard: [[10, LOUD], [300, -37]], seen: [[0, 'sound']] },
  { name: 'after silence the relay is back with five seconds of steady sound', heard: [[10, LOUD], [100, -60], [30, LOUD]], seen: [[0, 'sound'], [100, 'substitute', 'silent'], [115, 'sound']] },
  { name: 'in mourning silence is no fault', heard: [[10, LOUD, 'mourning'], [600, -90, 'mourning']], seen: [[0, 'sound']] },
  { name: 'in mourning a loss still is', heard: [[10, LOUD, 'mourning'], [20, null, 'mourning']], seen: [[0, 'sound'], [10, 'grace', 'lost'], [19.9, 'substitute', 'lost']] },
  { name: 'in mourning a relay that is back in silence is back', heard: [[10, null, 'mourning'], [0.1, null, 'mourning'], [20, -90, 'mourning']], seen: [[0, 'grace', 'lost'], [10, 'substitute', 'lost'], [15.1, 'sound']] },
  { name: 'the count of silence begins anew when mourning ends', heard: [[10, LOUD], [300, -60, 'mourning'], [89, -60], [10, -60]], seen: [[0, 'sound'], [400, 'substitute', 'silent']] },
  { name: 'a loss within a silence does not hide it', heard: [[10, LOUD], [60, -60], [5, null], [30, -60]], seen: [[0, 'sound'], [70, 'grace', 'lost'], [75, 'sound'], [100, 'substitute', 'silent']] },
]
for (const { name, heard, seen } of COURSES) t.test(name, async (t) => t.same(course(heard), seen))

t.test('steps that come late change nothing but the instant at which they are seen', async (t) => {
  let state = startWatch(monoMs(0))
  state = nextWatch(state, { now: monoMs(1_000), levelDb: LOUD, mourning: false })
  state = nextWatch(state, { now: monoMs(30_000), levelDb: null, mourning: false })
  t.equal(state.phase, 'substitute', 'nothing came for 29 s, whoever looked meanwhile')
})

t.test('a broken relay is opened again after 1 s at first, 30 s at most, and never by the beat', async (t) => {
  t.same([1, 2, 3, 6, 50].map((n) => reopenAfterMs(n, () => 0.999_999)).map(Math.round), [1_000, 2_000, 4_000, 30_000, 30_000])
  t.same([1, 2, 3, 6, 50].map((n) => reopenAfterMs(n, () => 0)), [500, 1_000, 2_000, 15_000, 15_000])
})
