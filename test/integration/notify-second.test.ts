import t from 'tap'
import type { Sender } from '../../server/core/notify-ports.ts'
import type { Dispatch } from '../../server/core/notify-store.ts'
import { createNotifier, createPost } from '../../server/features/notify/plugin.ts'
import { AREAS, serverWorld } from '../support/server-world.ts'

t.test('who may agree to an emergency is told at once, also at night, and nobody else; administrators are told of one that was sent alone', async (t) => {
  const { deps, clock } = await serverWorld(t)
  for (const area of [...AREAS, { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' } as const]) deps.stores.areas.put(area)
  const wide = ['24958', '24961']
  const people = [
    ['ha', 'announcer', wide], ['binh', 'announcer', wide], ['tinh', 'announcer', 'all'], ['cuc', 'announcer', ['24958']], ['dao', 'operator', wide], ['chi', 'administrator', ['24961']], ['xa', 'administrator', ['24001']],
  ] as const
  for (const [id, role, areas] of people) {
    deps.stores.people.insert({ id, name: id, phone: null, grants: [{ role, areas }], createdAt: clock.wall(), disabledAt: null })
    deps.stores.notify.putProfile({ actor: `person:${id}`, channels: [{ channel: 'sms', to: id }], severity: 'urgent', fromMinute: 360, toMinute: 1_200, faultsAtNight: false, digestMinutes: 60, onDuty: false })
  }
  const sent: Dispatch[] = []
  const keep: Sender = async (dispatch) => {
    sent.push(dispatch)
    return { ok: true }
  }
  const notifier = createNotifier(deps)
  const post = createPost({ ...deps, senders: () => ({ sms: keep }) })
  const told = async (kind: string, detail: object): Promise<Dispatch[]> => {
    sent.length = 0
    notifier.heard({ kind, at: clock.wall(), areas: wide, subject: 'abcdefghij', detail: { title: 'Vỡ đê', name: 'Lò Thị Hà', actor: 'person:ha', drill: false, clusters: 41, communes: 2, everywhere: false, ...detail } })
    notifier.flush()
    await post.look()
    return sent
  }
  const asked = await told('emergency.asked', {})
  t.same(asked.map(({ to }) => to).sort(), ['binh', 'tinh'], 'not whoever asks, nor those of one commune or of another role')
  t.match(asked[0], { severity: 'urgent', path: '/khan-cap/cho-dong-y/abcdefghij', title: 'Cần thêm một người đồng ý: Vỡ đê', text: /Lò Thị Hà xin phát khẩn cấp tới 2 xã, 41 cụm loa\./ })
  t.same((await told('emergency.asked', { everywhere: true, drill: true })).map(({ to, title }) => [to, title]), [['tinh', 'Cần thêm một người đồng ý: DIỄN TẬP · Vỡ đê']])
  const alone = await told('emergency.alone', { reason: 'Không ai nghe máy' })
  t.same(alone.map(({ to }) => to), ['chi'], 'of one of its places')
  t.match(alone[0], { severity: 'urgent', path: '/khan-cap/abcdefghij', text: /Người phát: Lò Thị Hà.*Lý do: Không ai nghe máy/s })
  t.same(await told('emergency.ask-changed', {}), [], 'the rest is for screens')
})
