import t from 'tap'
import { bootOfBox, eventually, updateWorld } from '../support/launched-box.ts'

t.setTimeout(400_000)

t.test('a real box comes back by itself from releases that crash, do not connect or hang, and the rollout halts', async (t) => {
  const { live, box, data, halts, version, roll, board, comes } = await updateWorld(t)
  for (const [name, main, why] of [
    ['crashes at once', 'process.exit(1)', 'crashed'],
    ['starts and never connects', 'setInterval(() => undefined, 1_000)', 'not-well'],
    ['hangs', 'for (;;);', 'not-well'],
  ] as const) {
    const rollout = await roll({ version: '0.3.0', main })
    t.equal(await comes(rollout, 'fell-back', 120_000), true, name)
    t.match((await board(rollout)).clusters?.[0], { why: { code: why } }, name)
    t.equal(version(), '0.1.0')
    t.match(bootOfBox(data), { slot: 'installed', trial: null, fell: { why } })
    t.ok(await eventually(async () => (await board(rollout)).state === 'halted', 15_000))
    t.equal(halts.pop(), 'fell')
    t.match(await live.ask(`POST /rollouts/${rollout}/cancel`), { status: 200 })
  }
  const before = box.starts()
  box.kill()
  t.ok(await eventually(() => box.starts() > before && version() === '0.1.0', 20_000), 'and starts as before after a power cut')
})
