import t from 'tap'
import type { BoardView, EmergencyView } from '../../server/features/emergencies/messages.ts'
import { enrolAlertBox, type AlertBox } from '../support/alert-box.ts'
import { startLiveServer, type LiveServer } from '../support/live-server.ts'

let live: LiveServer
let box: AlertBox
t.before(async () => {
  live = await startLiveServer()
  box = await enrolAlertBox(live.server, 'Thôn Đông', '24958')
})
t.teardown(async () => {
  await box.leave()
  await live.stop()
})
const raise = async (over: object): Promise<EmergencyView> => (await live.ask('POST /emergencies', { title: 'Vỡ đê', targets: { areas: ['24958'] }, drill: true, ...over })).body as EmergencyView
const one = async (id: string): Promise<EmergencyView> => (await live.ask(`GET /emergencies/${id}`)).body as EmergencyView

t.test('what it takes to send the same once more is told; not of a voice, nor of several languages', async (t) => {
  const clip = await raise({ messages: [{ programme: 'bao-yen' }] })
  t.same(clip.again, { message: { programme: 'bao-yen' }, targets: { areas: ['24958'] } })
  t.same((await raise({ messages: [{ text: 'Nước lên.' }], targets: 'all' })).again, { message: { text: 'Nước lên.' }, targets: 'all' })
  t.equal((await raise({ messages: [{ programme: 'chu-y' }, { text: 'Nước lên.' }] })).again, null)
  t.equal((await raise({ messages: [{ microphone: true, maxSeconds: 5 }] })).again, null)
  if (!clip.again) return t.fail('there is none')
  const { message, targets } = clip.again
  t.equal((await live.ask('POST /emergencies', { title: clip.title, messages: [message], targets, drill: true })).status, 201, 'and it is an order as it stands')
})

t.test('whoever raised it, ended it, and stopped it at their own place is called by name', async (t) => {
  const { id } = await raise({ messages: [{ programme: 'bao-yen' }] })
  t.equal((await one(id)).raisedBy, 'Quản trị')
  await live.ask(`POST /emergencies/${id}/local-stop`, { targets: { areas: ['24958'] }, reason: 'không phải xã tôi' })
  const board = (await live.ask(`GET /emergencies/${id}/board`)).body as BoardView
  t.match(board.rows[0]?.stopped, { by: 'Quản trị', reason: 'không phải xã tôi' })
  await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })
  t.match(await one(id), { endedBecause: 'cancelled', endedBy: 'Quản trị', endedReason: 'thử xong' })
})
