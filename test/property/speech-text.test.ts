import fc from 'fast-check'
import t from 'tap'
import { speechText } from '../../server/core/speech-text.ts'

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)
t.comment(`TEST_SEED=${seed}`)

const piece = fc.oneof(
  fc.constantFrom(...'UBND|TP.|ngày |thứ |từ |gọi số |h|:|/|-|–|.|,|%|đ|km|m2|°C| |\n|+84|XIII|quý |(|)|"|&|Covid|A|B|xã|ở|tháng |@|.vn|v.v'.split('|')),
  fc.integer({ min: 0, max: 3_000 }).map(String),
  fc.string({ maxLength: 4 }),
)
const text = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''))

t.test('what is said holds no figure, no sign that an engine would obey, and no double blank', (t) => {
  fc.assert(
    fc.property(text, (written) => {
      const said = speechText(written)
      return !/[0-9[\]<>{}|\\/@%&]|\s{2}/.test(said) && said === said.trim()
    }),
    { seed, numRuns: 2_000 },
  )
  t.end()
})

const phrase = fc.constantFrom(
  ...'UBND xã|19h30|ngày 01/07/2025|3,5%|50.000 đ/kg|gọi số 113|0912 345 678|Đại hội XIII|TP. Đà Lạt|-3°C|thứ 4|5-7 ngày|Covid-19|xã/phường|tổ 5, khu phố 3|QĐ-UBND|số 49/2024/NĐ-CP|HỌP DÂN'.split('|'),
)

t.test('saying again what was said changes nothing', (t) => {
  fc.assert(
    fc.property(fc.array(phrase, { maxLength: 8 }), (phrases) => {
      const once = speechText(phrases.join(', '))
      return speechText(once) === once
    }),
    { seed, numRuns: 1_000 },
  )
  t.end()
})
