import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { firstLoudMs } from '../../scripts/bench/recorded.ts'
import { sessionAt, soonMs, startLiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { personAt } from '../support/people-live.ts'
import { form } from '../support/server-world.ts'
import { ffmpegMakes } from '../support/sound-files.ts'

t.setTimeout(400_000)

const [OURS, THEIRS] = ['24958', '24961'] as const
interface Programme {
  readonly id: string
  readonly state: string
}
interface Cell {
  readonly value: string | number
  readonly trace?: string
}

t.test('record, approve, schedule, aired, in the report: on real parts, for two communes that do not see each other’s drafts', async (t) => {
  const { server, folder, ask, enrolBox, stop } = await startLiveServer()
  t.teardown(stop)
  await ask('POST /areas', { code: THEIRS, name: 'Xã bên', kind: 'commune', parent: '68' })
  const person = (name: string, role: string, area: string) => personAt(server, name, [{ role, areas: [area] }])
  const operator = await person('Chị Hoa', 'operator', OURS)
  const approver = await person('Anh Bình', 'approver', OURS)
  const neighbour = await person('Ông Tư', 'operator', THEIRS)
  const boxes = await Promise.all(([['Cụm Đông', OURS], ['Cụm bên', THEIRS]] as const).map(async ([name, area]) => {
    const box = await enrolBox(name)
    t.teardown(() => box.stop(true))
    await ask(`PATCH /clusters/${box.identity.cluster}`, { area: { code: area } })
    return box
  }))
  const [box, otherBox] = boxes as [typeof boxes[0] & object, typeof boxes[0] & object]

  const recording = join(folder, 'ghi-am.wav')
  ffmpegMakes(['-f', 'lavfi', '-i', 'anoisesrc=color=pink:seed=5:sample_rate=48000:duration=12:amplitude=0.6,lowpass=f=5000', recording])
  const { payload, headers } = form([{ name: 'name', value: 'Lịch tiêm chủng' }, { name: 'file', file: 'ghi-am.wav', value: readFileSync(recording) }])
  const made = await operator.send('POST /programmes', payload, headers)
  t.match(made, { status: 201, body: { state: 'draft', area: OURS, author: 'Chị Hoa' } })
  const { id } = made.body as Programme
  t.equal((await neighbour.ask(`GET /programmes/${id}`)).status, 404, 'the neighbour does not see the draft')
  t.notMatch(JSON.stringify((await neighbour.ask('GET /programmes')).body), 'Lịch tiêm chủng')

  const start = soonMs(30_000)
  const session = sessionAt(start, { until: clockText(Math.floor(msOfDay(wallMs(start + 20_000)) / 1000)), targets: { areas: [OURS] }, items: [{ file: id, name: 'Lịch tiêm chủng' }] }) as Session
  // the rule that a day may sound at any hour is the test's; its own area goes by it
  t.equal((await ask(`PUT /areas/${OURS}/policy`, { policy: 'ca-ngay' })).status, 200)
  const draft = ((await operator.ask('POST /timetable/drafts', { name: 'Hôm nay', area: OURS })).body as { id: string }).id
  const put = await operator.ask(`PUT /timetable/drafts/${draft}/sessions/thu`, session)
  t.equal(put.status, 200, JSON.stringify(put.body))
  t.match(await operator.ask(`POST /timetable/drafts/${draft}/publish`, { unusual: 'meant' }), { status: 422 }, 'nothing that is not approved is published')
  t.equal((await neighbour.ask(`GET /timetable/drafts/${draft}`)).status, 404)

  t.match(await operator.ask(`POST /programmes/${id}/submit`), { status: 200, body: { state: 'pending' } })
  t.equal((await operator.ask(`POST /programmes/${id}/approve`, { version: 1 })).status, 403, 'nobody approves their own')
  t.match(await approver.ask(`POST /programmes/${id}/approve`, { version: 1 }), { status: 200, body: { airs: true } })
  const published = await operator.ask(`POST /timetable/drafts/${draft}/publish`, { unusual: 'meant' })
  t.match(published, { status: 200, body: { clusters: 1, communes: 1 } })

  const theirs = ((await neighbour.ask('POST /timetable/drafts', { name: 'Mượn', area: THEIRS })).body as { id: string }).id
  await neighbour.ask(`PUT /timetable/drafts/${theirs}/sessions/muon`, { ...session, id: 'muon', targets: { areas: [THEIRS] } })
  const borrowed = await neighbour.ask(`POST /timetable/drafts/${theirs}/publish`, { unusual: 'meant' })
  t.equal(borrowed.status, 422, 'nor does another commune put on air what was not shared with it')

  t.ok(await until(() => box.power.at(-1)?.on === true && Date.now() > start, 60_000), 'it sounds where it is meant to')
  const proof = () => server.stores.evidence.between(wallMs(start - 5_000), wallMs(start + 60_000), box.identity.cluster)
  t.ok(await until(() => proof().reduce((sum, { ms }) => sum + ms, 0) > 11_000, 60_000), `and the proof of it is here: ${JSON.stringify(proof())}, refused ${JSON.stringify([...server.fleet.dropped])}`)
  const heard = firstLoudMs(box.wav, start - 2_000, start + 5_000)
  t.ok(heard !== null && Math.abs(heard - start) < 1_000, `by the recording of what left the box: ${heard === null ? 'silence' : Math.round(heard - start)} ms after its time`)
  t.equal(firstLoudMs(otherBox.wav, start - 2_000, start + 15_000), null, 'and nowhere else')

  const day = civilDate(wallMs(start))
  const figures = async (who: typeof operator, area: string): Promise<string> => JSON.stringify((await who.ask(`GET /reports/${day}?area=${area}`)).body)
  let told = ''
  // what may still arrive is waited for: two minutes after the end of an item its figures stand
  for (let n = 0; n < 60 && !/"value":0\.2/.test(told); n++) {
    if (n > 0) await pause(3_000)
    told = await figures(operator, OURS)
  }
  t.match(told, /"value":0\.2/, 'twelve seconds are 0.2 minutes in the report of the day')
  const rows = (await operator.ask(`GET /reports/rows?area=${OURS}&period=${day}`)).body as { rows: readonly { cluster: string; item: string; playedMs?: number }[]; all: Record<string, Cell> }
  t.match(rows.rows, [{ cluster: box.identity.cluster }])
  t.equal((await neighbour.ask(`GET /reports/${day}?area=${OURS}`)).status, 403, 'a neighbour reads no report of ours')
  t.match((await neighbour.ask(`GET /reports/rows?area=${THEIRS}&period=${day}`)).body, { rows: [] })
  t.match((await operator.ask(`GET /programmes/${id}`)).body, { stage: 'aired' })
})
