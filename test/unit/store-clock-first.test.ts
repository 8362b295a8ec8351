import t from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { nodeDeflate } from '../../agent/adapters/deflate.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import type { WantedFile } from '../../agent/core/cache-policy.ts'
import type { BlocksStage } from '../../agent/stages/blocks.ts'
import { CLOCK_FIRST_MS, createStore } from '../../agent/stages/store.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { createTurnedClock } from '../support/turned-clock.ts'

const T0 = Date.UTC(2026, 10, 22)
const ALERT: WantedFile = { sha: 'of-an-emergency', bytes: 9_000, due: wallMs(T0), pinned: false }

async function rig(folder: string, files: { readonly current: string | null; readonly alerts: readonly WantedFile[] }) {
  const clock = createTurnedClock(T0)
  const said: string[] = []
  let current = files.current
  const blocks: BlocksStage = {
    begin: ({ sha }) => void (said.push(`begin ${sha}`), (current = sha)),
    busy: () => current !== null,
    current: () => current,
    block: () => true,
    linkUp: () => void said.push('resume'),
    drop: () => void (current = null),
    stop: () => Promise.resolve(),
  }
  const store = createStore({
    cluster: 'c0000000a1', clock, random: () => 0.5, crypto: nodeCrypto(), deflate: nodeDeflate(), certified: () => null, disk: await createDisk(folder), log: silentLog, blocks,
    alertFiles: () => files.alerts, now: () => wallMs(clock.wall()), refused: () => undefined, changed: () => undefined,
  })
  return { clock, store, said }
}

t.test('a file under way waits until the clock has asked its questions on the new link', async (t) => {
  const { clock, store, said } = await rig(t.testdir(), { current: 'ordinary', alerts: [] })
  store.linkUp()
  clock.turn(CLOCK_FIRST_MS - 100)
  t.same(said, [])
  clock.turn(200)
  t.same(said, ['resume'])
  store.linkUp()
  await store.stop()
  clock.turn(10_000)
  t.same(said, ['resume'], 'and nothing comes of it when the box stops meanwhile')
})

t.test('what an emergency needs does not wait for the clock', async (t) => {
  const fresh = await rig(t.testdir(), { current: null, alerts: [ALERT] })
  fresh.store.linkUp()
  t.same(fresh.said[0], 'begin of-an-emergency')
  const underWay = await rig(t.testdir(), { current: ALERT.sha, alerts: [ALERT] })
  underWay.store.linkUp()
  t.same(underWay.said, ['resume'])
})
