import t from 'tap'
import { applyDictionary, type SpeechDictionary } from '../../server/core/speech-dictionary.ts'
import { speechText } from '../../server/core/speech-text.ts'

const BOOK: SpeechDictionary = {
  entries: [
    { written: 'Đạ Huoai', spoken: 'Đạ Hoai' },
    { written: 'VOV', spoken: 'Đài Tiếng nói Việt Nam' },
    { written: 'VOV Lâm Đồng', spoken: 'Đài tỉnh' },
    { written: 'BS', spoken: 'ban sản', exact: true },
    { written: 'C++', spoken: 'xê cộng cộng' },
  ],
}
const said = (text: string): string => speechText(applyDictionary(text, BOOK))

t.test('the dictionary has the first word, before any rule', async (t) => {
  t.equal(said('VOV đưa tin'), 'Đài Tiếng nói Việt Nam đưa tin')
  t.equal(said('xã đạ huoai'), 'xã Đạ Hoai', 'capitals do not matter')
  t.equal(said('VOV Lâm Đồng'), 'Đài tỉnh', 'the longer entry wins')
  t.equal(said('C++'), 'xê cộng cộng', 'signs are signs')
  t.equal(said('UBND'), 'Uỷ ban nhân dân', 'what it does not know goes by the rules')
})

t.test('only whole words are replaced, and exact ones only as they are written', async (t) => {
  t.equal(applyDictionary('VOVA', BOOK), 'VOVA')
  t.equal(applyDictionary('BS bs', BOOK), 'ban sản bs')
  t.equal(applyDictionary('Đạ Huoai'.normalize('NFD'), BOOK), 'Đạ Hoai', 'however a keyboard composed it')
  t.equal(applyDictionary('x', { entries: [] }), 'x')
})
