import t from 'tap'
import type { Answer } from '../../server/web/app/src/lib/answer.ts'
import { inOrder, todoOf, todoOfAll } from '../../server/web/app/src/screens/library/bulletin-order.ts'
import { withEntry } from '../../server/web/app/src/screens/library/pronouncing.ts'
import { fileNameOf, formOf, levelDb, loudnessHint } from '../../server/web/app/src/screens/library/recording.ts'
import { deliver, TRY_FOR_MS, type Sending } from '../../server/web/app/src/screens/library/sending.ts'
import { dateText, instantOf, lengthText, localOf, localText, noticeArea, passages, plainName, sizeText, tagsOf, tenths } from '../../server/web/app/src/screens/library/texts.ts'
import { gainAt, isWhole, moved, wholeOf } from '../../server/web/app/src/screens/library/trimming.ts'
import type { BulletinView, CommuneView } from '../../server/web/app/src/screens/library/views.ts'
import { barsOf, peaksOfSamples, peaksOfText, placed } from '../../server/web/app/src/screens/library/waves.ts'

const OFFLINE: Answer<never> = { ok: false, kind: 'offline' }
const refusal = (code: string): Answer<never> => ({ ok: false, kind: 'refused', status: 409, sentence: { code, vi: code, en: code } })
const good = <T>(value: T): Answer<T> => ({ ok: true, value })

/** A link with a script: what each question meets. */
function link<T>(sends: Answer<T>[], looks?: Answer<T | null>[]): Sending<T> & { readonly said: string[] } {
  const said: string[] = []
  let at = 0
  const from = <A>(what: string, script: A[]): Promise<A> => {
    said.push(what)
    const next = script.length > 1 ? script.shift() : script[0]
    if (next === undefined) throw new Error(`${what} was not expected`)
    return Promise.resolve(next)
  }
  return {
    said, send: () => from('send', sends), ...(looks ? { look: () => from('look', looks) } : {}),
    wait: (ms) => Promise.resolve(void (at += ms)), chance: () => 0.5, now: () => at, away: () => void said.push('away'),
  }
}

t.test('what is answered is not sent again, be it a refusal', async (t) => {
  const sent = link([good(1)])
  t.same(await deliver(sent), { what: 'answered', answer: good(1) })
  t.same(sent.said, ['send'])
  const refused = link<number>([refusal('quiet-hours')])
  t.same(await deliver(refused), { what: 'answered', answer: refusal('quiet-hours') })
  t.same(refused.said, ['send'])
})

t.test('a link that is cut once costs a person nothing: it is sent again by itself', async (t) => {
  const sent = link([OFFLINE, OFFLINE, good(1)])
  t.same(await deliver(sent), { what: 'answered', answer: good(1) })
  t.same(sent.said, ['send', 'away', 'send', 'away', 'send'])
})

t.test('what may not happen twice is looked for before it is sent again', async (t) => {
  const arrived = link([OFFLINE], [OFFLINE, good(7)])
  t.same(await deliver(arrived), { what: 'answered', answer: good(7) })
  t.same(arrived.said, ['send', 'away', 'look', 'away', 'look'], 'it had arrived: nothing is sent twice')
  const lost = link([OFFLINE, good(7)], [good(null)])
  t.same(await deliver(lost), { what: 'answered', answer: good(7) })
  t.same(lost.said, ['send', 'away', 'look', 'send'])
  const gone = link<number>([OFFLINE], [refusal('not-found')])
  t.same(await deliver(gone), { what: 'answered', answer: refusal('not-found') })
})

t.test('after two minutes a person is asked, and told whether it happened', async (t) => {
  const unknown = link<number>([OFFLINE], [OFFLINE])
  t.same(await deliver(unknown), { what: 'unknown' })
  t.ok(unknown.now() >= TRY_FOR_MS && unknown.now() < TRY_FOR_MS + 10_000)
  t.equal(unknown.said.filter((what) => what === 'send').length, 1)
  const not = link<number>([OFFLINE], [good(null)])
  t.same(await deliver(not), { what: 'not-sent' })
})

t.test('a waveform is the loudest of each stretch', async (t) => {
  const left = Float32Array.from([0, 0.5, -1, 0.25])
  t.same([...peaksOfSamples([left], 2)], [128, 255])
  t.same([...peaksOfSamples([left, Float32Array.from([1, 0, 0, 0])], 4)], [255, 128, 255, 64])
  t.same([...peaksOfSamples([], 2)], [0, 0])
  t.same([...barsOf(Uint8Array.from([1, 9, 3, 4]), 2)], [9, 4])
  t.same([...barsOf(Uint8Array.from([5]), 3)], [5, 5, 5], 'more room than bars')
  t.same([...peaksOfText('_-8AAQ')], [255, 239, 0, 1])
})

