import t from 'tap'
import { inLines, openAddress, secureAddress } from '../../server/web/app/src/screens/trust/addresses.ts'
import { en } from '../../server/web/app/src/screens/trust/words-en.ts'
import { vi } from '../../server/web/app/src/screens/trust/words-vi.ts'

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

t.test('the page says the same in both languages, without a word of our trade', async (t) => {
  const sentences = (words: typeof en): string[] => Object.values(words).flatMap((word) => (typeof word === 'function' ? word('Tên') : word))
  t.same(Object.keys(en).sort(), Object.keys(vi).sort())
  t.same([vi.androidSteps.length, vi.iphoneSteps.length], [en.androidSteps.length, en.iphoneSteps.length])
  for (const sentence of sentences(vi)) t.notMatch(sentence, /(?<![\p{L}\p{N}])(server|online|upload|download|file|error|login|token|api|cluster|user|link|click|browser|https?|ssl|tls)(?![\p{L}\p{N}])/iu, sentence)
  const both = sentences(vi).filter((sentence) => sentences(en).includes(sentence))
  t.same(both, [])
})
