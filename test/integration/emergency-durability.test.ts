import { rmSync } from 'node:fs'
import t from 'tap'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { enrolAlertBox } from '../support/alert-box.ts'
import { killed, serverProgram } from '../support/child-program.ts'
import { askHttp, stationFolder } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { sleep } from '../support/sound-rig.ts'

const MADE_MS = 60_000

t.test('an emergency that was accepted goes on after kill -9 between any two of its steps', async (t) => {
  const { folder, timetable } = stationFolder()
  let server = await serverProgram(folder, timetable)
  t.teardown(async () => {
    await killed(server)
    rmSync(folder, { recursive: true, force: true })
  })
  const box = await enrolAlertBox(server, 'Thôn Đông')
  const again = async (): Promise<void> => {
    await box.leave()
    await killed(server)
    server = await serverProgram(folder, timetable)
    await box.connect(server.mqttUrl)
  }
  // the station's own sounds are there
  for (let n = 0; n < 300; n++) {
    const pinned = (await askHttp(server.url, server.token, 'GET /pinned-clips')).body as unknown[]
    if (pinned.length >= 7) break
    await sleep(200)
  }
  const body = { title: 'Vỡ đê', targets: 'all', drill: false, messages: [{ text: 'Nước sông lên nhanh, bà con lên nhà văn hóa ngay.' }] }

  // answered, and nothing more
  const raised = await askHttp(server.url, server.token, 'POST /emergencies', body)
  t.equal(raised.status, 201, JSON.stringify(raised.body).slice(0, 300))
  const { id } = raised.body as EmergencyView
  await again()
  t.ok(await until(() => box.newest(id) !== undefined, 20_000), 'the order comes from the next server')

  // before or while the words are made
  t.ok(await until(() => (box.newest(id)?.parts.length ?? 0) > 1, MADE_MS), 'which also makes the words')
  const complete = box.newest(id)
  if (!complete) throw new Error('no order')
  const stream = complete.parts.at(-1)?.s ?? ''
  t.ok(await until(() => box.packets(stream).at(-1)?.last === true, 20_000), 'and sends their sound')
  await box.answer(complete, 'sounding')
  await sleep(1_000)
  await again()
  t.ok(await until(() => box.orders(id).filter((order) => order.rev === complete.rev).length > 1, 20_000), 'the same order comes again, at the same revision')
  t.same(box.newest(id)?.parts, complete.parts)
  const board = (await askHttp(server.url, server.token, `GET /emergencies/${id}/board`)).body as { rows: { verdict: string }[] }
  t.equal(board.rows[0]?.verdict, 'sounding', 'what the cluster said is known')

  // cancelled, and nothing more
  const cancelled = await askHttp(server.url, server.token, `POST /emergencies/${id}/cancel`, { reason: 'báo nhầm' })
  t.equal(cancelled.status, 200)
  await again()
  t.ok(await until(() => box.newest(id)?.ended !== null, 20_000), 'it is over for those that come back')
  t.equal(box.newest(id)?.corr?.length, 2, 'with its correction')
  t.same((await askHttp(server.url, server.token, 'GET /emergencies')).body, [], 'and stays so')
  t.ok(box.orders(id).every((order, n, all) => n === 0 || order.rev >= (all[n - 1]?.rev ?? 0)), 'no revision goes back')
  await box.leave()
})
