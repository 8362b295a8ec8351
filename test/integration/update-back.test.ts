import t from 'tap'
import { bootOfBox, updateWorld } from '../support/launched-box.ts'

t.setTimeout(400_000)

t.test('a box goes back to an older version only where that is signed, and what it has left never comes again', async (t) => {
  const { live, data, version, roll, rollAgain, board, comes } = await updateWorld(t)
  const first = await roll({ version: '0.2.0' })
  t.equal(await comes(first, 'done', 100_000), true)
  const release = (await board(first)).release
  await live.ask(`POST /rollouts/${first}/cancel`)

  const older = await roll({ version: '0.1.5' })
  t.equal(await comes(older, 'failed', 60_000), true)
  t.match((await board(older)).clusters?.[0], { why: { code: 'downgrade' } })
  await live.ask(`POST /rollouts/${older}/cancel`)

  const back = await roll({ version: '0.1.6', back: true })
  t.equal(await comes(back, 'done', 100_000), true)
  t.equal(version(), '0.1.6')
  t.match(bootOfBox(data), { slot: 'b', trial: null })
  await live.ask(`POST /rollouts/${back}/cancel`)

  const replayed = await rollAgain(release)
  t.equal(await comes(replayed, 'failed', 60_000), true)
  t.match((await board(replayed)).clusters?.[0], { why: { code: 'replayed' } })
})
