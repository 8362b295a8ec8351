import t from 'tap'
import type { AgreeingView } from '../../server/features/emergencies/ask-views.ts'
import { startLiveServer } from '../support/live-server.ts'
import { personAt } from '../support/people-live.ts'

t.test('before a second person is asked for, the station says who could agree where', async (t) => {
  const live = await startLiveServer()
  t.teardown(live.stop)
  await live.ask('POST /areas', { code: '24961', name: 'Xã bên', kind: 'commune', parent: '68' })
  const at = async (areas: string): Promise<AgreeingView> => (await live.ask(`GET /emergency-settings/people${areas}`)).body as AgreeingView
  t.same(await at(''), { people: [], inSeveral: 0 }, 'nobody is there yet: the station’s token has no name and cannot agree')
  const ha = await personAt(live.server, 'Lò Thị Hà', [{ role: 'announcer', areas: ['24958', '24961'] }])
  await personAt(live.server, 'Vũ Thị Cúc', [{ role: 'announcer', areas: ['24958'] }])
  await personAt(live.server, 'Vừ A Páo', [{ role: 'operator', areas: 'all' }])
  t.same(await at('?areas=24958'), { people: ['Lò Thị Hà', 'Vũ Thị Cúc'], inSeveral: 1 })
  t.same((await at('?areas=24958,24961')).people, ['Lò Thị Hà'], 'whoever holds one of two cannot agree to both')
  t.same((await at('')).people, [], 'two communes are not the whole station')
  await personAt(live.server, 'Lê Văn Bình', [{ role: 'announcer', areas: 'all' }])
  t.same(await at(''), { people: ['Lê Văn Bình'], inSeveral: 2 })
  t.same((await at('?areas=24958,24961')).people, ['Lê Văn Bình', 'Lò Thị Hà'])
  await live.ask('POST /people', { name: 'Chưa vào lần nào', grants: [{ role: 'announcer', areas: 'all' }] })
  t.equal((await at('')).people.length, 1, 'who has not come in yet cannot agree')
  t.match(await live.ask('GET /emergency-settings/people?areas=99999'), { status: 404 })
  t.match(await live.ask('GET /emergency-settings/people?areas=,'), { status: 400 })
  t.equal((await ha.ask('GET /emergency-settings/people')).status, 403, 'told to whoever sets it')
})
