import fc from 'fast-check'
import t from 'tap'
import { nameKey, phoneOf, plainKey, tidyName } from '../../server/core/person-name.ts'
import { passwordRefusal } from '../../server/core/person-password.ts'

t.test('a number is the same however people of Viet Nam write it', async (t) => {
  for (const form of ['0912345678', '0912 345 678', '0912.345.678', '09-12-34-56-78', '+84912345678', '+84 912 345 678', '84912345678', '0084912345678', '(+84) 912 345 678', '+84 (0)912 345 678', ' 0912\u00a0345\u00a0678 ', '０９１２３４５６７８', '912345678']) {
    t.equal(phoneOf(form), '+84912345678', form)
  }
  t.equal(phoneOf('0263 3822 456'), '+842633822456', 'a house has ten digits behind the 0')
})

t.test('what is no number of Viet Nam is none', async (t) => {
  for (const form of ['', '091234567', '09123456789', '0112345678', '+1 202 555 0143', '+33612345678', 'Nguyễn Văn An', '0912 345 67a', '84', '+', '++84912345678', '0412345678']) t.equal(phoneOf(form), null, form)
})

t.test('whatever spaces, dots and prefix surround a number, it is the same one', async (t) => {
  const seed = Math.floor(Math.random() * 1e9)
  t.comment(`seed ${seed}`)
  const gap = fc.constantFrom('', ' ', '.', '-', '\u00a0')
  fc.assert(
    fc.property(fc.constantFrom('3', '5', '7', '8', '9'), fc.stringMatching(/^\d{8}$/), fc.constantFrom('0', '+84', '84', '0084'), fc.array(gap, { minLength: 9, maxLength: 9 }), (first, rest, prefix, gaps) => {
      const written = prefix + [...(first + rest)].map((digit, i) => (gaps[i] ?? '') + digit).join('')
      return phoneOf(written) === `+84${first}${rest}`
    }),
    { seed, numRuns: 300 },
  )
})

t.test('a name is the same in capitals, with more spaces and composed otherwise; without marks it is alike', async (t) => {
  t.equal(nameKey('  NGUYỄN   Văn An '), nameKey('Nguyễn Văn An'))
  t.equal(nameKey('Nguyễn'.normalize('NFD')), nameKey('Nguyễn'.normalize('NFC')))
  t.not(nameKey('Hoa'), nameKey('Hòa'))
  t.equal(plainKey('Đỗ Thị Hòa'), 'do thi hoa')
  t.equal(tidyName(' Y  Bhiu '), 'Y Bhiu')
})

t.test('a password that is tried first, or is one’s own name or number, will not do', async (t) => {
  const owner = { name: 'Nguyễn Văn An', phone: '+84912345678' }
  const weak = ['', '1234567', '12345678', '87654321', '11111111', '01230123', 'aaaaaaab', 'matkhau1', 'Mật khẩu 123', 'password1', 'P@ssw0rd2026', 'quantri2026', '0912345678', '912345678', '84912345678', 'nguyenvanan', 'Nguyễn Văn An 1', 'NGUYENVANAN99', 'abcdefgh']
  for (const password of weak) t.match(passwordRefusal(password, owner), { status: 422, code: 'weak-password', en: /\.$/, vi: /\.$/ }, password)
  for (const password of ['trâu ăn cỏ xanh', 'loa phường 5 giờ sáng', 'Xy7-kq2p', '0912345679', 'đi chợ mua cá']) t.equal(passwordRefusal(password, owner), null, password)
})
