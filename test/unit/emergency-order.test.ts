import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import { openOrder, signOrder } from '../../shared/protocol/orders.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { AHEAD_MS, HOLDING_TONES, orderFor, placeMessage, soundsOf } from '../../server/core/emergency-order.ts'
import type { EmergencyClusterRow, EmergencyCourse, EmergencyRecord, EmergencySound } from '../../server/core/emergency-record.ts'
import { byRank, ENDING_RANK, rankOf } from '../../server/core/emergency-rank.ts'

const NOW = wallMs(1_800_000_000_000)
const CLUSTER = 'c0000000a1'
const sha = (letter: string): string => letter.repeat(43)
const sound = (over: Partial<EmergencySound> = {}): EmergencySound => ({ media: sha('M'), bytes: 60_000, ms: 20_000, stream: '~abcdefghij0', pinned: false, ...over })
const TONE = sound({ media: sha('T'), bytes: 9_000, ms: 4_800, stream: '~abcdefghijt', pinned: true })
const course = (over: Partial<EmergencyCourse> = {}): EmergencyCourse => ({
  tone: TONE, tones: 1, notice: [], message: [sound()], problem: null, endedBy: null, endedReason: null, correction: null, correctionSounds: null, ...over,
})
const record = (over: Partial<EmergencyRecord> = {}): EmergencyRecord => ({
  id: 'abcdefghij', title: 'Vỡ đê', drill: false, danger: 7, authority: 1, acceptedAt: NOW, startAt: wallMs(NOW + 2_000), expiresAt: wallMs(NOW + 600_000), until: wallMs(NOW + 600_000),
  endedAt: null, endedBecause: null, origin: null, course: course(),
  order: { messages: [{ kind: 'text', text: 'Vỡ đê' }], targets: 'all', times: 3, gapMs: 5_000, volume: 90, actor: 'administrator' }, ...over,
})
const row: EmergencyClusterRow = { emergency: 'abcdefghij', cluster: CLUSTER, rev: 17, stopped: null, heard: null, correctedAt: null }
const context = { issuedAt: NOW, lacks: () => false }

t.test('nearness of danger goes first, then authority, then the newer one; an exercise is below all that is real', async (t) => {
  const one = (danger: number, authority: number, at: number, drill = false): ReturnType<typeof rankOf> => rankOf({ danger, authority, drill, acceptedAt: wallMs(at) })
  const ranked = [one(9, 0, 1), one(5, 3, 1), one(5, 1, 9), one(5, 1, 2), one(0, 1, 1), one(9, 3, 99, true)]
  t.same([...ranked].reverse().sort(byRank), ranked)
  t.ok(byRank(ENDING_RANK, one(9, 3, 9)) < 0, 'the end of a wrong message goes before all')
})

t.test('the order says what sounds: a pinned file by its name, a new one with its size and the stream that brings it', async (t) => {
  const order = orderFor(record(), row, context)
  t.match(order, {
    t: 'alert', c: CLUSTER, rev: 17, id: 'abcdefghij', drill: false, danger: 7, auth: 1, at: NOW + 2_000, times: 3, gap: 5_000, vol: 90, exp: NOW + 600_000, ended: null, lead: 4_800,
    parts: [{ m: sha('T'), ms: 4_800 }, { m: sha('M'), b: 60_000, s: '~abcdefghij0', ms: 20_000 }],
  })
  t.notOk(order && 'b' in (order.parts[0] ?? {}), 'nothing is said of how a pinned file comes')
  const lacking = orderFor(record(), row, { ...context, lacks: (media) => media === sha('T') })
  t.same(lacking?.parts[0], { m: sha('T'), b: 9_000, s: '~abcdefghijt', ms: 4_800 }, 'but a cluster that lacks it is told')
})

