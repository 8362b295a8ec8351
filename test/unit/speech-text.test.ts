import t from 'tap'
import { speechText } from '../../server/core/speech-text.ts'
import { readDecimal, readDigits, readInteger, romanNumber } from '../../server/core/vietnamese-numbers.ts'

type Row = readonly [written: string, said: string]

const table = (name: string, rows: readonly Row[], region: 'north' | 'south' = 'north'): void => {
  t.test(name, (t) => {
    for (const [written, said] of rows) t.equal(speechText(written, region), said, written)
    t.end()
  })
}

t.test('whole numbers are read as on the radio', (t) => {
  const rows: readonly (readonly [number, string])[] = [
    [0, 'không'], [5, 'năm'], [10, 'mười'], [11, 'mười một'], [14, 'mười bốn'], [15, 'mười lăm'], [20, 'hai mươi'], [21, 'hai mươi mốt'],
    [24, 'hai mươi tư'], [25, 'hai mươi lăm'], [55, 'năm mươi lăm'], [99, 'chín mươi chín'], [100, 'một trăm'], [101, 'một trăm linh một'],
    [105, 'một trăm linh năm'], [110, 'một trăm mười'], [115, 'một trăm mười lăm'], [121, 'một trăm hai mươi mốt'], [1000, 'một nghìn'],
    [1005, 'một nghìn không trăm linh năm'], [1050, 'một nghìn không trăm năm mươi'], [2025, 'hai nghìn không trăm hai mươi lăm'],
    [10_000, 'mười nghìn'], [1_490_000, 'một triệu bốn trăm chín mươi nghìn'], [1_000_005, 'một triệu không trăm linh năm'],
    [2_000_000_000, 'hai tỷ'], [1_000_000_001, 'một tỷ không trăm linh một'], [12_345_678_901, 'mười hai tỷ ba trăm bốn mươi lăm triệu sáu trăm bảy mươi tám nghìn chín trăm linh một'],
  ]
  for (const [n, said] of rows) t.equal(readInteger(n), said, String(n))
  t.equal(readInteger(1_204, 'south'), 'một ngàn hai trăm lẻ bốn', 'the South says ngàn and lẻ')
  t.equal(readDecimal('3', '5'), 'ba phẩy năm')
  t.equal(readDecimal('0', '05'), 'không phẩy không năm')
  t.equal(readDigits('0912'), 'không chín một hai')
  t.equal(romanNumber('XIV'), 14)
  t.equal(romanNumber('IIII'), null)
  t.equal(romanNumber(''), null)
  t.end()
})

table('clock times', [
  ['19h30', 'mười chín giờ ba mươi phút'], ['lúc 7h', 'lúc bảy giờ'], ['05:30', 'năm giờ ba mươi phút'], ['17:00', 'mười bảy giờ'],
  ['7g30', 'bảy giờ ba mươi phút'], ['19 giờ 30 phút', 'mười chín giờ ba mươi phút'], ["8h00'", 'tám giờ'], ['05:30:15', 'năm giờ ba mươi phút mười lăm giây'],
  ['05:30–06:30', 'năm giờ ba mươi phút đến sáu giờ ba mươi phút'], ['từ 5h-7h', 'từ năm giờ đến bảy giờ'], ['7-9h sáng', 'bảy đến chín giờ sáng'],
  ['24h', 'hai mươi tư giờ'], ["trong 15'", 'trong mười lăm phút'], ['11h30 - 13h30', 'mười một giờ ba mươi phút đến mười ba giờ ba mươi phút'],
])

