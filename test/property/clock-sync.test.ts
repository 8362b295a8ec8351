import t from 'tap'
import { errorAt, noteExchange, resumed, serverAt, unsynced } from '../../agent/core/clock-sync.ts'
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
  const { estimate } = resumed(wallMs(SERVER_START), monoMs(0), 50, 30)
  if (!estimate) return t.fail('nothing resumed')
  t.ok(errorAt(estimate, monoMs(3_600_000)) > errorAt(estimate, monoMs(0)))
  t.equal(errorAt(estimate, monoMs(0)), 50)
})
