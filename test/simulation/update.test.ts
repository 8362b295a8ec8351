import t from 'tap'
import { waveSizes } from '../../server/core/update-rollout.ts'
import { updateSim } from '../support/update-sim.ts'

t.setTimeout(400_000)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** 13:00 in Viet Nam. */
const START = Date.UTC(2026, 10, 23, 6)
const SEED = process.env['TL_SEED'] ?? '4711'
const BOXES = 200
const [canaries = 0, firstWave = 0] = waveSizes(BOXES)

for (const program of ['crashes', 'never connects'] as const) {
  t.test(`a release that ${program} reaches at most the canaries and the first wave of ${BOXES} boxes, and all of them come back (TL_SEED=${SEED})`, async (t) => {
    const sim = updateSim({ seed: `${SEED}/${program}`, boxes: BOXES, start: START })
    await sim.pass(5 * MINUTE)
    sim.roll(program)
    await sim.pass(90 * MINUTE)
    const touched = sim.boxes.filter(({ started }) => started.some(({ version }) => version === '0.2.0'))
    t.ok(touched.length > 0 && touched.length <= canaries + firstWave, `${touched.length} boxes ran it`)
    t.equal(sim.state(), 'halted')
    t.same(sim.halted, ['fell'], 'told once')
    t.ok(sim.boxes.every(({ started }) => started.at(-1)?.version === '0.1.0'), 'the program before it runs everywhere')
    t.ok(sim.boxes.every(({ id }) => sim.stores.presence.byCluster(id)?.online), 'and is connected')
    t.ok(touched.every((box) => box.fell()))
    t.equal(sim.rows().filter(({ state }) => state === 'done').length, 0)
  })
}

t.test(`a good release comes to all ${BOXES} boxes, wave after wave, and to none of them within half an hour of a session (TL_SEED=${SEED})`, async (t) => {
  const session = { from: START + 75 * MINUTE, to: START + 105 * MINUTE }
  const sim = updateSim({ seed: SEED, boxes: BOXES, start: START, session: { id: 'chieu', name: 'Chiều', at: '14:15', until: '14:45', days: 'daily', policy: 'ca-ngay', targets: 'all', items: [{ file: 'ban-tin' }] } })
  await sim.pass(5 * MINUTE)
  const away = sim.boxes[0]?.id ?? ''
  sim.broker.setNetwork(away, 'down')
  sim.roll('good')
  await sim.pass(85 * MINUTE)
  t.ok(sim.rows().some(({ state }) => state === 'ready'), 'in the session some have it and wait')
  await sim.pass(95 * MINUTE)
  const missing = sim.rows().filter(({ state }) => state !== 'done')
  t.same(missing.map(({ cluster }) => cluster), [away], 'all but the one that is away')
  sim.broker.setNetwork(away, 'up')
  await sim.pass(HOUR)
  t.equal(sim.rows().filter(({ state }) => state === 'done').length, BOXES, 'which comes when it is back')
  t.equal(sim.state(), 'done')
  t.same(sim.halted, [])
  const near = sim.boxes.flatMap(({ started }) => started.slice(1)).filter(({ at }) => at > session.from - 30 * MINUTE && at < session.to + 30 * MINUTE)
  t.same(near, [], 'near the session nothing was changed')
  t.ok(sim.boxes.every(({ started }) => started.length === 2), 'each box was started anew once')
})
