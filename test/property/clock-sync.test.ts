import t from 'tap'
import { errorAt, nextAskMs, noteExchange, questionsNow, resumed, serverAt, unsynced, type ClockSync } from '../../agent/core/clock-sync.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'

const SERVER_START = 1_795_000_000_000

t.test('the claimed bound of the clock error holds, whatever the crystal and however unlike the two ways are', async (t) => {
  for (let seed = 1; seed <= 60; seed++) {
    const chance = chanceFrom(`clock ${seed}`)
    const rate = 1 + chance.between(-100, 100) / 1e6
    const zero = chance.between(0, 1e6)
    const mono = (at: number): number => zero + at * rate
    const [out, back] = [chance.between(5, 400), chance.between(5, 400)]
    let sync = unsynced
    let worst = 0
    let at = 0
    for (let burst = 0; burst < 60; burst++) {
      at += chance.happens(0.1) ? chance.between(600_000, 6 * 3_600_000) : 300_000
      for (let i = 0; i < chance.whole(1, 3); i++) {
        const received = at + out * chance.random()
        const answered = received + back * chance.random()
        sync = noteExchange(sync, { asked: monoMs(mono(at)), answered: monoMs(mono(answered)), received: wallMs(SERVER_START + received), sent: wallMs(SERVER_START + received) }, burst)
        at = answered + 150
      }
      const later = at + chance.between(0, 3_600_000)
      if (!sync.estimate) continue
      const wrong = Math.abs(serverAt(sync.estimate, monoMs(mono(later))) - (SERVER_START + later))
      worst = Math.max(worst, wrong - errorAt(sync.estimate, monoMs(mono(later))))
    }
    t.ok(worst <= 0.01, `seed ${seed}: wrong by ${worst.toFixed(3)} ms more than claimed`)
  }
})

t.test('what was kept through a time without power grows no surer by itself', async (t) => {
  const { estimate } = resumed(wallMs(SERVER_START), monoMs(0), 50, { ppm: 30, sigmaPpm: 1 })
  if (!estimate) return t.fail('nothing resumed')
  t.ok(errorAt(estimate, monoMs(3_600_000)) > errorAt(estimate, monoMs(0)))
  t.equal(errorAt(estimate, monoMs(0)), 50)
})

interface Box {
  readonly rate: number
  readonly jitterMs: number
  readonly delayMs: number
}

/** Asks as an agent does, over a link whose two ways are alike but for chance, and gives the error at every second. */
function follow(seed: string, box: Box, from: ClockSync, seconds: number): { readonly errors: number[]; readonly questions: number; readonly sync: ClockSync } {
  const chance = chanceFrom(seed)
  const mono = (at: number): number => 5_000 + at * box.rate
  const way = (): number => box.delayMs + chance.between(0, box.jitterMs)
  const errors: number[] = []
  let [sync, questions, next] = [from, 0, 0]
  for (let second = 0; second < seconds; second++) {
    const at = second * 1_000
    if (at >= next) {
      const now = second === 0 ? 8 : questionsNow(sync)
      for (let i = 0; i < now; i++) {
        questions++
        const asked = at + i * 150
        const received = asked + way()
        sync = noteExchange(sync, { asked: monoMs(mono(asked)), answered: monoMs(mono(received + way())), received: wallMs(SERVER_START + received), sent: wallMs(SERVER_START + received) }, second)
      }
      next = at + nextAskMs(sync)
    }
    const later = at + 999
    if (sync.estimate) errors.push(serverAt(sync.estimate, monoMs(mono(later))) - SERVER_START - later)
  }
  return { errors, questions, sync }
}

const high = (values: readonly number[], share: number): number => [...values].map(Math.abs).sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

