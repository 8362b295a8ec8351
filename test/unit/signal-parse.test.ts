import { Value } from 'typebox/value'
import t from 'tap'
import { parseCesq, parseCops, parseCpsi, parseCsq, parseIccid, parseQcsq, parseQeng, parseVendor } from '../../agent/core/signal-parse.ts'
import { mmReading, parseMmIccid, parseMmList, parseMmRate, parseMmSignal, parseMmSim } from '../../agent/core/signal-mm.ts'
import { mergeSignals, type ParsedSignal } from '../../agent/core/signal-figures.ts'
import { Radio } from '../../shared/protocol/messages/beat.ts'

const figures = (parsed: ParsedSignal | null): unknown => parsed?.figures ?? null

t.test('CSQ tells RSSI, and nothing for 99 or the TD-SCDMA range', async (t) => {
  t.same(figures(parseCsq('+CSQ: 21,99')), [null, null, null, -71])
  t.same(figures(parseCsq('\r\n+CSQ: 0,0\r\n\r\nOK\r\n')), [null, null, null, -113])
  t.same(figures(parseCsq('+CSQ: 31,99')), [null, null, null, -51])
  for (const none of ['+CSQ: 99,99', '+CSQ: 150,99', '+CSQ: 32,99', '+CSQ: ,', 'ERROR', '']) t.equal(parseCsq(none), null, none)
})

t.test('CESQ tells RSRP and RSRQ by index, and 255 is unknown', async (t) => {
  t.same(figures(parseCesq('+CESQ: 99,99,255,255,31,62')), [-79, -4.5, null, null])
  t.same(figures(parseCesq('+CESQ: 99,99,255,255,1,97')), [-44, -19.5, null, null])
  t.same(figures(parseCesq('+CESQ: 40,0,255,255,255,255')), [null, null, null, -71], 'GSM')
  t.same(figures(parseCesq('+CESQ: 99,99,255,255,255,255,65,66,77')), [-91, -11, 15, null], '5G')
  t.equal(parseCesq('+CESQ: 99,99,255,255,255,255'), null)
  t.equal(parseCesq('+CESQ: 99,99'), null)
})

t.test('QCSQ is read by the mode that it names, never by position alone', async (t) => {
  t.same(parseQcsq('+QCSQ: "LTE",-69,-102,150,-12'), { figures: [-102, -12, 10, -69], tech: 'LTE' })
  t.same(figures(parseQcsq('+QCSQ: "LTE",77,-102,150,-12')), [-102, -12, 10, -77], 'RSSI without its sign')
  t.same(figures(parseQcsq('+QCSQ: "LTE",-51,-79,20,-8')), [-79, -8, 20, -51], 'SINR in dB')
  t.same(figures(parseQcsq('+QCSQ: "CAT-M1",-60,-90,125,-9')), [-90, -9, 5, -60])
  t.same(parseQcsq('+QCSQ: "NR5G",-75,4,-11'), { figures: [-75, -11, 4, null], tech: 'NR5G-SA' })
  t.same(figures(parseQcsq('+QCSQ: "WCDMA",-69,-75,-5')), [null, null, null, -69])
  for (const none of ['+QCSQ: "NOSERVICE"', '+QCSQ: "NR5G",-85,-12,30,-', '+QCSQ: "WIMAX",-69,-102,150,-12', '+QCSQ:']) t.equal(parseQcsq(none), null, none)
})

