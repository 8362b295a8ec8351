import t from 'tap'
import { capAudience, inPolygon, type CapGround } from '../../server/core/cap-area.ts'
import { dangerOf } from '../../server/core/cap-danger.ts'
import { readCap, type CapArea } from '../../server/core/cap-message.ts'
import { capTitle, MAX_SPOKEN_CHARACTERS, spokenText } from '../../server/core/cap-text.ts'
import { scanXml } from '../../server/adapters/xml-scan.ts'
import { parseXml, treeOf } from '../../server/adapters/xml-tree.ts'
import { alertXml, type AlertText } from '../support/cap-alerts.ts'

const read = (xml: string): ReturnType<typeof readCap> => {
  const parsed = parseXml(xml)
  if (!parsed.ok) throw new Error(parsed.why)
  return readCap(treeOf(parsed.value.documentElement))
}
const whyNot = (alert: AlertText): string => {
  const message = read(alertXml(alert))
  return message.ok ? 'taken' : message.why
}

t.test('an alert is read with all that is used of it', async (t) => {
  const polygon = '<polygon>11.7,108.3 11.8,108.3 11.8,108.4 11.7,108.3</polygon><circle>11.7,108.3 2.5</circle>'
  const message = read(alertXml({ references: 'a@b,X-1,2026-11-22T00:00:00+00:00\n a@b,X-2,2026-11-22T07:00:00+07:00', infos: [{ area: polygon, expires: '2026-11-23T05:00:00+07:00' }, { language: null, certainty: 'Very Likely' }] }))
  t.match(message, {
    ok: true,
    value: {
      identifier: 'LD-1', sent: Date.UTC(2026, 10, 22, 20, 59), status: 'Actual', msgType: 'Alert',
      infos: [
        { language: 'vi-vn', severity: 'Extreme', expires: Date.UTC(2026, 10, 22, 22), areas: [{ polygons: [{ length: 4 }], circles: [{ centre: { lat: 11.7, lon: 108.3 }, radiusKm: 2.5 }] }] },
        { language: 'vi-vn', certainty: 'Likely', areas: [{ geocodes: [{ name: 'VN-AREA', value: '24958' }] }] },
      ],
    },
  })
  if (message.ok) t.same(message.value.references.map((r) => r.key), [`a@b,X-1,${Date.UTC(2026, 10, 22)}`, `a@b,X-2,${Date.UTC(2026, 10, 22)}`], 'the same instant in two zones is the same')
})

t.test('what is no alert is refused with a sentence that names the place', async (t) => {
  t.match(read('<alert/>'), { ok: false, why: /CAP 1\.2/ })
  t.match(read(alertXml().replace('cap:1.2', 'cap:1.1')), { ok: false })
  t.match(whyNot({ identifier: 'a b' }), /identifier must/)
  t.match(whyNot({ identifier: '' }), /identifier is missing/)
  t.match(whyNot({ sent: '2026-11-23 04:00' }), /sent is no date/)
  t.match(whyNot({ sent: '2026-11-23T04:00:00' }), /zone/)
  t.match(whyNot({ status: 'Real' }), /status is "Real"/)
  t.match(whyNot({ references: 'a,b' }), /no reference/)
  t.match(whyNot({ infos: [{ severity: 'Huge' }] }), /severity is "Huge"/)
  t.match(whyNot({ infos: [{ area: '<polygon>11,108 12,108 12,109</polygon>' }] }), /4 to/)
  t.match(whyNot({ infos: [{ area: '<polygon>11,108 12,108 12,109 11,109</polygon>' }] }), /not closed/)
  t.match(whyNot({ infos: [{ area: '<polygon>91,108 12,108 12,109 91,108</polygon>' }] }), /no point/)
  t.match(whyNot({ infos: [{ area: '<circle>11,108 -1</circle>' }] }), /circle/)
  t.match(whyNot({ infos: [{ headline: '<b>x</b>' }] }), /text only/)
  t.match(whyNot({ infos: [{ description: 'x'.repeat(20_001) }] }), /shorten/)
  t.match(whyNot({ infos: Array.from({ length: 17 }, () => ({})) }), /more than 16/)
  t.match(whyNot({ more: '<sender>zweiter</sender>' }), /stands twice/)
})

t.test('danger follows severity, then how soon and how sure it is', async (t) => {
  const danger = (severity: string, urgency: string, certainty: string): number => dangerOf({ severity, urgency, certainty } as Parameters<typeof dangerOf>[0])
  t.equal(danger('Extreme', 'Immediate', 'Observed'), 9)
  t.equal(danger('Severe', 'Immediate', 'Likely'), 7)
  t.equal(danger('Extreme', 'Future', 'Possible'), 6)
  t.equal(danger('Minor', 'Past', 'Unlikely'), 0)
  t.equal(danger('Unknown', 'Unknown', 'Unknown'), 3)
})

