import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { NotifySettings, NO_NOTIFY } from '../../server/core/notify-ports.ts'
import { ROLES as SERVER_ROLES } from '../../server/core/identity.ts'
import { Area, PolicyText } from '../../shared/core/timetable.ts'
import { ACTIONS, AUDIT_KINDS } from '../../server/web/app/src/screens/admin/audit-actions.ts'
import { aboutText, actionText, actorText } from '../../server/web/app/src/screens/admin/audit-text.ts'
import { hamletCode, isCode, kindWithin } from '../../server/web/app/src/screens/admin/area-code.ts'
import { draftOf as grantDraft, grantsOf, isWhole } from '../../server/web/app/src/screens/admin/grants.ts'
import { draftOf as policyDraft, isWhole as isWholePolicy, policyId, policyOf } from '../../server/web/app/src/screens/admin/policy-form.ts'
import { ROLES } from '../../server/web/app/src/screens/admin/role.ts'
import { draftOf as waysDraft, waysOf } from '../../server/web/app/src/screens/admin/ways.ts'
import { outcomeOfLive, outcomeOfTone } from '../../server/web/app/src/screens/begin/outcome.ts'
import { renamed } from '../../server/web/app/src/screens/begin/station.ts'
import { ROOT } from '../support/tree.ts'

/** Actions that the server writes into its audit log, as its sources name them. */
function writtenActions(): Set<string> {
  const folder = join(ROOT, 'server', 'features')
  const found = new Set<string>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue
    const text = readFileSync(join(folder, path), 'utf8')
    // a route's right stands beside `config`, not beside who acts
    for (const [, action = ''] of text.matchAll(/actor(?::[^,{}]+)?, action: '([a-z.-]+)'/g)) found.add(action)
    for (const [, one = '', two = ''] of text.matchAll(/actor(?::[^,{}]+)?, action: \w+ \? '([a-z.-]+)' : '([a-z.-]+)'/g)) found.add(one).add(two)
    for (const [, action = ''] of text.matchAll(/\b(?:decide|ending)\((?:visitor, )?'([a-z.-]+)'/g)) found.add(action)
  }
  return found
}

t.test('whatever the server writes into its audit log is told in words', async (t) => {
  const written = writtenActions()
  t.ok(written.size > 80, String(written.size))
  t.same([...written].filter((action) => !Object.hasOwn(ACTIONS, action)).sort(), [])
  const begins = new Set([...Object.keys(ACTIONS)].map((action) => action.split('.')[0]))
  t.same(Object.keys(AUDIT_KINDS).filter((kind) => !begins.has(kind)), [], 'every kind to look for has actions')
})

t.test('a row of the audit log reads as a sentence', async (t) => {
  t.equal(actorText({ actor: 'person:abc', actorName: 'Lò Thị Mai' }, 'vi'), 'Lò Thị Mai')
  t.equal(actorText({ actor: 'server', actorName: null }, 'vi'), 'Hệ thống')
  t.equal(actorText({ actor: 'link:abc', actorName: null }, 'vi'), 'Người xem bằng đường dẫn')
  t.equal(actorText({ actor: 'weather', actorName: null }, 'vi'), 'weather', 'who is not known is not hidden')
  t.equal(actionText('person.invite', 'vi'), 'mời một người')
  t.equal(actionText('constructor', 'vi'), 'constructor')
  t.equal(aboutText({ name: 'Cụm chợ', reason: 'đám tang', other: 3 }), 'Cụm chợ · đám tang')
  t.equal(aboutText(null) + aboutText([1]) + aboutText('x'), '')
})

t.test('roles that can be given are those of the server, and a grant comes back as it was', async (t) => {
  t.same([...ROLES].sort(), [...SERVER_ROLES].sort())
  const grants = [{ role: 'operator', areas: ['24958'], until: '2026-12-31' }, { role: 'administrator', areas: 'all' }] as const
  t.same(grantsOf(grants.map(grantDraft)), grants)
  const placeless = { role: 'operator', everywhere: false, areas: [], until: '' } as const
  t.notOk(isWhole([{ ...placeless, areas: [] }]))
  t.same(grantsOf([{ ...placeless, areas: [] }]), [])
})

t.test('a policy comes back from its form as it was, in the form of the server', async (t) => {
  const policy = { label: 'Của xã', windows: ['05:00-07:00', '16:30-18:30'], quiet: ['21:00-05:00'], warn: [], volume: [{ at: '05:00-06:00', percent: 80 }], mourning: ['2026-01-02'], caps: { minutesPerDay: 120 } }
  const back = policyOf(policyDraft(policy), policy)
  t.same(back, policy)
  t.ok(Value.Check(PolicyText, back))
  t.ok(Value.Check(PolicyText, policyOf(policyDraft({}), {})), 'one that says nothing is the default')
  t.ok(isWholePolicy(policyDraft(policy)))
  t.notOk(isWholePolicy(policyDraft({ ...policy, windows: ['5:00-7:00'] })), 'an hour has two digits')
  t.equal(policyId('Quy định của xã Đức Trọng', []), 'quy-dinh-cua-xa-duc-trong')
  t.equal(policyId('Quy định', ['quy-dinh', 'quy-dinh-2']), 'quy-dinh-3')
  t.match(policyId('★', []), /^[a-z0-9-]{1,40}$/)
})

