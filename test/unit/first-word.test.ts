import t from 'tap'
import { firstWordMs } from '../../scripts/bench/first-word.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'
import { attention } from '../../server/core/tones.ts'

const PER_MS = 48
const TONE = Int16Array.from(attention(), (sample) => Math.round(sample * 12_000))
const silence = (ms: number): Int16Array => new Int16Array(ms * PER_MS)
const tone = (fromMs = 0, toMs = 4_800): Int16Array => TONE.subarray(fromMs * PER_MS, toMs * PER_MS)

/** Like a voice: a pitch that sways, its harmonics, syllables, and breath. */
function voice(seed: string, ms: number): Int16Array {
  const { random } = chanceFrom(seed)
  let [phase, pitch] = [0, 120]
  return Int16Array.from({ length: ms * PER_MS }, (_, n) => {
    if (n % 9_600 === 0) pitch = 100 + 120 * random()
    phase += (2 * Math.PI * pitch) / 48_000
    const syllable = Math.sin((Math.PI * (n % 9_600)) / 9_600)
    return Math.round(syllable * (6_000 * Math.sin(phase) + 4_000 * Math.sin(5 * phase) + 2_000 * Math.sin(8 * phase)) + 600 * (random() - 0.5))
  })
}

function joined(...pieces: readonly Int16Array[]): Int16Array {
  const out = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  pieces.reduce((at, piece) => (out.set(piece, at), at + piece.length), 0)
  return out
}

const near = (t: { ok(what: boolean, name: string): unknown }, found: number | null, { ms, within, what }: { readonly ms: number; readonly within: number; readonly what: string }): void => void t.ok(found !== null && Math.abs(found - ms) <= within, `${what}: ${found} instead of ${ms} ms`)

t.test('the first word is found behind a tone, however often the tone is repeated', (t) => {
  for (const tones of [1, 2, 4]) {
    const recorded = joined(...Array.from({ length: tones }, () => tone()), silence(300), voice(`voice ${tones}`, 8_000), silence(2_000))
    near(t, firstWordMs(recorded), { ms: tones * 4_800 + 300, within: 30, what: `${tones} tones` })
  }
  t.end()
})

t.test('words that follow at once are found where the tone ends', (t) => {
  near(t, firstWordMs(joined(tone(), tone(), voice('at once', 8_000))), { ms: 9_600, within: 60, what: 'no pause between' })
  t.end()
})

t.test('who joins within the tone hears its first word at the same instant', (t) => {
  for (const late of [130, 777, 1_610, 3_900]) near(t, firstWordMs(joined(tone(late), silence(200), voice(`late ${late}`, 6_000))), { ms: 5_000 - late, within: 30, what: `${late} ms late` })
  t.end()
})

t.test('a tone that is cut off and begun anew, because the order was moved, is no word', (t) => {
  for (const [cutAt, gap] of [[700, 0], [2_930, 650], [4_000, 300]] as const)
    near(t, firstWordMs(joined(tone(0, cutAt), silence(gap), tone(), silence(100), voice(`moved ${cutAt}`, 6_000))), { ms: cutAt + gap + 4_900, within: 60, what: `cut at ${cutAt}` })
  t.end()
})

t.test('a tone that is cut off for the words ends at most 0.3 s late', (t) => {
  const found = firstWordMs(joined(tone(0, 2_350), voice('cut', 8_000)))
  t.ok(found !== null && found > 2_300 && found < 2_700, `${found}`)
  t.end()
})

t.test('a message without a tone begins with its first sound, and a tone without a message has no word', (t) => {
  t.equal(firstWordMs(voice('alone', 9_000)), 0)
  t.equal(firstWordMs(joined(tone(), tone(), silence(9_000))), null)
  t.end()
})

t.test('a tone that rises over two seconds, and a recording with noise, change nothing', (t) => {
  const { random } = chanceFrom('noise')
  const rising = joined(tone(), tone()).map((sample, n) => sample * Math.min(1, 0.1 + n / (2_000 * PER_MS)))
  const recorded = joined(rising, silence(250), voice('rising', 6_000)).map((sample) => sample + Math.round(200 * (random() - 0.5)))
  near(t, firstWordMs(recorded), { ms: 9_850, within: 30, what: 'rising, with noise' })
  t.end()
})

t.test('a tone that a busy machine has chopped is a tone', (t) => {
  const recorded = joined(tone(), tone(), silence(100), voice('chopped', 6_000)).map((sample, n) => (n % (350 * PER_MS) < 110 * PER_MS ? sample : 0))
  near(t, firstWordMs(recorded), { ms: 9_700, within: 350, what: 'a third of it is there' })
  t.end()
})
