import t from 'tap'
import { hurriedBackOffMs, patienceOf } from '../../agent/core/back-off.ts'
import type { LinkEvents, LinkOptions } from '../../agent/core/ports.ts'
import { createLink } from '../../agent/stages/link.ts'
import { createStreamWatch } from '../../agent/stages/stream-watch.ts'
import { createStreams } from '../../agent/stages/streams.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { silentLog } from '../../shared/core/log.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { streamTopicOf } from '../../shared/protocol/topics.ts'
import type { StreamPacket } from '../../shared/protocol/stream.ts'
import { createTurnedClock } from '../support/turned-clock.ts'
import { sealed, streamKeys } from '../support/stream-source.ts'

const T0 = Date.UTC(2026, 10, 22)
const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await Promise.resolve()
}

/** Both links of a box to a broker that does what the test says. */
function world() {
  const clock = createTurnedClock(T0)
  const attempts: { options: LinkOptions; events: LinkEvents; at: number }[] = []
  const subscribed = new Set<string>()
  const said: { name: string; text: string }[] = []
  const state = { answers: true, accepts: true }
  const connect = (options: LinkOptions, events: LinkEvents) => {
    attempts.push({ options, events, at: clock.mono() })
    if (state.accepts) clock.after(50, () => events.up())
    return {
      publish: (topic: string, payload: Uint8Array) => (said.push({ name: topic.split('/').at(-1) ?? '', text: new TextDecoder().decode(payload) }), Promise.resolve()),
      subscribe: (topic: string) => (subscribed.add(topic), Promise.resolve()),
      unsubscribe: (topic: string) => (subscribed.delete(topic), Promise.resolve()),
      ping: () => (state.answers ? Promise.resolve() : new Promise<void>(() => undefined)),
      close: () => undefined,
    }
  }
  const nothing = (): void => undefined
  const refused: string[] = []
  const deps = { cluster: 'c0000000a1', clock, random: () => 0.5, connect, log: silentLog }
  const ctl = createLink(deps, { will: () => new Uint8Array(1), up: () => streams.ctlUp(), down: nothing, message: nothing, stray: nothing })
  const aud = createLink({ ...deps, connection: 'aud' }, { topics: () => streams.topics(), up: () => streams.audUp(), down: nothing, message: (_n, p) => streams.packet(null, p), stream: (s, p) => streams.packet(s, p), stray: nothing })
  const keys = streamKeys(T0)
  const streams = createStreams({ clock, random: () => 0.5, crypto: nodeCrypto(), certified: keys.certified, aud, ctl, now: () => wallMs(clock.wall()), refused: (why) => void refused.push(why), changed: nothing })
  ctl.start()
  aud.start()
  const turn = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      clock.turn(Math.min(50, left))
      await settle()
    }
  }
  const audOf = (): { options: LinkOptions; events: LinkEvents; at: number } => attempts.filter(({ options }) => options.clientId.endsWith('.aud')).at(-1) as (typeof attempts)[number]
  const packet = (seq: number, more: Partial<StreamPacket> = {}): StreamPacket => ({ stream: 'vov1', epoch: 1, seq, atUs: (T0 + 30_000 + seq * 60) * 1_000, clip: false, last: false, silent: false, substituteSinceUs: null, frames: [Uint8Array.of(0x58, seq)], ...more })
  const hear = (bytes: Uint8Array, topic = streamTopicOf('vov1')): void => audOf().events.message(topic, bytes)
  return { clock, turn, attempts, audOf, subscribed, said, state, streams, refused, keys, packet, hear, joins: () => said.filter(({ name }) => name === 'join').map(({ text }) => JSON.parse(text) as { s: string; from: number; to?: number }) }
}
const WANT = { stream: 'vov1', clip: false, from: wallMs(T0 + 30_000), to: wallMs(T0 + 90_000) }

t.test('the connection of streams is kept open without a will, and rests as long as the broker allows', async (t) => {
  const w = world()
  await w.turn(3_000)
  const [ctl, aud] = ['.ctl', '.aud'].map((end) => w.attempts.filter(({ options }) => options.clientId.endsWith(end)))
  t.equal(ctl?.length, 1)
  t.equal(aud?.length, 1)
  t.ok(ctl?.[0]?.options.will)
  t.notOk(aud?.[0]?.options.will)
  t.equal(aud?.[0]?.options.keepaliveS, 120)
  t.same(aud?.[0]?.options.subscriptions, ['tl/1/c/c0000000a1/audio'])
})

t.test('a stream is joined twenty seconds before it is due, what lacks is asked for, and it is left when it is over', async (t) => {
  const w = world()
  w.streams.want([WANT])
  await w.turn(7_000)
  t.notOk(w.subscribed.has(streamTopicOf('vov1')))
  await w.turn(4_000)
  t.ok(w.subscribed.has(streamTopicOf('vov1')))
  t.same(w.joins().map(({ from }) => from), [T0 + 30_000], 'from the beginning of the item')
  await w.turn(15_000)
  for (const seq of [0, 1, 2, 9, 10]) w.hear(sealed(w.keys, w.packet(seq), true))
  await w.turn(600)
  t.same(w.joins().at(-1), { s: 'vov1', from: T0 + 30_180, to: T0 + 30_540 }, 'and the hole is asked for')
  await w.turn(70_000)
  t.notOk(w.subscribed.has(streamTopicOf('vov1')))
  t.same(w.streams.facts(), [])
})

