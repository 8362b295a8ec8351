import fc from 'fast-check'
import t from 'tap'
import { ALONE_AFTER_MS, ASK_LIVES_MS, ASK_STATES, communesOf, contentOf, decideAsk, isPerson, NEW_ASK, type AskAct, type AskCourse, type EmergencyAsk } from '../../server/core/emergency-ask.ts'
import { ASK_STATE_TEXT, askRefused } from '../../server/core/emergency-ask-sentences.ts'
import { wallMs } from '../../shared/core/clock.ts'

const ASKED = 1_800_000_000_000
const RAISER = { actor: 'person:ha', name: 'Hà' }
const PEOPLE = [RAISER, { actor: 'person:binh', name: 'Bình' }, { actor: 'person:chi', name: 'Chi' }]
const facts = { raiser: RAISER, content: 'content-of-this', askedAt: wallMs(ASKED) }

const who = fc.constantFrom(...PEOPLE)
const act: fc.Arbitrary<AskAct> = fc.oneof(
  fc.record({ do: fc.constant('confirm' as const), who, content: fc.constantFrom(facts.content, facts.content, 'content-of-another') }),
  fc.record({ do: fc.constant('refuse' as const), who, reason: fc.constant('sai địa bàn') }),
  fc.record({ do: fc.constant('withdraw' as const), who }),
  fc.record({ do: fc.constant('alone' as const), who, reason: fc.constant('không ai trả lời') }),
  fc.constant({ do: 'lapse' as const }),
)
/** Around the two instants that matter. */
const wait = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom(ALONE_AFTER_MS - 1, ALONE_AFTER_MS, 1, ASK_LIVES_MS - ALONE_AFTER_MS))
const seed = Number(process.env['TL_SEED'] ?? Math.floor(performance.timeOrigin) % 2 ** 31)

t.test(`whatever people do in whatever order, an ask has one outcome, by whom it may be had, in its time (seed ${seed})`, async (t) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.tuple(wait, act), { maxLength: 12 }), (steps) => {
      let course: AskCourse = NEW_ASK
      let now = ASKED
      for (const [ms, act] of steps) {
        now += ms
        const step = decideAsk(facts, course, act, wallMs(now))
        const before = course
        if (!step.ok) {
          seen.add(step.code)
          continue
        }
        course = step.value.course
        if (!step.value.isNew) {
          if (course !== before) throw new Error('nothing was decided, yet something changed')
          continue
        }
        if (before.state !== 'waiting') throw new Error(`${before.state} became ${course.state}`)
        const age = now - ASKED
        seen.add(course.state)
        if (act.do === 'lapse' ? age < ASK_LIVES_MS : age >= ASK_LIVES_MS) throw new Error(`${act.do} after ${age} ms`)
        if (course.state === 'confirmed' && !(act.do === 'confirm' && act.who.actor !== RAISER.actor && act.content === facts.content)) throw new Error('nobody else agreed to this')
        if (course.state === 'alone' && !(act.do === 'alone' && act.who === RAISER && age >= ALONE_AFTER_MS && course.reason === act.reason)) throw new Error('went on alone too early, or as somebody else')
        if (course.state === 'withdrawn' && !(act.do === 'withdraw' && act.who === RAISER)) throw new Error('somebody else has withdrawn it')
        if (course.state === 'waiting' && course.refusals.length !== before.refusals.length + 1) throw new Error('a no is lost')
      }
    }),
    { seed, numRuns: 3_000 },
  )
  t.same(['own-ask', 'not-asker', 'ask-over', 'other-content', 'too-early', ...ASK_STATES].filter((one) => !seen.has(one)), [], 'all of it was tried')
})

t.test('the same answer once more is the same outcome, for whoever lost the first; another one comes too late', async (t) => {
  const [, binh, chi] = PEOPLE
  if (!binh || !chi) throw new Error('people')
  const at = wallMs(ASKED + 5_000)
  const yes = decideAsk(facts, NEW_ASK, { do: 'confirm', who: binh, content: facts.content }, at)
  if (!yes.ok) return t.fail(yes.why)
  const { course } = yes.value
  t.match(decideAsk(facts, course, { do: 'confirm', who: binh, content: facts.content }, wallMs(at + 1)), { ok: true, value: { isNew: false } })
  t.match(decideAsk(facts, course, { do: 'confirm', who: chi, content: facts.content }, wallMs(at + 1)), { ok: false, code: 'ask-over' })
  t.match(decideAsk(facts, course, { do: 'alone', who: RAISER, reason: 'x' }, wallMs(at + ALONE_AFTER_MS)), { ok: false, code: 'ask-over' })
  t.match(decideAsk(facts, course, { do: 'withdraw', who: RAISER }, wallMs(at + 1)), { ok: false, code: 'ask-over' })
})