t.test('a new box on a bad link is within 7 ms from its first minute on, and within 5 from its twentieth', async (t) => {
  const [first, later, questions]: [number[], number[], number[]] = [[], [], []]
  for (let seed = 1; seed <= 40; seed++) {
    const chance = chanceFrom(`box ${seed}`)
    const box = { rate: 1 + chance.between(-100, 100) / 1e6, jitterMs: 60, delayMs: chance.between(30, 200) }
    const { errors, questions: asked } = follow(`link ${seed}`, box, unsynced, 3_600)
    first.push(...errors.slice(0, 300))
    later.push(...errors.slice(1_200))
    questions.push(asked)
  }
  t.comment(`first five minutes: p95 ${high(first, 0.95).toFixed(1)}, largest ${high(first, 1).toFixed(1)} ms; from the twentieth: p95 ${high(later, 0.95).toFixed(1)} ms; ${Math.max(...questions)} questions in the first hour`)
  t.ok(high(first, 0.95) <= 7)
  t.ok(high(later, 0.95) <= 5)
  t.ok(Math.max(...questions) <= 210, 'no more than 100 kB')
})

t.test('a box that knows its crystal from before need not learn it again', async (t) => {
  const errors: number[] = []
  for (let seed = 1; seed <= 40; seed++) {
    const chance = chanceFrom(`known ${seed}`)
    const ppm = chance.between(-100, 100)
    const box = { rate: 1 / (1 + ppm / 1e6), jitterMs: 20, delayMs: 60 }
    const run = follow(`known link ${seed}`, box, resumed(wallMs(SERVER_START), monoMs(5_000), 2_000, { ppm: ppm + chance.between(-2, 2), sigmaPpm: 1 }), 300)
    errors.push(...run.errors)
    t.ok(run.questions <= 12, 'it asks as seldom as one that has run for days')
  }
  t.ok(high(errors, 0.95) <= 6, `p95 ${high(errors, 0.95).toFixed(1)} ms`)
})

t.test('a server whose clock was set by half a minute is followed at its next answer', async (t) => {
  let sync = unsynced
  const exchange = (at: number, step: number): void => {
    sync = noteExchange(sync, { asked: monoMs(at), answered: monoMs(at + 40), received: wallMs(SERVER_START + at + 20 + step), sent: wallMs(SERVER_START + at + 20 + step) }, at)
  }
  for (let n = 0; n < 12; n++) exchange(n * 300_000, 0)
  exchange(12 * 300_000, 30_000)
  if (!sync.estimate) return t.fail('no estimate')
  t.ok(Math.abs(serverAt(sync.estimate, monoMs(12 * 300_000)) - SERVER_START - 12 * 300_000 - 30_000) < 1)
})

t.test('a first answer that took long does not throw off what was kept over a restart; a quicker one, or one that contradicts it, counts', async (t) => {
  const kept = resumed(wallMs(SERVER_START), monoMs(0), 5, { ppm: 0, sigmaPpm: 1 })
  /** The server's clock is `ahead` of what was kept; the two ways took so long. */
  const answer = (there: number, back: number, ahead = 0) => ({ asked: monoMs(100), answered: monoMs(100 + there + back), received: wallMs(SERVER_START + 100 + there + ahead), sent: wallMs(SERVER_START + 100 + there + ahead) })
  const wrongBy = ({ estimate }: ClockSync, ahead = 0): number => (estimate ? Math.abs(serverAt(estimate, monoMs(6_000)) - SERVER_START - 6_000 - ahead) : Number.NaN)
  const slow = noteExchange(kept, answer(4_800, 100), 1)
  t.ok(wrongBy(slow) <= 5, `${wrongBy(slow)} ms after an answer whose ways differ by 4.7 s`)
  t.ok(wrongBy(noteExchange(slow, answer(2, 2), 1)) < 1, 'a quick one of the same burst is surer')
  t.equal(noteExchange(slow, answer(2, 2), 1).samples.length, 1)
  t.ok(wrongBy(noteExchange(kept, answer(50, 450, 10_000), 1), 10_000) <= 251, 'what was kept and is wrong by ten seconds gives way to the server at once')
})
