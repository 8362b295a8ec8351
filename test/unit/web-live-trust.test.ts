import t from 'tap'
import { inLines, openAddress, secureAddress } from '../../server/web/app/src/screens/trust/addresses.ts'

t.test('the secure address is the one by which the page was opened, where that is one of them', async (t) => {
  const all = ['https://192.168.1.5:8443', 'https://dai.local:8443']
  t.equal(secureAddress(all, 'dai.local:8443'), 'https://dai.local:8443')
  t.equal(secureAddress(all, 'localhost:8080'), 'https://192.168.1.5:8443')
  t.equal(secureAddress([], 'localhost:8080'), null)
  t.equal(openAddress('https://192.168.1.5:8443'), 'http://192.168.1.5:8443/tin-cay')
})

t.test('a fingerprint stands in lines that can be compared by eye, and loses nothing', async (t) => {
  const bytes = Array.from({ length: 32 }, (_, n) => (n * 7 + 16).toString(16).toUpperCase().padStart(2, '0').slice(-2))
  const lines = inLines(bytes.join(':'))
  t.equal(lines.length, 4)
  t.equal(lines[0], '1017 1E25 2C33 3A41')
  t.equal(lines.join('').replaceAll(' ', ''), bytes.join(''))
})