t.test('QENG is read for LTE, 5G SA and both lines of 5G NSA', async (t) => {
  t.same(parseQeng('+QENG: "servingcell","NOCONN","LTE","FDD",302,610,844D92A,248,900,2,5,5,D6E7,-89,-8,-61,17,38'),
    { figures: [-89, -8, 17, -61], tech: 'LTE', band: 'B2', cell: '844D92A' })
  t.same(parseQeng('+QENG: "servingcell","NOCONN"\r\n+QENG: "LTE","FDD",460,01,5F1EA15,12,1650,3,5,5,DE10,-99,-12,-67,11,9,230,-\r\n+QENG:"NR5G-NSA",460,01,747,-71,33,-11,627264,78,12,1\r\n\r\nOK'),
    { figures: [-99, -12, 11, -67], tech: '5G NSA', band: 'B3', cell: '5F1EA15' })
  t.same(parseQeng('+QENG: "servingcell","NOCONN","NR5G-SA","TDD",310,260,18666712F,335,794E00,516270,41,12,-75,-11,5,1,-'),
    { figures: [-75, -11, 5, null], tech: 'NR5G-SA', band: 'n41', cell: '18666712F' })
  t.same(figures(parseQeng('+QENG: "servingcell","LIMSRV","LTE","FDD",302,610,844D92A,248,900,2,5,5,D6E7,-,-,-61,-,38')), [null, null, null, -61], '- is missing')
  t.same(figures(parseQeng('+QENG: "servingcell","CONNECT","LTE","FDD",302,610,844D92A,248,900,2,5,5,D6E7,-89,-8,-61,185,38')), [-89, -8, 17, -61], 'SINR × 5 + 100')
  for (const none of ['+QENG: "servingcell","SEARCH"', '+QENG: "servingcell","NOCONN","NR5G-SA","FDD",460,11,24211A484,649,242000,428910,1,6,-,-,-,0,-', '+QENG: "neighbourcell intra","LTE",38950,276,-3,-88,-65,0']) t.equal(parseQeng(none), null, none)
})

t.test('CPSI is read in tenths, in whole decibels and in indexes', async (t) => {
  t.same(parseCpsi('+CPSI: LTE,Online,505-01,0x5A1E,187214780,257,EUTRAN-BAND3,1850,5,5,-94,-850,-545,15'),
    { figures: [-85, -9.4, 15, -54.5], tech: 'LTE', band: 'B3', cell: '187214780' })
  t.same(figures(parseCpsi('+CPSI: LTE,Online,460-11,0x774B,126375687,303,EUTRAN-BAND1,100,5,0,12,36,42,5')), [-105, -14, 5, null])
  t.same(parseCpsi('+CPSI: LTE CAT-M1,Online,460-00,0x18D0,1234,1,EUTRAN-BAND8,3688,3,3,-11,-98,-72,14'),
    { figures: [-98, -11, 14, -72], tech: 'LTE CAT-M1', band: 'B8', cell: '1234' })
  t.same(figures(parseCpsi('+CPSI: NR5G_SA,Online,460-11,0x1,1234,1,NR5G_BAND78,627264,-950,-110,90')), [-95, -11, 9, null])
  for (const none of ['+CPSI: NO SERVICE,Online', '+CPSI: GSM,Online,460-00,0x182d,12401,27 EGSM 900,-64,2110,42-42', '+CPSI: LTE,Online']) t.equal(parseCpsi(none), null, none)
})

const MM = '{"modem":{"signal":{"5g":{"error-rate":"--","rsrp":"--","rsrq":"--","snr":"--"},"lte":{"error-rate":"--","rsrp":"-104.00","rsrq":"--","rssi":"--","snr":"2.00"},"refresh":{"rate":"10"},"threshold":{"error-rate":"no","rssi":"0"},"umts":{"rssi":"--"}}}}'
const MODEM = '{"modem":{"3gpp":{"operator-code":"45204","operator-name":"Viettel"},"generic":{"access-technologies":["lte"],"state":"connected"}}}'
t.test('ModemManager’s JSON is read, with -- as missing', async (t) => {
  t.same(mmReading(MM, MODEM), { figures: [-104, null, 2, null], tech: 'lte', operator: 'Viettel' })
  t.same(figures(parseMmSignal('{"modem":{"signal":{"lte":{"rsrp":"-97.00","rsrq":"-11.00","rssi":"-67.00","snr":"13.20"},"refresh":{"rate":"5"}}}}')), [-97, -11, 13.2, -67])
  t.same(figures(parseMmSignal('{"modem":{"signal":{"lte":{"rsrp":"--"},"gsm":{"rssi":"-80.00"}}}}')), [null, null, null, -80])
  t.equal(parseMmRate(MM), 10)
  t.equal(parseMmRate('{"modem":{"signal":{"refresh":{"rate":"0"}}}}'), 0)
  t.equal(parseMmList('{"modem-list":["/org/freedesktop/ModemManager1/Modem/7"]}'), '7')
  for (const none of ['{"modem-list":[]}', '[]', 'null', '', 'error: no', '{"modem-list":["/x"]}', '{"modem-list":7}']) t.equal(parseMmList(none), null, none)
  for (const none of ['', '[]', '{"modem":null}', '{"modem":{"signal":"--"}}', '{"__proto__":{"modem":1}}']) t.equal(mmReading(none, none), null, none)
})

