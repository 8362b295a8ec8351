import { join } from 'node:path'
import t from 'tap'
import type { PublishedView } from '../../server/features/timetable/views.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { until } from '../support/mqtt-client.ts'
import { sessionAt, soonMs, startLiveServer } from '../support/live-server.ts'
import { ffmpegMakes } from '../support/sound-files.ts'

t.setTimeout(180_000)

t.test('what a draft publishes sounds on a real box, a pause of its hamlet silences it in the middle, and an undo takes it off again', async (t) => {
  const { server, folder, ask, upload, enrolBox, stop } = await startLiveServer()
  t.teardown(stop)
  await ask('POST /areas', { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958' })
  const box = await enrolBox('Cụm Đông')
  t.teardown(() => box.stop(true))
  const { cluster } = box.identity
  await ask(`PATCH /clusters/${cluster}`, { area: { code: '24958-dong' } })
  const tone = join(folder, 'tone.wav')
  ffmpegMakes(['-f', 'lavfi', '-i', 'sine=frequency=600:duration=45:sample_rate=48000', tone])
  const file = await upload(tone)

  const draft = ((await ask('POST /timetable/drafts', { name: 'Hôm nay' })).body as { id: string }).id
  const start = soonMs(15_000)
  const doc = sessionAt(start, { items: [{ file }] }) as Session
  t.equal((await ask(`PUT /timetable/drafts/${draft}/sessions/thu`, doc)).status, 200)
  const published = await ask(`POST /timetable/drafts/${draft}/publish`, { unusual: 'meant' })
  t.match(published, { status: 200, body: { publication: 1, clusters: 1 } })
  t.ok(await until(() => Date.now() > start + 3_000 && box.power.at(-1)?.on === true, 40_000), 'it sounds')

  const pause = await ask('POST /pauses', { areas: ['24958-dong'], reason: 'Đám tang' })
  t.match(pause, { status: 201, body: { reach: { clusters: 1 }, state: 'running' } })
  t.ok(await until(() => box.power.at(-1)?.on === false, 15_000), 'and is silent')
  t.ok(Date.now() < start + 45_000, 'before the recording would have ended')
  t.match((await ask(`GET /on-air?cluster=${cluster}`)).body, [{ do: 'silence', because: { code: 'paused', vi: /Đám tang/ } }])

  const undone = await ask(`POST /timetable/publications/${(published.body as PublishedView).publication}/undo`, {})
  t.match(undone, { status: 200, body: { restored: ['thu'] } })
  t.same(server.stores.sessions.all(), [])
  t.ok(await until(() => server.deps.slotsFor(cluster, server.deps.clock.wall())?.slots.length === 0, 10_000), 'and its plan has it no longer')
})
