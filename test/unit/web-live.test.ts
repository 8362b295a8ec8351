import t from 'tap'
import type { MicAnswer, MicState } from '../../server/core/mic-protocol.ts'
import { beginning, firstWord, hear, isSilent, lose, shownOf, type Course, type Into } from '../../server/web/app/src/screens/live/course.ts'
import { judge } from '../../server/web/app/src/screens/live/practice.ts'
import { createRateChange, framed, levelDb, pcmOf, wavOf } from '../../server/web/app/src/screens/live/sound.ts'
import { readMicFrames, readMicMessage } from '../../server/core/mic-protocol.ts'

const BROADCAST: Into = { kind: 'broadcast', start: { targets: { areas: ['24958'] }, title: 'Họp thôn' } }
const EMERGENCY: Into = { kind: 'emergency', id: 'abcd1234' }
const STARTED: MicAnswer = { t: 'started', id: 'l1', token: 'T', delayMs: 6_100, resumeWithinMs: 5_000, skipped: [], warnings: [] }
const state = (state: MicState, speakInMs = 0): MicAnswer => ({ t: 'state', state, speakInMs, leftMs: 3_000_000, gaps: 0, sounding: state === 'on-air' ? 2 : 0, online: 3, total: 3 })
const after = (course: Course, ...answers: [number, MicAnswer][]): Course => answers.reduce((now, [at, answer]) => hear(now, answer, at), course)

t.test('a broadcast says what it is at first, and its token when it comes back', async (t) => {
  const first = beginning(BROADCAST, 0)
  const said = firstWord(first, 'opus')
  t.same(said, { t: 'start', targets: { areas: ['24958'] }, title: 'Họp thôn', format: 'opus' })
  t.ok(readMicMessage(JSON.stringify(said)), 'the station understands it')
  t.equal(shownOf(first, 0), 'opening')
  const begun = after(first, [100, STARTED])
  t.same(firstWord(begun, 'pcm16'), { t: 'resume', token: 'T', format: 'pcm16' })
})

t.test('wait behind the chime, speak, on air: on air is what clusters say', async (t) => {
  let course = after(beginning(BROADCAST, 0), [100, STARTED], [200, state('waiting', 4_000)])
  t.equal(shownOf(course, 200), 'tone')
  course = after(course, [4_000, state('waiting')])
  t.equal(shownOf(course, 4_100), 'speak', 'the cue')
  course = after(course, [9_400, state('waiting')])
  t.equal(shownOf(course, 9_500), 'waiting', 'ordered is not on air')
  course = after(course, [9_900, state('on-air')])
  t.equal(shownOf(course, 9_900), 'on-air')
  t.equal(shownOf({ ...course, talking: false }, 9_950), 'paused', 'a pause shows at once')
  course = after(course, [12_000, state('ending')], [15_000, state('ended')])
  t.match([shownOf(course, 15_000), course.over, course.problem], ['over', 'ended', null])
})

t.test('a link that drops is told at once, waited for as long as the station waits, and no longer', async (t) => {
  const course = after(beginning(BROADCAST, 0), [100, STARTED], [5_000, state('on-air')], [10_000, state('on-air')])
  t.notOk(isSilent(course, 12_400))
  t.ok(isSilent(course, 12_600), 'the station speaks twice a second')
  const away = lose(course, 12_600)
  t.match([away.over, shownOf(away, 12_600)], [null, 'lost'])
  t.match(lose(away, 14_900).over, null)
  t.match(lose(away, 15_100).over, 'lost', 'five seconds after its last word')
  const back = after(away, [14_000, { ...STARTED, delayMs: 0 }], [14_100, state('on-air')])
  t.match([shownOf(back, 14_100), back.delayMs], ['on-air', 6_100])
  t.equal(lose(beginning(BROADCAST, 0), 50).over, 'lost', 'what never began is not waited for')
})

t.test('a refusal is no broadcast, and an end by somebody else says so', async (t) => {
  const refused = after(beginning(BROADCAST, 0), [50, { t: 'problem', fatal: true, code: 'not-allowed', en: 'no', vi: 'không' }])
  t.match([refused.over, refused.problem?.vi, shownOf(refused, 60)], ['refused', 'không', 'over'])
  const ended = after(beginning(BROADCAST, 0), [50, STARTED], [900, { t: 'problem', fatal: true, code: 'ended-elsewhere', en: 'e', vi: 'v' }], [901, state('ending')])
  t.match([ended.over, shownOf(ended, 950)], ['ended', 'ending'])
})

