import { join } from 'node:path'
import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { bootOfBox, eventually, handIn, releaseFor, updateWorld } from '../support/launched-box.ts'
import { sessionAt, soonMs, startLiveServer } from '../support/live-server.ts'
import { ffmpegMakes } from '../support/sound-files.ts'

t.setTimeout(300_000)

t.test('a real box goes over to a signed release between sessions, proves itself, and its plan goes on', async (t) => {
  const { live, box, cluster, installed, data, version, roll, board, comes } = await updateWorld(t)
  t.equal(version(), '0.1.0')

  const { pack, id } = releaseFor(live, installed, { version: '0.2.0' })
  t.match(await handIn(live, pack.subarray(0, pack.length - 10)), { status: 422, body: { error: { code: 'cut-off' } } })
  t.match(await handIn(live, pack.map((byte, n) => (n === pack.length - 10 ? byte ^ 1 : byte))), { status: 422, body: { error: { code: 'damaged' } } })
  t.match(await handIn(live, new TextEncoder().encode('no release')), { status: 422, body: { error: { code: 'not-a-pack' } } })
  const other = await startLiveServer()
  t.match(await handIn(other, pack), { status: 422, body: { error: { code: 'forged' } } }, 'of another station')
  await other.stop()
  t.match(await handIn(live, pack), { status: 201, body: { id } })
  t.match(await handIn(live, pack), { status: 201, body: { id } }, 'handed in twice it is one')

  const tone = join(t.testdir(), 'tone.wav')
  ffmpegMakes(['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=5', tone])
  const programme = await live.upload(tone)
  const session = (inMs: number): object => sessionAt(soonMs(inMs), { items: [{ file: programme, name: 'Bản tin' }] })
  t.match(await live.ask('POST /sessions', session(20 * 60_000)), { status: 201 })
  await new Promise((resolve) => setTimeout(resolve, 3_000))

  const rollout = await roll({ version: '0.2.0' })
  t.equal(await comes(rollout, 'ready', 60_000), true)
  await new Promise((resolve) => setTimeout(resolve, 12_000))
  t.equal((await board(rollout)).clusters?.[0]?.state, 'ready', 'twenty minutes before a session it waits')
  t.equal(version(), '0.1.0')
  t.ok((await live.ask('DELETE /sessions/thu')).status < 300)

  t.ok(await eventually(() => version() === '0.2.0', 60_000), box.err())
  t.equal(await comes(rollout, 'done', 60_000), true)
  t.match(bootOfBox(data), { slot: 'a', trial: null })
  t.match((await board(rollout)).clusters?.[0], { version: '0.2.0', before: '0.1.0', online: true })

  t.match(await live.ask('POST /sessions', session(10_000)), { status: 201 })
  const sounded = (): boolean => live.server.stores.evidence.between(wallMs(0), wallMs(4e12), cluster).some(({ ms }) => ms > 3_000)
  t.ok(await eventually(sounded, 60_000), 'the new version sounds what the plan says, and tells of it')
})