t.test('the waveform of a cut stands at its place in the whole recording', async (t) => {
  t.same([...placed(Uint8Array.from([9, 9]), { fromMs: 1_000, toMs: 2_000 }, 4_000)], [0, 0, 9, 9, 0, 0, 0, 0])
  t.same([...placed(Uint8Array.from([9, 8]), null, 4_000)], [9, 8])
  t.ok(placed(new Uint8Array(400).fill(7), { fromMs: 0, toMs: 1 }, 86_400_000).length <= 20_000, 'a short cut of a long recording is no burden')
})

t.test('points of a cut do not cross, stay within the recording, and leave room for the fades', async (t) => {
  const whole = wholeOf(10_000)
  t.ok(isWhole(whole, 10_000))
  t.equal(moved(whole, 'fromMs', 99_999, 10_000).fromMs, 9_500)
  t.equal(moved(whole, 'fromMs', -4, 10_000).fromMs, 0)
  t.equal(moved(whole, 'toMs', 0, 10_000).toMs, 500)
  t.equal(moved(whole, 'toMs', 20_000, 10_000).toMs, 10_000)
  const faded = moved(moved(whole, 'fadeInMs', 3_000, 10_000), 'fadeOutMs', 5_000, 10_000)
  t.same(moved(faded, 'toMs', 4_000, 10_000), { fromMs: 0, toMs: 4_000, fadeInMs: 3_000, fadeOutMs: 1_000 })
  t.notOk(isWhole(faded, 10_000))
  t.same([0, 1_500, 3_000, 7_500, 10_000].map((ms) => gainAt(faded, ms)), [0, 0.5, 1, 0.5, 0])
  t.equal(gainAt(whole, 10_001), 0)
})

t.test('lengths, sizes, days and hours are written as people here write them', async (t) => {
  t.same([0, 7_400, 59_600, 750_000, 3_725_000].map(lengthText), ['0:00', '0:07', '1:00', '12:30', '1:02:05'])
  t.equal(tenths(1_540, ','), '1,5')
  t.same([sizeText(120, ','), sizeText(850_400, ','), sizeText(12_540_000, ',')], ['1 kB', '850 kB', '12,5 MB'])
  t.equal(dateText('2026-11-23'), '23/11/2026')
  t.equal(localText('2026-11-23T19:30'), '19:30, 23/11/2026')
  t.equal(localText('2026-11'), '')
  t.equal(Date.parse(instantOf('2026-11-23T05:30')), Date.UTC(2026, 10, 22, 22, 30))
  t.equal(localOf(Date.UTC(2026, 10, 22, 22, 30)), '2026-11-23T05:30')
  t.equal(plainName('Họp thôn (a1b2)'), 'Họp thôn')
  t.equal(plainName('Bài hát (dân ca)'), 'Bài hát (dân ca)')
  t.same(tagsOf(' y tế, họp thôn ,,y tế'), ['y tế', 'họp thôn'])
})

t.test('a long text is cut at the end of a sentence, and nothing of it is lost', async (t) => {
  t.same(passages('  ', 10), [])
  t.same(passages('Một câu. Hai câu! Ba?', 10), ['Một câu.', 'Hai câu!', 'Ba?'])
  t.same(passages('chữ chữ chữ', 8), ['chữ chữ', 'chữ'])
  t.same(passages('khôngcókhoảngtrắng', 6), ['khôngc', 'ókhoản', 'gtrắng'])
  const text = Array.from({ length: 300 }, (_, n) => `Câu số ${n} của bài.`).join(' ')
  const cut = passages(text, 1_000)
  t.ok(cut.every((one) => one.length <= 1_000 && one.endsWith('.')))
  t.equal(cut.join(' '), text)
})

t.test('a notice belongs to its one area by itself, else to its template, else to its writer', async (t) => {
  t.equal(noticeArea(null, ['24958'], 'all'), '')
  t.equal(noticeArea('68', ['1', '2'], 'all'), '68')
  t.equal(noticeArea(null, ['1', '2'], 'all'), 'station')
  t.equal(noticeArea(null, ['1', '2'], ['2', '1']), '1')
  t.equal(noticeArea(null, 'all', 'all'), 'station')
})