table('dates', [
  ['ngày 01/07/2025', 'ngày mùng một tháng bảy năm hai nghìn không trăm hai mươi lăm'],
  ['01/07/2025', 'ngày mùng một tháng bảy năm hai nghìn không trăm hai mươi lăm'],
  ['2025-07-01', 'ngày mùng một tháng bảy năm hai nghìn không trăm hai mươi lăm'],
  ['Ngày 20/11', 'Ngày hai mươi tháng mười một'], ['ngày 30/4', 'ngày ba mươi tháng tư'], ['ngày 5', 'ngày mùng năm'], ['ngày 15 tháng 4', 'ngày mười lăm tháng tư'],
  ['sáng 12/5', 'sáng ngày mười hai tháng năm'], ['từ 25/7 - 30/7', 'từ ngày hai mươi lăm tháng bảy đến ngày ba mươi tháng bảy'],
  ['ngày 01-05/7', 'ngày mùng một đến mùng năm tháng bảy'], ['ngày 30/4 và 1/5', 'ngày ba mươi tháng tư và ngày mùng một tháng năm'],
  ['tháng 7/2025', 'tháng bảy năm hai nghìn không trăm hai mươi lăm'], ['quý III/2025', 'quý ba năm hai nghìn không trăm hai mươi lăm'], ['quý 4', 'quý tư'],
  ['tháng 4', 'tháng tư'], ['thứ 2', 'thứ hai'], ['thứ 4', 'thứ tư'], ['Thứ 2-6', 'Thứ hai đến thứ sáu'], ['thứ 4, 12/5', 'thứ tư, ngày mười hai tháng năm'],
  ['31/02/2025 là sai', 'ngày ba mươi mốt tháng hai năm hai nghìn không trăm hai mươi lăm là sai'], ['lần thứ 1', 'lần thứ nhất'],
  ['giai đoạn 2021-2025', 'giai đoạn hai nghìn không trăm hai mươi mốt đến hai nghìn không trăm hai mươi lăm'],
])

table('money, measures and shares', [
  ['1.490.000đ/tháng', 'một triệu bốn trăm chín mươi nghìn đồng mỗi tháng'], ['50.000 đ/kg', 'năm mươi nghìn đồng một ki lô gam'], ['200.000 VNĐ/hộ', 'hai trăm nghìn đồng mỗi hộ'],
  ['3,5%', 'ba phẩy năm phần trăm'], ['95 %', 'chín mươi lăm phần trăm'], ['0,05 ha', 'không phẩy không năm héc ta'], ['2,25 tỷ', 'hai phẩy hai mươi lăm tỷ'],
  ['30 km/h', 'ba mươi ki lô mét một giờ'], ['5 tạ/ha', 'năm tạ một héc ta'], ['100 km²', 'một trăm ki lô mét vuông'], ['35m3', 'ba mươi lăm mét khối'],
  ['20-25°C', 'hai mươi đến hai mươi lăm độ xê'], ['-3°C', 'âm ba độ xê'], ['2 lần/ngày', 'hai lần mỗi ngày'], ['mưa 100-200mm', 'mưa một trăm đến hai trăm mi li mét'],
  ['10-15 người', 'mười đến mười lăm người'], ['10%-15%', 'mười phần trăm đến mười lăm phần trăm'], ['gió cấp 8-9', 'gió cấp tám đến chín'], ['1/2 diện tích', 'một phần hai diện tích'],
  ['24/24 giờ', 'hai mươi tư trên hai mươi tư giờ'], ['05 người', 'năm người'], ['3x4 m', 'ba nhân bốn mét'],
])

table('telephone numbers', [
  ['Gọi 113', 'Gọi một một ba'], ['gọi số 113, 114 hoặc 115', 'gọi số một một ba, một một bốn hoặc một một năm'],
  ['0912 345 678', 'không chín một hai, ba bốn năm, sáu bảy tám'], ['0912.345.678', 'không chín một hai, ba bốn năm, sáu bảy tám'],
  ['0263.3840.123', 'không hai sáu ba, ba tám bốn không, một hai ba'], ['+84 912 345 678', 'cộng tám bốn, chín một hai, ba bốn năm, sáu bảy tám'],
  ['hotline: 1900 1234', 'hotline: một chín không không, một hai ba bốn'], ['CCCD 012345678901', 'căn cước công dân không một hai ba bốn năm sáu bảy tám chín không một'],
  ['Gọi 113 người', 'Gọi một một ba người'], ['có 115 hộ', 'có một trăm mười lăm hộ'],
])