t.test('an emergency is spoken into anew where the server was started anew, once', async (t) => {
  const begun = after(beginning(EMERGENCY, 0), [50, STARTED])
  t.match(firstWord(begun, 'opus'), { t: 'resume' })
  const late: MicAnswer = { t: 'problem', fatal: true, code: 'too-late', en: 'late', vi: 'muộn' }
  const anew = after(begun, [900, late])
  t.match([anew.over, firstWord(anew, 'opus')], [null, { t: 'speak', emergency: 'abcd1234', format: 'opus' }])
  t.equal(after(anew, [950, late]).over, 'ended')
  t.equal(after(after(beginning(BROADCAST, 0), [1, STARTED]), [2, late]).over, 'ended', 'a broadcast is not')
  t.equal(lose(beginning(EMERGENCY, 0), 14_000).over, null, 'it waits for its first connection')
})

t.test('what clusters or hours speak against is kept for the speaker to read', async (t) => {
  const course = after(beginning(BROADCAST, 0), [1, { ...STARTED, skipped: [{ cluster: 'c', name: 'Cụm 1', because: { code: 'x', vi: 'đang tắt', en: 'muted' } }], warnings: [{ code: 'w', vi: 'giờ nghỉ trưa', en: 'noon' }] }])
  t.same(course.notes, [{ vi: 'Cụm 1: đang tắt', en: 'Cụm 1: muted' }, { vi: 'giờ nghỉ trưa', en: 'noon' }])
  t.equal(after(course, [9, STARTED]).notes.length, 2, 'coming back does not wipe it out')
})

const tone = (hz: number, rateHz: number, seconds: number): Float32Array => Float32Array.from({ length: rateHz * seconds }, (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rateHz))
/** Times that it rises through zero. */
const rises = (pcm: Float32Array): number => pcm.reduce((sum, x, n) => sum + (n > 0 && x >= 0 && (pcm[n - 1] ?? 0) < 0 ? 1 : 0), 0)

t.test('another rate is the same sound, in pieces as in one', async (t) => {
  for (const [from, to] of [[44_100, 48_000], [48_000, 16_000], [44_100, 16_000], [16_000, 48_000]] as const) {
    const change = createRateChange(from, to)
    const whole = tone(440, from, 2)
    const out = Float32Array.from(Array.from({ length: 100 }, (_, n) => [...change(whole.subarray((n * whole.length) / 100, ((n + 1) * whole.length) / 100))]).flat())
    t.ok(Math.abs(out.length - to * 2) < 8, `${from} to ${to}: ${out.length} samples`)
    t.ok(Math.abs(rises(out) - 880) <= 1, `${from} to ${to}: ${rises(out)} periods`)
    t.ok(Math.abs(levelDb(out) - levelDb(whole)) < 0.2, `${from} to ${to}: ${levelDb(out)} dBFS`)
  }
  const same = tone(440, 48_000, 1)
  t.equal(createRateChange(48_000, 48_000)(same), same)
})

t.test('the station reads what is framed, a recording says how long it is, and levels have a floor', async (t) => {
  t.same(readMicFrames(framed(new Uint8Array([1, 2, 3]), 2 ** 32 + 7.5))?.map(({ capturedMs, bytes }) => [capturedMs, ...bytes]), [[7, 1, 2, 3]])
  const wav = new DataView(wavOf([pcmOf(new Float32Array([0, 1, -2])), new Int16Array([5])], 16_000))
  t.same([wav.byteLength, wav.getUint32(4, true), wav.getUint32(24, true), wav.getUint32(40, true)], [52, 44, 16_000, 8])
  t.same([44, 46, 48, 50].map((at) => wav.getInt16(at, true)), [0, 32_767, -32_768, 5])
  t.same([levelDb(new Float32Array(960)), levelDb(new Float32Array(960).fill(1)), levelDb(new Float32Array(0))], [-60, 0, -60])
})

t.test('whoever tried is told whether they can be heard', async (t) => {
  const spoken = (db: number, n = 100): number[] => Array.from({ length: n }, () => db)
  t.same([judge([]), judge(spoken(-20, 10)), judge(spoken(-50)), judge(spoken(-20)), judge([...spoken(-20), ...spoken(-2, 20)])], ['silent', 'silent', 'soft', 'good', 'loud'])
})