t.test('while the message is being made the tone is ordered alone and goes on', async (t) => {
  const order = orderFor(record({ course: course({ message: null }) }), row, context)
  t.match(order, { times: HOLDING_TONES, gap: 0, lead: 4_800 })
  t.equal(order?.parts.length, 1)
  t.equal(orderFor(record({ course: course({ tone: null, message: null }) }), row, context), null, 'without a tone there is nothing to say yet')
})

t.test('the message follows the first tone that ends late enough, so that no word is lost; beyond what an order holds all begins anew', async (t) => {
  const start = NOW + 2_000
  const rows = [
    { at: NOW, tones: 1, startAt: start, what: 'ready at once' },
    { at: start + 4_800 - AHEAD_MS, tones: 1, startAt: start, what: 'just in time' },
    { at: start + 4_801 - AHEAD_MS, tones: 2, startAt: start, what: 'a moment too late for the first tone' },
    { at: start + 4 * 4_800, tones: 5, startAt: start, what: 'the last that an order holds' },
    { at: start + 5 * 4_800, tones: 1, startAt: start + 5 * 4_800 + 700, what: 'too late for that: anew' },
  ]
  for (const { at, tones, startAt, what } of rows) t.same(placeMessage(record(), 1, wallMs(at)), { startAt, tones }, what)
  const placed = placeMessage(record(), 1, wallMs(start + 4_801 - AHEAD_MS))
  t.equal(soundsOf(course({ tones: placed.tones })).length, 3)
  const drill = course({ notice: [sound({ stream: '~abcdefghijd' })], message: [sound(), sound(), sound()] })
  t.equal(placeMessage(record({ course: drill }), 3, wallMs(start + 3 * 4_800)).tones, 1, 'notice and three languages leave room for two tones')
})

t.test('what is over says since when; a stop for one place stands before the end of all; a correction comes with the cancelling only', async (t) => {
  t.equal(orderFor(record({ endedAt: wallMs(NOW + 9), endedBecause: 'replaced' }), row, context)?.ended, NOW + 9)
  t.equal(orderFor(record({ endedAt: wallMs(NOW + 9), endedBecause: 'finished' }), row, context)?.ended, null, 'what ends by itself needs no word')
  const stopped = { ...row, stopped: { at: wallMs(NOW + 5), by: 'administrator', reason: 'nhầm xã' } }
  t.equal(orderFor(record(), stopped, context)?.ended, NOW + 5)
  const corrected = record({ endedAt: wallMs(NOW + 9), endedBecause: 'cancelled', until: wallMs(NOW + 86_400_000), course: course({ correctionSounds: [sound({ stream: '~abcdefghijc0' })] }) })
  t.match(orderFor(corrected, stopped, context), { ended: NOW + 5, exp: NOW + 86_400_000, corr: [{ s: '~abcdefghijc0' }] })
})

t.test('the longest order fits its topic, and passes the agent’s own check', async (t) => {
  const long = (mark: string): EmergencySound => sound({ bytes: 268_435_456, ms: 86_400_000, stream: `~abcdefghij${mark}` })
  const full = record({
    expiresAt: wallMs(NOW + 86_400_000), endedAt: NOW, endedBecause: 'cancelled', until: wallMs(NOW + 86_400_000),
    course: course({ tones: 2, notice: [long('d')], message: [long('0'), long('1'), long('2')], correctionSounds: [long('ch'), long('c0')] }),
  })
  const order = orderFor(full, { ...row, rev: NOW }, { issuedAt: NOW, lacks: () => true })
  if (!order) throw new Error('no order')
  const crypto = nodeCrypto()
  const [root, secret] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)]
  const certificate = certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: KEY_USES.orders, notBeforeMs: NOW - 1_000, notAfterMs: NOW + 1_000 })
  const text = signOrder(crypto, { secret, certificate }, order)
  t.ok(text.length <= 2_560, `${text.length} bytes`)
  t.match(openOrder(text, 'alert', { crypto, cluster: CLUSTER, at: NOW, certified: createCertificateCache(crypto, crypto.publicKey(root)) }), { ok: true })
})
