import t from 'tap'
import { simulate, type SimOptions } from '../../scripts/sim/simulate.ts'
import { SEEDS } from './seeds.ts'

const replay = ({ seed, agents, hours }: SimOptions): string => `npm run sim -- --seed ${seed} --agents ${agents} --hours ${hours}`

t.test('conductor and agents hold every invariant through power cuts, dead links, a dead server and an attacker', async (t) => {
  const seen = new Map<string, number>()
  for (const options of [{ seed: 4711, agents: 10, hours: 4 }, { seed: 2027, agents: 4, hours: 9 }, { seed: 2028, agents: 4, hours: 9 }]) {
    const { broken, counts } = await simulate(options)
    t.same(broken, [], replay(options))
    for (const [what, n] of Object.entries(counts)) seen.set(what, (seen.get(what) ?? 0) + n)
  }
  // a run in which nothing happened would prove nothing
  const happened = ['sounds', 'slots sounded from their start', 'evidence rows', 'power cuts', 'agents restarted', 'links down', 'links half open', 'broker restarts', 'server kills']
  const attacked = ['forged plans', 'forged orders', 'forged times', 'rolled-back plans', 'plans for another', 'garbage', 'poisoned blocks']
  const decided = ['sessions added', 'sessions changed', 'sessions removed', 'openings and pauses', 'immediate orders']
  for (const what of [...happened, ...attacked, ...decided]) t.ok((seen.get(what) ?? 0) > 0, what)
})

t.test('the same seed gives the same trace, another seed another', async (t) => {
  const options = { seed: 5, agents: 4, hours: 3 }
  const [first, second, other] = [await simulate(options), await simulate(options), await simulate({ ...options, seed: 6 })]
  t.same(first.broken, [], replay(options))
  t.equal(second.digest, first.digest)
  t.equal(second.events, first.events)
  t.not(other.digest, first.digest)
})

t.test('real signatures hold as well as the keyed hash that stands in for them', async (t) => {
  const options = { seed: 9, agents: 2, hours: 2, realCrypto: true }
  const { broken } = await simulate(options)
  t.same(broken, [], `${replay(options)} --real-crypto`)
})

t.test('no seed that ever failed fails again', async (t) => {
  for (const seed of SEEDS) t.same((await simulate(seed)).broken, [], `${replay(seed)}: ${seed.found}`)
})