t.test('a source that stalls makes nobody reconnect; a link that does not answer is given up and tried again at once', async (t) => {
  const w = world()
  w.streams.want([WANT])
  await w.turn(40_000)
  const before = w.attempts.length
  t.equal(before, 2, 'half a minute without a byte, and the broker answers')
  w.state.answers = false
  await w.turn(9_000)
  t.ok(w.attempts.length > before, 'without an answer there is a fresh attempt')
  const { options } = w.audOf()
  t.ok(options.patience, 'which does not wait for long')
  t.ok(options.subscriptions.includes(streamTopicOf('vov1')), 'and brings the stream with it')
})

t.test('while sound is due attempts follow each other within two seconds, and after a minute more rarely', async (t) => {
  t.ok(hurriedBackOffMs({ lastedMs: 0, lackingMs: 0, attempts: 1 }, () => 0.999) <= 250)
  t.ok(hurriedBackOffMs({ lastedMs: 0, lackingMs: 20_000, attempts: 12 }, () => 0) >= 500, 'a server that turns away is not stormed')
  t.ok(hurriedBackOffMs({ lastedMs: 0, lackingMs: 20_000, attempts: 12 }, () => 0.999) <= 1_500)
  t.ok(hurriedBackOffMs({ lastedMs: 0, lackingMs: 600_000, attempts: 99 }, () => 0) >= 7_000)
  const w = world()
  w.streams.want([WANT])
  w.state.accepts = false
  await w.turn(15_000)
  const { events } = w.audOf()
  const before = w.attempts.length
  events.down('gone')
  await w.turn(600)
  t.ok(w.attempts.length > before)
})

t.test('what an attempt in a hurry sends is bounded: dials are close for half a minute, rarer for another, and then single', (t) => {
  const dials = (lackingMs: number, chance: number): number | undefined => patienceOf({ attempts: 3, lackingMs }, () => chance).redialMs
  for (const chance of [0, 0.5, 0.999]) {
    t.ok((dials(0, chance) ?? 0) >= 200 && (dials(30_000, chance) ?? 0) <= 400)
    t.ok((dials(31_000, chance) ?? 0) >= 800 && (dials(60_000, chance) ?? 0) <= 1_200)
    t.equal(dials(60_001, chance), undefined)
  }
  t.not(dials(0, 0), dials(0, 0.9), 'boxes that fell together do not dial together')
  t.end()
})

t.test('what a stranger signs, what is signed for another stream, and what waits for a certificate', async (t) => {
  const w = world()
  w.streams.want([WANT])
  await w.turn(25_000)
  const feed = w.streams.feed('vov1', WANT.from)
  w.hear(sealed(streamKeys(T0, 9), w.packet(0), true))
  w.hear(sealed(w.keys, w.packet(0, { stream: 'vov2' }), true))
  w.hear(new Uint8Array(100))
  t.same(w.refused, ['unsigned', 'unsigned', 'malformed'])
  t.equal(feed.next(0), null)
  const fresh = world()
  fresh.streams.want([WANT])
  await fresh.turn(25_000)
  const other = fresh.streams.feed('vov1', WANT.from)
  fresh.hear(sealed(fresh.keys, fresh.packet(0), false))
  t.equal(other.next(0), null, 'nothing sounds before its key is known')
  fresh.hear(sealed(fresh.keys, fresh.packet(1), true))
  t.equal(other.next(0)?.startFrame, 0, 'then it was not lost')
  t.same(fresh.refused, [])
})

t.test('a clip that comes before its order is kept for it, and what lacks of it is asked for', async (t) => {
  const w = world()
  await w.turn(3_000)
  const own = 'tl/1/c/c0000000a1/audio'
  const clip = (seq: number, last = false): Uint8Array => sealed(w.keys, { ...w.packet(seq), stream: '~clip1', epoch: 0, clip: true, atUs: seq * 60_000, last }, seq === 0)
  for (const seq of [0, 1, 3]) w.hear(clip(seq, seq === 3), own)
  w.streams.want([{ stream: '~clip1', clip: true, from: wallMs(T0), to: wallMs(T0 + 60_000) }])
  t.equal(w.streams.feed('~clip1', null).next(0)?.startFrame, 0)
  t.notOk(w.streams.isWhole('~clip1'))
  await w.turn(2_000)
  t.same(w.joins()[0], { s: '~clip1', from: 120, to: 180 })
  w.hear(clip(2), own)
  t.ok(w.streams.isWhole('~clip1'))
  t.equal(w.streams.feed('~clip1', null).endFrame(), 4 * 2_880)
})

t.test('a link that hears something is not asked', async (t) => {
  const clock = createTurnedClock(T0)
  let asked = 0
  const link = { isUp: () => true, heardAt: () => clock.mono(), answers: () => (asked++, Promise.resolve(true)), renew: () => t.fail('renewed'), connects: () => 1 }
  const watch = createStreamWatch({ clock, random: () => 0.5, aud: link, ctl: link })
  for (let i = 0; i < 40; i++) {
    clock.turn(250)
    watch.look()
  }
  t.equal(asked, 0)
})
