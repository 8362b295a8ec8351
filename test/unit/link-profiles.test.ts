import t from 'tap'
import { boxAddress, drawLink, hiddenErrorMs, PROFILE_NAMES, PROFILES } from '../../scripts/bench/link/profiles.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'

t.test('a drawn link stays within its profile, and half of what its ways differ by is its hidden error', async (t) => {
  for (const name of PROFILE_NAMES) {
    const { delayMs: [least, most], asymmetryMs, jitterMs } = PROFILES[name]
    const chance = chanceFrom(`profile ${name}`)
    for (let n = 0; n < 200; n++) {
      const link = drawLink(name, chance.random)
      const mean = (link.up.delayMs + link.down.delayMs) / 2
      t.ok(mean >= least && mean <= most)
      t.ok(Math.abs(link.up.delayMs - link.down.delayMs) <= asymmetryMs)
      t.ok(Math.abs(hiddenErrorMs(link)) <= asymmetryMs / 2)
      t.ok(link.up.delayMs > 0 && link.down.delayMs > 0 && link.up.jitterMs === jitterMs)
    }
  }
})

t.test('the profiles are those that the goals are about', async (t) => {
  t.ok(PROFILES.poor.delayMs[1] === 200 && PROFILES.poor.loss === 0.03 && PROFILES.poor.outages?.lengthMs === 3_000)
  for (const name of PROFILE_NAMES) t.ok(PROFILES[name].asymmetryMs <= 20)
})

t.test('no two boxes have the same address, and none has the server’s', async (t) => {
  const all = new Set(Array.from({ length: 1_000 }, (_, n) => boxAddress(n)))
  t.equal(all.size, 1_000)
  t.notOk(all.has('10.77.0.1'))
  t.equal(boxAddress(0), '10.77.1.1')
  t.equal(boxAddress(250), '10.77.2.1')
})