t.test('the ways out come back as they were, and what is not shown stays', async (t) => {
  const whole = {
    ...NO_NOTIFY, pages: 'https://dai.xa.vn', zalo: { form: { url: 'https://zalo.example/{to}' } }, webhook: { secret: '••••••••••••••••' },
    sms: { kind: 'gateway', form: { url: 'https://sms.example/?to={to}', method: 'POST', headers: { authorization: '••••••••••••••••' }, body: '{text}' } },
    email: { host: 'mail.xa.vn', port: 465, secure: true, user: 'dai', password: '••••••••••••••••', from: 'Đài <dai@xa.vn>' },
  } as const
  const back = waysOf(waysDraft(whole), whole)
  t.same(back, whole)
  t.ok(Value.Check(NotifySettings, back))
  const off = waysOf({ ...waysDraft(whole), hasMail: false, sms: 'none', pages: ' ' }, whole)
  t.match(off, { email: null, sms: null, pages: null, zalo: whole.zalo })
  t.ok(Value.Check(NotifySettings, off))
})

t.test('an area that is added has a code of its kind', async (t) => {
  t.equal(kindWithin(null), 'province')
  t.equal(kindWithin('province'), 'commune')
  t.equal(kindWithin('hamlet'), null)
  t.equal(hamletCode('24958', 'Thôn Đông'), '24958-dong')
  t.equal(hamletCode('24958', 'Tổ dân phố số 3'), '24958-so3')
  t.equal(hamletCode('24958', 'Thôn'), '24958-thon', 'a name of one word is not taken away')
  t.equal(hamletCode('24958', '★'), '')
  for (const name of ['Thôn Phú Thạnh Hiệp Thành Nhì', 'Buôn K’Nai']) t.ok(Value.Check(Area, { code: hamletCode('24958', name), name, kind: 'hamlet', parent: '24958' }), name)
  t.ok(isCode('commune', '24958') && isCode('province', '68') && !isCode('commune', '2495'))
})

t.test('naming the station changes its codes wherever they stand, and ends those that are given up', async (t) => {
  const before = {
    version: 1, station: 'Đài truyền thanh xã', policies: { 'mac-dinh': {} },
    areas: [{ code: '00', name: 'Tỉnh', kind: 'province' }, { code: '00001', name: 'Xã', kind: 'commune', parent: '00', policy: 'mac-dinh' }, { code: '00001-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '00001' }],
    sessions: [{ id: 'sang', targets: 'all' as const }, { id: 'rieng', targets: { areas: ['00001-dong'], clusters: ['x'] } }],
  }
  const same = renamed(before, { station: 'Đài xã', today: '2026-11-22', province: { before: '00', code: '00', name: 'Tỉnh nhà' }, commune: { before: '00001', code: '00001', name: 'Xã nhà' } })
  t.same(same.areas.map(({ code, name }) => [code, name]), [['00', 'Tỉnh nhà'], ['00001', 'Xã nhà'], ['00001-dong', 'Thôn Đông']], 'a name alone ends nothing')
  t.same(renamed(before, { station: 'Đài Đức Trọng', today: '2026-11-22', province: { before: '00', code: '68', name: 'Lâm Đồng' }, commune: { before: '00001', code: '24958', name: 'Xã Đức Trọng' } }), {
    version: 1, station: 'Đài Đức Trọng', policies: { 'mac-dinh': {} },
    areas: [
      { code: '68', name: 'Lâm Đồng', kind: 'province' }, { code: '24958', name: 'Xã Đức Trọng', kind: 'commune', parent: '68', policy: 'mac-dinh' }, { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958' },
      ...before.areas.map((area, n) => ({ ...area, to: '2026-11-22', mergedInto: ['68', '24958', '24958-dong'][n] })),
    ],
    sessions: [{ id: 'sang', targets: 'all' }, { id: 'rieng', targets: { areas: ['24958-dong'], clusters: ['x'] } }],
  })
})

t.test('a sound counts as heard only by the word of the cluster', async (t) => {
  const why = { vi: 'tắt tiếng', en: 'muted' }
  t.match(outcomeOfTone({ id: 'x', state: 'taken', why: null }), { result: 'waiting', isOver: false })
  t.match(outcomeOfTone({ id: 'x', state: 'done', why: null }), { result: 'done', isOver: true })
  t.match(outcomeOfTone({ id: 'x', state: 'refused', why }), { result: 'failed', why, isOver: true })
  t.match(outcomeOfTone({ id: 'x', state: 'expired', why: null }), { result: 'failed', isOver: true })
  const rows = (state: string) => [{ cluster: 'a', state, why: null }]
  t.match(outcomeOfLive({ id: 'x', state: 'waiting', rows: rows('ordered') }, 'a', null), { result: 'waiting' })
  const sounding = outcomeOfLive({ id: 'x', state: 'sounding', rows: rows('sounding') }, 'a', null)
  t.match(sounding, { result: 'sounding', isOver: false })
  t.match(outcomeOfLive({ id: 'x', state: 'ended', rows: rows('ended') }, 'a', sounding), { result: 'done', isOver: true })
  t.match(outcomeOfLive({ id: 'x', state: 'ended', rows: rows('ended') }, 'a', null), { result: 'failed', isOver: true }, 'over without a sound')
  t.match(outcomeOfLive({ id: 'x', state: 'sounding', rows: rows('sounding') }, 'b', null), { result: 'waiting' }, 'another cluster sounds')
})