t.test('a no ends nothing: somebody else may agree, and so may they after a call', async (t) => {
  const [, binh] = PEOPLE
  if (!binh) throw new Error('people')
  const no = decideAsk(facts, NEW_ASK, { do: 'refuse', who: binh, reason: 'sai xã' }, wallMs(ASKED + 1_000))
  if (!no.ok) return t.fail(no.why)
  t.match(no.value.course, { state: 'waiting', refusals: [{ ...binh, reason: 'sai xã', at: ASKED + 1_000 }] })
  t.match(decideAsk(facts, no.value.course, { do: 'confirm', who: binh, content: facts.content }, wallMs(ASKED + 2_000)), { value: { course: { state: 'confirmed', decidedBy: binh } } })
})

const ask: Pick<EmergencyAsk, 'order' | 'clusters' | 'known'> = {
  order: { title: 'Vỡ đê', messages: [{ kind: 'text', text: 'Nước lên' }], targets: { areas: ['24958', '24961'] }, drill: false, danger: 5, authority: 1, times: 3, gapMs: 5_000, volume: null, lifeMs: 1_800_000, actor: RAISER.actor },
  clusters: ['a', 'b'],
  known: [null],
}
t.test('whatever is changed of what would sound, where or how often, is another content', async (t) => {
  const changes: Partial<EmergencyAsk['order']>[] = [{ title: 'Vỡ đập' }, { messages: [{ kind: 'text', text: 'Nước xuống' }] }, { targets: 'all' }, { drill: true }, { danger: 9 }, { authority: 2 }, { times: 4 }, { gapMs: 0 }, { volume: 90 }, { lifeMs: 60_000 }, { replaces: ['abcdefghij'] }]
  const contents = [ask, ...changes.map((over) => ({ ...ask, order: { ...ask.order, ...over } })), { ...ask, clusters: ['a'] }, { ...ask, known: [{ media: 's'.repeat(43), bytes: 1, ms: 1, stream: '~x0', pinned: true }] }].map(contentOf)
  t.equal(new Set(contents).size, changes.length + 3)
  t.equal(contentOf({ ...ask, order: { ...ask.order, actor: 'person:binh', request: { key: 'k', fingerprint: 'f' } } }), contentOf(ask), 'by which request it came plays no part')
})

t.test('communes are those of the clusters that would sound; what stands in none is one more, for nobody knows whose it is', async (t) => {
  const areas = [
    { code: '68', name: 'Lâm Đồng', kind: 'province' as const },
    { code: '24958', name: 'Xã Đức Trọng', kind: 'commune' as const, parent: '68' },
    { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet' as const, parent: '24958' },
    { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune' as const, parent: '68' },
  ]
  const memberships = [{ cluster: 'a', area: '24958-dong' }, { cluster: 'b', area: '24958' }, { cluster: 'c', area: '24961' }, { cluster: 'd', area: '68' }, { cluster: 'e', area: '24961', to: '2020-01-01' }]
  const places = { areas, memberships, day: 20_000 }
  t.same(communesOf(['a', 'b'], places), ['24958'])
  t.same(communesOf(['a', 'c'], places), ['24958', '24961'])
  t.same(communesOf(['a', 'd'], places), [null, '24958'], 'of the province as a whole')
  t.same(communesOf(['a', 'e'], places), [null, '24958'], 'it was taken away from where it stood')
  t.same(['person:ha', 'administrator', 'cap:KTTV', 'source:tinh', 'server'].map(isPerson), [true, true, false, false, false])
})

t.test('every outcome and every refusal has a sentence in both languages', async (t) => {
  for (const state of ASK_STATES) t.match(ASK_STATE_TEXT[state], { en: /\.$/, vi: /\.$/ })
  for (const code of ['own-ask', 'not-asker', 'other-content', 'too-early', 'too-many-refusals', 'no-such-ask', 'too-many-asks']) t.match(askRefused({ code, why: 'What to do.' }, 'waiting'), { refusal: { code, en: 'What to do.', vi: /\p{L}\.$/u } })
  t.match(askRefused({ code: 'ask-over', why: 'It is over.' }, 'alone'), { refusal: { status: 409, vi: ASK_STATE_TEXT.alone.vi } })
  t.equal(askRefused({ code: 'no-clusters', why: '' }, null), null)
})