t.test('what is spoken is bounded, and the description gives way before the instruction', async (t) => {
  const info = { event: 'Lũ', headline: 'Lũ quét', description: 'Nước  lên\n nhanh', instruction: 'Lên chỗ cao!' }
  t.equal(spokenText(info), 'Lũ quét. Nước lên nhanh. Lên chỗ cao!')
  t.equal(spokenText({ ...info, headline: '', description: '', instruction: '' }), 'Lũ.')
  t.equal(spokenText({ ...info, description: 'Lũ quét: nước lên nhanh.' }), 'Lũ quét. nước lên nhanh. Lên chỗ cao!', 'nothing is said twice')
  const long = spokenText({ ...info, description: 'Mưa rất to trên diện rộng. '.repeat(200), instruction: 'Hãy lên chỗ cao ngay bây giờ.' })
  t.ok(long.length <= MAX_SPOKEN_CHARACTERS, `${long.length}`)
  t.match(long, /diện rộng\. Hãy lên chỗ cao ngay bây giờ\.$/)
  const all = 'chữ '.repeat(2_000)
  t.ok(spokenText({ event: 'x', headline: all, description: all, instruction: all }).length <= MAX_SPOKEN_CHARACTERS)
  t.equal(capTitle({ event: 'x', headline: 'a'.repeat(300) }).length, 120)
})

const AREAS = [
  { code: '68', name: 'Lâm Đồng', kind: 'province' },
  { code: '24958', name: 'Đức Trọng', kind: 'commune', parent: '68' },
  { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958' },
  { code: '24958-tay', name: 'Thôn Tây', kind: 'hamlet', parent: '24958' },
  { code: '24959', name: 'Hiệp Thạnh', kind: 'commune', parent: '68' },
] as const
const at = (id: string, lat: number | null, lon: number | null): CapGround['clusters'][number] => ({ id, name: id, lat, lon })
const ground: CapGround = {
  areas: [...AREAS], groups: [], day: 20_780, geocodes: ['VN-AREA'],
  memberships: [['dong-1', '24958-dong'], ['dong-2', '24958-dong'], ['tay-1', '24958-tay'], ['xa', '24958'], ['khac', '24959']].map(([cluster = '', area = '']) => ({ cluster, area })),
  clusters: [at('dong-1', 11.75, 108.35), at('dong-2', null, null), at('tay-1', 11.75, 108.25), at('xa', null, null), at('khac', null, null)],
}
const box: CapArea['polygons'][number] = [{ lat: 11.7, lon: 108.3 }, { lat: 11.8, lon: 108.3 }, { lat: 11.8, lon: 108.4 }, { lat: 11.7, lon: 108.4 }, { lat: 11.7, lon: 108.3 }]
const area = (over: Partial<CapArea>): CapArea => ({ geocodes: [], polygons: [], circles: [], ...over })

t.test('an area is meant by code, by polygon and by circle', async (t) => {
  t.same(capAudience([area({ geocodes: [{ name: 'VN-AREA', value: '24958-tay' }, { name: 'VN-AREA', value: '1' }, { name: 'FIPS6', value: '24959' }] })], ground), { clusters: ['tay-1'], unknown: ['1'], unplaced: [] })
  t.same(capAudience([area({ geocodes: [{ name: 'VN-AREA', value: '68' }] })], ground).clusters.length, 5)
  t.same(capAudience([area({ polygons: [box] })], ground).clusters, ['dong-1', 'dong-2', 'xa'])
  t.same(capAudience([area({ circles: [{ centre: { lat: 11.75, lon: 108.25 }, radiusKm: 0.1 }] })], ground).clusters, ['tay-1', 'xa'])
  t.same(capAudience([area({ circles: [{ centre: { lat: 0, lon: 0 }, radiusKm: 10 }] })], ground), { clusters: [], unknown: [], unplaced: ['khac'] })
})

t.test('a cluster without coordinates hears what its hamlet hears, else what its commune hears, and is named where neither is known', async (t) => {
  const { clusters, unplaced } = capAudience([area({ polygons: [box] })], ground)
  t.ok(clusters.includes('dong-2'), 'as its neighbour in the hamlet')
  t.ok(clusters.includes('xa'), 'as somebody in the commune')
  t.same(unplaced, ['khac'])
  t.notOk(capAudience([area({ polygons: [box] })], { ...ground, clusters: ground.clusters.map((c) => (c.id === 'tay-1' ? { ...c, lat: null, lon: null } : c)).map((c) => (c.id === 'dong-1' ? { ...c, lon: 108.5 } : c)) }).clusters.length > 0, 'all outside')
})

t.test('a point is inside a ring or not, also where the ring has a bay', async (t) => {
  const bay = [[0, 0], [0, 4], [4, 4], [4, 3], [1, 2], [4, 1], [4, 0], [0, 0]].map(([lat = 0, lon = 0]) => ({ lat, lon }))
  t.same([[0.5, 2], [3, 2], [3, 0.5], [3, 3.5], [5, 2], [-1, 2], [2, 5]].map(([lat = 0, lon = 0]) => inPolygon({ lat, lon }, bay)), [true, false, true, true, false, false, false])
})

t.test('the scanner bounds documents and is not misled by what stands in quotes, comments and CDATA', async (t) => {
  t.equal(scanXml('<a b="<>"><!-- <b> --><![CDATA[<c><!DOCTYPE]]></a>').ok, true)
  t.equal(scanXml('<?xml version="1.0"?><a/>').ok, true)
  for (const bad of ['<!DOCTYPE a><a/>', ' <?xml version="1.0"?><a/>', '<a><?php ?></a>', '<a b="', '<!-- ', '<![CDATA[ ', '', 'text']) t.equal(scanXml(bad).ok, false, bad)
  t.equal(scanXml('<a>'.repeat(33)).ok, false)
  t.equal(scanXml(`<a ${'x'.repeat(3_000)}>`).ok, false)
})
