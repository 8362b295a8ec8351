import t from 'tap'
import { composeNotice, MAX_FIELDS, templateFault, type NoticeWords } from '../../server/core/notice.ts'
import { nextStarts, onceSession } from '../../server/core/notice-placing.ts'
import { NOTICE_SEEDS } from '../../server/core/notice-seeds.ts'
import { jargonIn } from '../../server/core/notice-words.ts'
import { speechText } from '../../server/core/speech-text.ts'
import { civilInstant } from '../../shared/core/civil.ts'
import type { Session } from '../../shared/core/timetable.ts'

const EXAMPLES: Readonly<Record<string, string>> = { time: '2026-11-23T07:30', place: 'nhà văn hoá thôn Đông', name: 'cụ Nguyễn Văn Bình, hưởng thọ 86 tuổi', line: 'làm đường vào xóm' }
const filled = ({ fields }: NoticeWords): Record<string, string> => Object.fromEntries(fields.map(({ key, kind }) => [key, EXAMPLES[kind] ?? '']))
const [powerCut] = NOTICE_SEEDS as [NoticeWords & { id: string }]

t.test('every template that a station begins with is whole, polite, free of jargon, and said without a figure', async (t) => {
  t.same(NOTICE_SEEDS.map(({ name }) => name), ['Cúp điện', 'Tiêm chủng', 'Họp thôn', 'Tìm trẻ lạc', 'Cáo phó'])
  for (const seed of NOTICE_SEEDS) {
    t.equal(templateFault(seed), null, seed.id)
    t.ok(seed.fields.length <= MAX_FIELDS, seed.id)
    t.same(jargonIn([seed.name, seed.text, ...seed.fields.flatMap(({ label, hint = '' }) => [label, hint])].join(' ')), [], seed.id)
    t.match(seed.text, /^Kính thưa bà con\./)
    t.match(seed.text, /(cảm ơn bà con[^.]*|kính báo)\.$/)
    const composed = composeNotice(seed, filled(seed), 'Xã Đức Trọng')
    if (!composed.ok) throw new Error(composed.fault.en)
    t.notMatch(composed.text, /[{}]/)
    t.notMatch(speechText(composed.text), /[\d{}]/, seed.id)
  }
})

t.test('a time is said as people say it, and its day once', async (t) => {
  const composed = composeNotice(powerCut, { tu: '2026-11-23T08:00', den: '2026-11-23T11:30', noi: 'thôn Đông' }, 'Xã Đức Trọng')
  t.match(composed.ok && composed.text, 'Đài truyền thanh xã Đức Trọng xin thông báo lịch cúp điện. Điện sẽ tạm cúp từ 8 giờ thứ Hai ngày 23 tháng 11, đến 11 giờ 30 phút, tại thôn Đông.')
  const overnight = composeNotice(powerCut, { tu: '2026-11-23T22:00', den: '2026-11-24T05:00', noi: 'thôn Đông' }, null)
  t.match(overnight.ok && overnight.text, 'đến 5 giờ thứ Ba ngày 24 tháng 11')
  t.match(overnight.ok && overnight.text, 'Đài truyền thanh xin thông báo')
})

t.test('what is filled in wrongly is refused with the field and what to do', async (t) => {
  const whole = { tu: '2026-11-23T08:00', den: '2026-11-23T11:30', noi: 'thôn Đông' }
  for (const [field, value] of [['tu', '8 giờ'], ['tu', '2026-02-30T08:00'], ['tu', '2026-11-23T24:00'], ['noi', '  '], ['noi', '…'], ['noi', 'x'.repeat(161)]] as const) {
    const composed = composeNotice(powerCut, { ...whole, [field]: value }, null)
    t.equal(composed.ok ? null : composed.fault.field, `/fields/${field}`, value)
  }
  const strange = composeNotice(powerCut, { ...whole, khac: 'x' }, null)
  t.equal(strange.ok ? null : strange.fault.field, '/fields/khac')
  const missing = composeNotice(powerCut, { tu: whole.tu, den: whole.den }, null)
  t.equal(missing.ok ? null : missing.fault.field, '/fields/noi')
  const inherited = composeNotice({ name: 'x', text: '{constructor} mời bà con', fields: [{ key: 'constructor', label: 'A', kind: 'line' }] }, {}, null)
  t.equal(inherited.ok, false)
})

t.test('what somebody fills in is not read as a field', async (t) => {
  const composed = composeNotice(powerCut, { tu: '2026-11-23T08:00', den: '2026-11-23T11:30', noi: 'thôn {tu} $& Đông' }, null)
  t.match(composed.ok && composed.text, 'tại thôn {tu} $& Đông')
})

t.test('a template whose text and fields do not fit each other is refused', async (t) => {
  const field = { key: 'noi', label: 'Nơi', kind: 'place' } as const
  t.equal(templateFault({ name: 'x', text: 'Mời bà con tới {noi}.', fields: [field] }), null)
  for (const [text, fields] of [['Mời bà con tới {cho}.', [field]], ['Mời bà con.', [field]], ['Tới {noi}.', [field, field]], ['Tới {noi} {.', [field]], ['{dia-ban}', [{ ...field, key: 'dia-ban' }]]] as const) {
    t.equal(templateFault({ name: 'x', text, fields })?.code, 'invalid', text)
  }
})

t.test('jargon is found as a word, not as a part of one', async (t) => {
  t.same(jargonIn('Mời bà con click vào Hệ Thống'), ['hệ thống', 'click'])
  t.same(jargonIn('Profile của xã, thiết bị điện'), [])
})

const session = (id: string, at: string, targets: Session['targets']): Session => ({ id, name: id, at, until: '18:00', days: 'daily', targets, items: [{ chime: 'nhac-hieu' }] })

t.test('each cluster is placed at its own next session, never at one that begins too soon', async (t) => {
  const now = civilInstant('2026-11-23', 6 * 3_600)
  const audience = (targets: Session['targets']): readonly string[] => (targets === 'all' ? ['a', 'b'] : (targets.clusters ?? []))
  const sessions = [session('gan', '06:01', 'all'), session('trua', '11:00', { clusters: ['b'] }), session('chieu', '17:00', 'all')]
  t.same(nextStarts(sessions, ['b', 'a', 'c'], { now, audience }), [
    { at: civilInstant('2026-11-23', 11 * 3_600), clusters: ['b'] },
    { at: civilInstant('2026-11-23', 17 * 3_600), clusters: ['a'] },
  ])
  t.same(nextStarts([], ['a'], { now, audience }), [])
})

t.test('a session of its own lasts as long as what sounds in it, also over midnight', async (t) => {
  const made = onceSession({ id: 'tb-1', name: 'Thông báo', at: civilInstant('2026-11-23', 86_390), ms: 20_100, targets: 'all', items: [{ file: 'x' }] })
  t.match(made, { at: '23:59:50', until: '00:00:11', days: { once: '2026-11-23' } })
})
