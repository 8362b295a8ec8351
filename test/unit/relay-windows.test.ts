import t from 'tap'
import { isMourning, relaysNamed, relayWindows, type RelayPlanInput, type RelayWindow } from '../../server/core/relay-windows.ts'
import { relaySourceOf } from '../../server/core/relay-ports.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'

const MINUTE = 60_000
/** Monday 23 November 2026, 05:30 in Viet Nam. */
const AT_0530 = Date.UTC(2026, 10, 22, 22, 30)
const relay = (name: string, length: string) => ({ relay: name, length, substitute: 'thay.opus' })
const session = (over: Partial<Session>): Session => ({ id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [relay('vov1', '30m')], ...over })
const input = (sessions: readonly Session[], over: Partial<RelayPlanInput> = {}): RelayPlanInput => ({
  sessions,
  areas: [{ code: '68', name: 'Tỉnh', kind: 'province' }, { code: '24958', name: 'Xã', kind: 'commune', parent: '68', policy: 'cua-xa' }],
  groups: [],
  memberships: [{ cluster: 'a', area: '24958', from: '2026-01-01' }],
  clusters: [{ id: 'a', name: 'A', stagger: 0 }, { id: 'b', name: 'B', stagger: 3 }],
  find: (ref) => (ref.kind === 'chime' ? [{ sha: 'c'.repeat(43), ms: 20_000 }] : [{ sha: 'f'.repeat(43), ms: 60_000 }]),
  ...over,
})
const windows = (plan: RelayPlanInput, from = AT_0530 - 20 * MINUTE, forMs = 60 * MINUTE, apartMs = MINUTE) => relayWindows(plan, { from: wallMs(from), to: wallMs(from + forMs) }, apartMs)
/** In minutes from 05:30. */
const told = (found: readonly RelayWindow[]) => found.map(({ relay: id, start, end }) => [id, (start - AT_0530) / MINUTE, (end - AT_0530) / MINUTE])

t.test('a relay is due where its item lies in the session, to the exact end', async (t) => {
  t.same(told(windows(input([session({ items: [{ chime: 'nhac-hieu' }, relay('vov1', '30m')] })]))), [['vov1', 1 / 3, 30 + 1 / 3]])
  t.same(told(windows(input([session({ items: [{ file: 'x' }, relay('vov1', '90m')] })]))), [['vov1', 1, 60]], 'cut at the end of the session')
})

t.test('only what lies in the hour asked for is told, also when it has begun', async (t) => {
  t.same(windows(input([session({})]), AT_0530 - 61 * MINUTE), [])
  t.same(told(windows(input([session({})]), AT_0530 + 20 * MINUTE)), [['vov1', 0, 30]])
  t.same(windows(input([session({})]), AT_0530 + 30 * MINUTE), [])
})

t.test('sessions that want the same relay share one window; others have their own', async (t) => {
  const found = windows(input([session({}), session({ id: 'hai', at: '05:40', until: '06:20', items: [relay('vov1', '40m'), relay('vov4', '10m')] }), session({ id: 'ba', items: [relay('vov2', '5m')] })]))
  t.same(told(found), [['vov1', 0, 50], ['vov2', 0, 5]])
  t.same(found[0]?.sessions, ['hai', 'sang'])
})

t.test('windows of one relay that lie close together are one: it is not closed to be opened again', async (t) => {
  const twice = session({ items: [relay('vov1', '10m'), { file: 'x' }, relay('vov1', '10m')] })
  t.same(told(windows(input([twice]))), [['vov1', 0, 21]])
  t.same(told(windows(input([twice]), undefined, undefined, 0)), [['vov1', 0, 10], ['vov1', 11, 21]])
})

t.test('a staggered session needs the relay until its last group has heard it', async (t) => {
  t.same(told(windows(input([session({ stagger: '2m' })]))), [['vov1', 0, 36]])
  t.same(told(windows(input([session({ stagger: '2m', targets: { clusters: ['a'] } })]))), [['vov1', 0, 30]], 'nobody of the later groups listens')
  t.same(told(windows(input([session({ stagger: '2m' })]), AT_0530 + 33 * MINUTE)), [['vov1', 0, 36]], 'also when the session itself is over')
})

t.test('a session that nobody hears opens nothing, and so do those without a relay or on another day', async (t) => {
  t.same(windows(input([session({ targets: { groups: ['khong-co'] } }), session({ id: 'khac', items: [{ file: 'x' }] }), session({ id: 'mai', days: { once: '2026-11-24' } })])), [])
})

t.test('a session over midnight is due on both days', async (t) => {
  const night = session({ at: '23:50', until: '00:20', items: [relay('vov1', '25m')] })
  const midnight = Date.UTC(2026, 10, 22, 17, 0)
  const found = windows(input([night]), midnight + MINUTE)
  t.same(found.map(({ start, end }) => [start - midnight, end - midnight]), [[-10 * MINUTE, 15 * MINUTE]])
})

t.test('mourning is that of those who hear the relay', async (t) => {
  const [own, area] = [windows(input([session({ policy: 'rieng' })]))[0], windows(input([session({})]))[0]]
  t.same(own?.policies, ['rieng'], 'the policy of the session')
  t.same(area?.policies, ['cua-xa', 'mac-dinh'], 'or those of the areas')
  const policies = [{ id: 'cua-xa', text: { mourning: ['2026-11-23'] } }, { id: 'khac', text: { mourning: ['2026-11-24'] } }]
  t.ok(isMourning({ policies, spans: [] }, ['cua-xa', 'mac-dinh'], wallMs(AT_0530)))
  t.notOk(isMourning({ policies, spans: [] }, ['khac'], wallMs(AT_0530)))
  t.notOk(isMourning({ policies, spans: [] }, ['cua-xa'], wallMs(AT_0530 + 19 * 60 * MINUTE)), 'the next day it is over')
  const spans = [{ from: wallMs(AT_0530), to: wallMs(AT_0530 + MINUTE) }]
  t.ok(isMourning({ policies: [], spans }, ['khac'], wallMs(AT_0530)), 'set on the desk, it counts for every relay')
  t.notOk(isMourning({ policies: [], spans }, ['khac'], wallMs(AT_0530 + MINUTE)))
})

t.test('relays that sessions name are told once each', async (t) => {
  t.same(relaysNamed([session({}), session({ items: [relay('vov4', '5m'), relay('vov1', '5m')] })]), ['vov1', 'vov4'])
})

t.test('an address is a stream of the network, an input of the server, or the line of the cluster', async (t) => {
  t.same(relaySourceOf('https://streaming.example.vn/vov1/playlist.m3u8?a=1'), { kind: 'url', url: 'https://streaming.example.vn/vov1/playlist.m3u8?a=1' })
  t.same(relaySourceOf('http://127.0.0.1:8000/vov.mp3'), { kind: 'url', url: 'http://127.0.0.1:8000/vov.mp3' })
  t.same(relaySourceOf('alsa:hw:1,0'), { kind: 'alsa', device: 'hw:1,0' })
  t.same(relaySourceOf('line'), { kind: 'line' })
  for (const bad of ['', 'file:///etc/passwd', '/etc/passwd', 'concat:a|b', 'https://user:word@host/x', 'alsa:-i', 'alsa:', 'http://', 'https://a b', 'pipe:0', `https://a/${'x'.repeat(500)}`]) {
    t.equal(relaySourceOf(bad), null, bad)
  }
})
