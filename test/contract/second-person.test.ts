import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { AskView } from '../../server/features/emergencies/ask-views.ts'
import { AskView as AskSchema } from '../../server/features/emergencies/ask-views.ts'
import { startLiveServer, type Reply } from '../support/live-server.ts'
import { personAt } from '../support/people-live.ts'
import { Value } from 'typebox/value'

t.setTimeout(120_000)

t.test('every refusal around a second person is a status, a code and a sentence in both languages; an ask is as it is described', async (t) => {
  const live = await startLiveServer()
  t.teardown(live.stop)
  const { stores, clock } = live.server.deps
  stores.areas.put({ code: '24961', name: 'Xã bên', kind: 'commune', parent: '68' })
  for (const [id, area] of [['aaaaaaaaaa', '24958'], ['bbbbbbbbbb', '24961']] as const) {
    stores.clusters.insert({ id, name: `Cụm ${area}`, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2020-01-01')
  }
  const wide = ['24958', '24961']
  const at = (name: string, role: string, areas: readonly string[]) => personAt(live.server, name, [{ role, areas }])
  const [ha, binh, chi, cuc, dao] = [await at('Hà', 'announcer', wide), await at('Bình', 'announcer', wide), await at('Chi', 'administrator', wide), await at('Cúc', 'announcer', ['24958']), await at('Đào', 'operator', wide)]
  await live.ask('PUT /emergency-settings', { secondPerson: true })
  const order = { title: 'Vỡ đê', messages: [{ programme: 'bao-yen' }], targets: { areas: wide }, drill: true, times: 1 }
  const raise = async (): Promise<AskView> => {
    const reply = await ha.ask('POST /emergencies', order)
    t.equal(reply.status, 202)
    t.same([...Value.Errors(AskSchema, reply.body)], [], 'as described')
    return reply.body as AskView
  }
  const refusedWith = (name: string, reply: Reply, [status, code]: readonly [number, string]): void => {
    t.match(reply, { status, body: { error: { code, en: /^\p{Lu}.*\.$/u, vi: /^\p{Lu}.*\.$/u } } }, name)
  }
  const ask = await raise()
  const { id, content } = ask
  const to = (what: string): `POST ${string}` => `POST /emergency-asks/${id}/${what}`
  const reason = { reason: 'nhầm' }

  refusedWith('an operator raises nothing', await dao.ask('GET /emergency-asks'), [403, 'not-allowed'])
  refusedWith('oneself', await ha.ask(to('confirm'), { content }), [403, 'own-ask'])
  refusedWith('one’s own no', await ha.ask(to('refuse'), reason), [403, 'own-ask'])
  refusedWith('one of the communes only', await cuc.ask(to('confirm'), { content }), [403, 'not-allowed'])
  refusedWith('the same, saying no', await cuc.ask(to('refuse'), reason), [403, 'not-allowed'])
  refusedWith('nobody’s own account', await live.ask(to('confirm'), { content }), [403, 'own-account'])
  refusedWith('something else that was seen', await binh.ask(to('confirm'), { content: 'x'.repeat(43) }), [409, 'other-content'])
  refusedWith('another’s to withdraw', await binh.ask(to('withdraw')), [403, 'not-asker'])
  refusedWith('another’s to send alone', await binh.ask(to('alone'), reason), [403, 'not-asker'])
  refusedWith('too early', await ha.ask(to('alone'), reason), [409, 'too-early'])
  refusedWith('without a reason', await ha.ask(to('alone'), { reason: '  ' }), [400, 'invalid'])
  refusedWith('no without a reason', await binh.ask(to('refuse'), {}), [400, 'invalid'])
  refusedWith('none of that name', await binh.ask('POST /emergency-asks/khongco/confirm', { content }), [404, 'not-found'])
  refusedWith('none of that name, one’s own', await ha.ask('POST /emergency-asks/khongco/withdraw'), [404, 'no-such-ask'])
  refusedWith('no sound there', await binh.ask(`GET /emergency-asks/${id}/sounds/7`), [404, 'not-found'])
  refusedWith('an announcer sets nothing', await ha.ask('PUT /emergency-settings', { secondPerson: false }), [403, 'not-allowed'])
  refusedWith('nor does an administrator of some places', await chi.ask('PUT /emergency-settings', { secondPerson: false }), [403, 'not-allowed'])

  t.match((await cuc.ask(`GET /emergency-asks/${id}`)).body, { mayAnswer: false, mine: false }, 'whoever is in one of the places sees it')
  const both = await Promise.all([binh, chi].map((one) => one.ask(to('confirm'), { content })))
  t.same(both.map(({ status }) => status).sort(), [200, 409], 'two at once, one outcome')
  for (const late of both.filter(({ status }) => status === 409)) refusedWith('too late', late, [409, 'ask-over'])
  refusedWith('withdrawn too late', await ha.ask(to('withdraw')), [409, 'ask-over'])
  t.equal(stores.auditPages.page({ action: 'emergency.confirm', most: 9 }).length, 1)
  t.equal(((await live.ask('GET /emergencies?which=all')).body as unknown[]).length, 1)

  // a bulletin of a person’s that is an emergency goes no other way round
  const bulletin = await chi.ask('POST /bulletins', { id: 'bt-1', class: 'emergency', title: 'Lũ', text: 'Lũ về', areas: wide })
  refusedWith('round the back', bulletin, [409, 'needs-second'])

  t.match(await ha.ask('POST /emergencies', { ...order, times: 5, messages: [{ microphone: true }] }), { status: 202, body: { times: 1, gapSeconds: 0, messages: [{ kind: 'voice', sound: null }] } }, 'a voice sounds once')
  const gone = await raise()
  const people = stores.people.all().find(({ name }) => name === 'Hà')
  if (!people) throw new Error('no Hà')
  stores.people.update({ ...people, disabledAt: wallMs(Date.now()) })
  refusedWith('whoever asked was sent away', await binh.ask(`POST /emergency-asks/${gone.id}/confirm`, { content: gone.content }), [409, 'raiser-gone'])
})