t.test('a word stands in the dictionary once', async (t) => {
  const before = { entries: [{ written: 'UBND', spoken: 'ủy ban' }, { written: 'Krông', spoken: 'cờ rông' }] }
  t.same(withEntry(before, ' ubnd ', 'ủy ban nhân dân'), { entries: [{ written: 'Krông', spoken: 'cờ rông' }, { written: 'ubnd', spoken: 'ủy ban nhân dân' }] })
})

t.test('the level says what to do at the microphone', async (t) => {
  t.equal(Math.round(levelDb(Float32Array.from([0.1, -0.5]))), -6)
  t.equal(levelDb(new Float32Array(4)), -120)
  t.same([loudnessHint(-0.5, 0), loudnessHint(-12, 0), loudnessHint(-35, 3_000), loudnessHint(-70, 5_000), loudnessHint(-70, 500)], ['loud', 'good', 'soft', 'silent', 'good'])
})

t.test('Android records in one form and iOS in another; the name says which', async (t) => {
  t.equal(formOf((form) => form.startsWith('audio/webm')), 'audio/webm;codecs=opus')
  t.equal(formOf((form) => form === 'audio/mp4'), 'audio/mp4')
  t.equal(formOf(() => false), null)
  t.equal(fileNameOf('audio/mp4', '2026-11-23T05:30'), 'ghi-am-2026-11-23-0530.m4a')
  t.equal(fileNameOf('audio/webm;codecs=opus', '2026-11-23T05:30'), 'ghi-am-2026-11-23-0530.webm')
})

const NOW = Date.UTC(2026, 10, 23)
const at = (hours: number): string => new Date(NOW + hours * 3_600_000).toISOString()
const row = (over: Partial<CommuneView> = {}): CommuneView => ({
  commune: '1', name: 'Một', receivedAt: at(-2), readAt: at(-1), decision: 'none', decidedAt: null, decidedBy: null, reason: null, programme: null, placedAt: null, order: 0, soundings: [], collides: [], airedAt: null, problem: null, readers: [], ...over,
})
const bulletin = (id: string, over: Partial<BulletinView> = {}): BulletinView => ({
  id, sender: 'Tỉnh', class: 'normal', title: id, text: 'Lời', validUntil: null, deadline: null, receivedAt: at(-2), correctedAt: null, withdrawnAt: null, withdrawnReason: null, programme: null, emergency: null, document: null, communes: [row()],
  delivered: { communes: 1, read: 1, unread: [] }, ...over,
})

t.test('what is left to do with a bulletin: read it, decide, place it', async (t) => {
  t.equal(todoOf(bulletin('a'), row({ readAt: null }), NOW), 'read')
  t.equal(todoOf(bulletin('a'), row(), NOW), 'decide')
  t.equal(todoOf(bulletin('a'), row({ decision: 'taken' }), NOW), 'place')
  t.equal(todoOf(bulletin('a'), row({ decision: 'taken', soundings: [{ kind: 'session', id: 's', at: at(1), to: at(2), clusters: 1 }] }), NOW), 'nothing')
  t.equal(todoOf(bulletin('a'), row({ decision: 'declined' }), NOW), 'nothing')
  t.equal(todoOf(bulletin('a', { class: 'emergency' }), row(), NOW), 'nothing', 'it has sounded by itself')
  t.equal(todoOf(bulletin('a', { text: null }), row(), NOW), 'nothing', 'a document is only read')
  t.equal(todoOf(bulletin('a', { validUntil: at(-1) }), row(), NOW), 'nothing')
  t.equal(todoOf(bulletin('a', { withdrawnAt: at(-1) }), row({ readAt: null }), NOW), 'withdrawn')
  t.equal(todoOfAll(bulletin('a', { communes: [row({ decision: 'declined' }), row(), row({ readAt: null })] }), NOW), 'read')
})

t.test('what asks for somebody stands first', async (t) => {
  const list = [
    bulletin('withdrawn', { withdrawnAt: at(-1) }), bulletin('older', { receivedAt: at(-9) }), bulletin('newer'), bulletin('priority', { class: 'priority' }),
    bulletin('unread', { communes: [row({ readAt: null })] }), bulletin('due', { communes: [row({ readAt: null })], deadline: at(5) }), bulletin('urgent', { class: 'emergency', communes: [row({ readAt: null })] }),
  ]
  t.same(inOrder(list, NOW).map(({ id }) => id), ['urgent', 'due', 'unread', 'priority', 'newer', 'older', 'withdrawn'])
})