t.test('operator and vendor are told from their answers', async (t) => {
  t.equal(parseCops('+COPS: 0,0,"Viettel",7'), 'Viettel')
  t.equal(parseCops('+COPS: 0'), undefined)
  t.equal(parseVendor('Quectel\r\nEC25\r\nRevision: EC25EFAR06A03M4G\r\nOK'), 'quectel')
  t.equal(parseVendor('Manufacturer: SIMCOM INCORPORATED\r\nModel: SIM7670G-MNGV'), 'simcom')
  t.equal(parseVendor('A7670E'), 'simcom')
  t.equal(parseVendor('HUAWEI'), 'other')
})

t.test('of several answers the first that tells a figure wins', async (t) => {
  const merged = mergeSignals([null, parseQeng('+QENG: "LTE","FDD",302,610,84,248,900,2,5,5,D6E7,-89,-,-,17,38'), parseCesq('+CESQ: 99,99,255,255,20,50'), parseCsq('+CSQ: 21,99')])
  t.same(merged, { figures: [-89, -10, 17, -71], tech: 'LTE', band: 'B2', cell: '84' })
  t.equal(mergeSignals([null, null]), null)
})

t.test('the number of the SIM is read as each maker writes it, and nothing else is taken for one', async (t) => {
  for (const answer of ['+QCCID: 8984048000123456789F', '\r\n+QCCID: 8984048000123456789\r\n', '+ICCID: 8984048000123456789', '+CCID: "8984048000123456789"', '8984048000123456789']) t.equal(parseIccid(answer), '8984048000123456789', answer)
  t.equal(parseIccid('+CCID: 89840480001234567890'), '89840480001234567890')
  for (const answer of ['', 'ERROR', '+CME ERROR: 10', '+QCCID: 123', '+QCCID: 452040123456789', 'IMEI 864004041234567', `89${'1'.repeat(40)}`]) t.equal(parseIccid(answer), undefined, answer)
  t.equal(parseMmSim('{"modem":{"generic":{"sim":"/org/freedesktop/ModemManager1/SIM/12"}}}'), '12')
  t.equal(parseMmSim('{"modem":{"generic":{"sim":"--"}}}'), null)
  t.equal(parseMmIccid('{"sim":{"properties":{"iccid":"8984048000123456789","imsi":"452040123456789"}}}'), '8984048000123456789')
  t.equal(parseMmIccid('{"sim":{"properties":{"iccid":"--"}}}'), undefined)
})

t.test('mangled answers never throw and never leave the ranges of the protocol', async (t) => {
  const real = [
    '+CSQ: 21,99', '+CESQ: 99,99,255,255,31,62', '+QCSQ: "LTE",-69,-102,150,-12', '+QCSQ: "NR5G",-75,4,-11',
    '+QENG: "servingcell","NOCONN","LTE","FDD",302,610,844D92A,248,900,2,5,5,D6E7,-89,-8,-61,17,38',
    '+CPSI: LTE,Online,505-01,0x5A1E,187214780,257,EUTRAN-BAND3,1850,5,5,-94,-850,-545,15', MM, MODEM, '+COPS: 0,0,"Viettel",7',
  ]
  const seed = Date.now() % 1_000_000
  t.comment(`seed ${seed}`)
  let x = seed
  const random = (below: number): number => { x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0; return Math.floor((x / 2 ** 32) * below) }
  const alphabet = '0123456789-,." \r\n+:abcLTENRQG{}[]\u0000\u00ff🙂'
  let odd = 0
  for (let i = 0; i < 20_000; i++) {
    let text = real[random(real.length)] ?? ''
    for (let edits = 1 + random(6); edits > 0; edits--) {
      const at = random(text.length + 1)
      text = text.slice(0, at) + (random(2) === 0 ? (alphabet[random(alphabet.length)] ?? '') : '') + text.slice(at + random(4))
    }
    for (const parse of [parseCsq, parseCesq, parseQcsq, parseQeng, parseCpsi, parseMmSignal, (s: string) => mmReading(s, s)]) {
      const parsed = parse(text)
      if (parsed !== null && !Value.Check(Radio, parsed.figures)) odd++
    }
    parseCops(text); parseIccid(text); parseMmSim(text); parseMmIccid(text); parseVendor(text); parseMmList(text); parseMmRate(text)
  }
  t.equal(odd, 0)
})
