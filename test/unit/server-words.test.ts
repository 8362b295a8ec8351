import fc from 'fast-check'
import t from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { sameBytes } from '../../server/core/administrator.ts'
import { createAttemptLimit } from '../../server/core/attempt-limit.ts'
import { becauseText } from '../../server/core/because-text.ts'
import { CLAIM_BYTES, claimToken, readClaim, rootFingerprint } from '../../server/core/claim-code.ts'
import { sentenceForRules, type BrokenRule } from '../../server/core/error-sentences.ts'
import { SHORTFALL_TEXT } from '../../server/core/shortfall-text.ts'
import { rangeOf } from '../../server/features/programmes/handlers.ts'
import { fingerprintOf } from '../../agent/core/claim.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { SILENCES, type Because } from '../../shared/core/timeline.ts'
import { RESUME_RULES } from '../../shared/core/slot.ts'
import { SHORT_REASONS } from '../../shared/protocol/messages/evidence.ts'

const nameOf = (slot: string): string => (slot === 's.0' ? 'Bản tin' : slot)

t.test('every answer of the rule has a sentence in both languages', (t) => {
  const all: Because[] = [
    { code: 'due', slot: 's.0', class: 'scheduled' },
    ...RESUME_RULES.map((rule): Because => ({ code: 'resumed', slot: 's.0', rule, after: 's.1' })),
    ...['s.1', 'quiet-hours', 'constructor'].map((after): Because => ({ code: 'late', slot: 's.0', after })),
    ...SILENCES.flatMap((code): Because[] => [{ code }, { code, slot: 's.0', from: wallMs(0), to: wallMs(3_600_000), reason: 'đám tang', after: 'stopped' }]),
  ]
  for (const because of all) {
    const { en, vi } = becauseText(because, nameOf)
    t.match(en, /^["A-Z].*\.$/, JSON.stringify(because))
    t.match(vi, /^["\p{Lu}].*\.$/u)
    t.notMatch(en + vi, /undefined|null|function/)
  }
  t.same(becauseText({ code: 'quiet-hours', slot: 's.0', from: wallMs(14 * 3_600_000), to: wallMs(22 * 3_600_000) }, nameOf), {
    en: '"Bản tin" is due, but these are the quiet hours (21:00–05:00).',
    vi: 'Đến giờ phát "Bản tin", nhưng đang là giờ không phát (21:00–05:00).',
  })
  t.end()
})

t.test('every reason for less than planned has words', (t) => {
  for (const reason of SHORT_REASONS) t.match(SHORTFALL_TEXT[reason], { en: /\.$/, vi: /\.$/ }, reason)
  t.end()
})

const rule = (keyword: string, instancePath: string, params: Record<string, unknown> = {}, description?: string): BrokenRule => ({ keyword, instancePath, params, ...(description === undefined ? {} : { parentSchema: { description } }) })

t.test('a broken rule becomes one sentence that names the field and what to do', (t) => {
  const cases: [BrokenRule[], string][] = [
    [[rule('required', '', { missingProperty: 'name' })], 'The request lacks the field "name": add it.'],
    [[rule('required', '/items/0', { missingProperty: 'file' }), rule('required', '/items/0', { missingProperty: 'speak' }), rule('anyOf', '/items/0')], 'The request items[0] needs one of the fields "file", "speak": add the one that is meant.'],
    [[rule('additionalProperties', '/items/0', { additionalProperty: 'fiel' })], 'The field "items[0].fiel" is not known here: remove it, or correct its spelling.'],
    [[rule('maximum', '/days/weekdays/0', { limit: 7 }), rule('const', '/days', { allowedValue: 'daily' }), rule('anyOf', '/days')], 'The field "days.weekdays[0]" must be at most 7.'],
    [[rule('pattern', '/at', { pattern: '^x$' }, 'HH:MM')], 'The field "at" must have the form: HH:MM.'],
    [[rule('type', '', { type: 'object' })], 'The request must be an object.'],
    [[rule('const', '/kind', { allowedValue: 'a' }), rule('const', '/kind', { allowedValue: 'b' }), rule('anyOf', '/kind')], 'The field "kind" does not have one of the forms that are allowed here: compare it with the description at /api/docs.'],
    [[], 'The request is not valid: compare it with /api/docs.'],
  ]
  for (const [rules, en] of cases) t.equal(sentenceForRules(rules, 'body').en, en)
  t.end()
})

t.test('a claim survives being written down, and its fingerprint is the one that the agent checks', (t) => {
  const crypto = nodeCrypto()
  const root = crypto.publicKey(new Uint8Array(32).fill(7))
  t.equal(rootFingerprint(crypto, root), fingerprintOf(root, crypto))
  fc.assert(fc.property(fc.uint8Array({ minLength: CLAIM_BYTES, maxLength: CLAIM_BYTES }), (bytes) => {
    const token = claimToken(bytes)
    const plain = readClaim(`${token}.AAAAAAAAAAAA`)
    return plain === token.replaceAll('-', '') && readClaim(token.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'i')) === plain
  }))
  for (const text of ['', 'ABCD', 'U'.repeat(16), '0'.repeat(17), '0000-0000-0000-000!', '.0000000000000000']) t.equal(readClaim(text), null, text)
  t.equal(new Set(Array.from({ length: 256 }, (_, n) => claimToken(new Uint8Array(CLAIM_BYTES).fill(n)))).size, 256)
  t.end()
})

t.test('an address that fails is held back, fills up again, and does not hold back another', (t) => {
  const limit = createAttemptLimit(3, 1_000)
  const take = (address: string, at: number): boolean => limit.take(address, monoMs(at))
  t.same([0, 0, 0, 0].map(() => take('a', 0)), [true, true, true, false])
  t.equal(take('b', 0), true)
  t.equal(take('a', 999), false)
  t.equal(take('a', 1_000), true)
  t.equal(take('a', 1_500), false)
  t.same([0, 0, 0, 0].map(() => take('a', 1e9)), [true, true, true, false], 'never more than the burst')
  for (let n = 0; n < 100; n++) {
    t.equal(take('c', 0), true)
    limit.giveBack('c')
  }
  for (let n = 0; n < 20_000; n++) take(`d${n}`, 1e9)
  t.equal(take('a', 1e9), true, 'forgotten among ten thousand others')
  t.end()
})

t.test('bytes are the same only when all of them are', (t) => {
  t.equal(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2])), true)
  for (const other of [[1, 3], [0, 2], [1], [1, 2, 0]]) t.equal(sameBytes(new Uint8Array([1, 2]), new Uint8Array(other)), false)
  t.end()
})

t.test('byte ranges as browsers ask for them', (t) => {
  const cases: [string | undefined, object | null][] = [
    [undefined, { from: 0, to: 99 }], ['bytes=0-', { from: 0, to: 99 }], ['bytes=10-19', { from: 10, to: 19 }], ['bytes=90-500', { from: 90, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }], ['bytes=-500', { from: 0, to: 99 }], ['bytes=100-', null], ['bytes=20-10', null], ['bytes=-0', null],
    ['bytes=0-1,5-6', { from: 0, to: 99 }], ['bytes=-', { from: 0, to: 99 }], ['lines=1-2', { from: 0, to: 99 }],
  ]
  for (const [header, range] of cases) t.same(rangeOf(header, 100), range, String(header))
  t.end()
})