table('abbreviations and papers', [
  ['UBND xã', 'Uỷ ban nhân dân xã'], ['HĐND, UBND, UBMTTQ', 'Hội đồng nhân dân, Uỷ ban nhân dân, Uỷ ban Mặt trận Tổ quốc'], ['TP.HCM', 'Thành phố Hồ Chí Minh'],
  ['TP. Đà Lạt', 'thành phố Đà Lạt'], ['TP Hải Phòng', 'thành phố Hải Phòng'], ['P.5, Q.1', 'phường năm, quận một'], ['PCTT&TKCN', 'phòng chống thiên tai và tìm kiếm cứu nạn'],
  ['Sở NN&PTNT', 'Sở nông nghiệp và phát triển nông thôn'], ['thẻ BHYT', 'thẻ bảo hiểm y tế'], ['Covid-19', 'cô vít mười chín'], ['VOV1', 'vê ô vê một'], ['sóng 4G', 'sóng bốn giê'],
  ['Đ/c Nguyễn Văn A', 'đồng chí Nguyễn Văn A'], ['Đại hội XIII', 'Đại hội mười ba'], ['khoá XV', 'khoá mười lăm'], ['xe BQLR', 'xe bê quy lờ rờ'],
  ['số 49/2024/NĐ-CP', 'số bốn mươi chín, năm hai nghìn không trăm hai mươi tư, nghị định Chính phủ'], ['số 192-BC/HU', 'số một trăm chín mươi hai báo cáo Huyện uỷ'],
  ['số 12/QĐ-UBND', 'số mười hai quyết định Uỷ ban nhân dân'], ['THÔNG BÁO CỦA UBND XÃ', 'thông báo của Uỷ ban nhân dân xã'],
])

table('signs and shapes of a text', [
  ['xã/phường', 'xã, phường'], ['cha và/hoặc mẹ', 'cha và hoặc mẹ'], ['“Họp dân” (tối nay)', 'Họp dân, tối nay'], ['A & B', 'A và bê'],
  ['- Một\n- Hai', 'Một. Hai'], ['Kính gửi:\nBà con', 'Kính gửi: Bà con'], ['Chờ…', 'Chờ.'], ['🔔 Mời họp 🙏', 'Mời họp'], ['  \n ', ''], ['!!!', '!!!'], ['Gồm có: ', 'Gồm có'],
  ['dichvucong.gov.vn', 'dichvucong chấm gov chấm vn'], ['ubnd@xa.gov.vn', 'ubnd a còng xa chấm gov chấm vn'], ['Chủ tịch – Trưởng ban', 'Chủ tịch, Trưởng ban'],
  ['[[x]] <b>đậm</b>', 'x đậm'],
])

table('the South has its own words', [['ngày 05/7, 1.204 người', 'ngày mồng năm tháng bảy, một ngàn hai trăm lẻ bốn người'], ['24 hộ', 'hai mươi bốn hộ']], 'south')

t.test('a whole bulletin', (t) => {
  t.equal(
    speechText('UBND xã thông báo: 7h30 ngày 05/7/2025, tiêm vắc-xin tại Trạm y tế (thôn 3). Mang theo CCCD.\nLiên hệ: 0912 345 678'),
    'Uỷ ban nhân dân xã thông báo: bảy giờ ba mươi phút ngày mùng năm tháng bảy năm hai nghìn không trăm hai mươi lăm, tiêm vắc xin tại Trạm y tế, thôn ba. Mang theo căn cước công dân. Liên hệ: không chín một hai, ba bốn năm, sáu bảy tám',
  )
  t.end()
})
