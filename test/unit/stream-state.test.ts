import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { noteStream, streamStates, type OwnChanges } from '../../agent/core/stream-state.ts'
import { piecesOf, named, wantedStreams, type Piece } from '../../agent/core/stream-pieces.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { Slot, SlotSource } from '../../shared/core/slot.ts'

const T0 = Date.UTC(2026, 10, 22)
const at = (s: number): ReturnType<typeof wallMs> => wallMs(T0 + s * 1_000)

t.test('a stream that has not come for ten seconds gives way when the buffer is empty, and is taken back when five seconds are there', async (t) => {
  let own: OwnChanges = []
  const look = (s: number, quietS: number, coveredS: number): void => {
    own = noteStream(own, { now: at(s), due: at(0), quietMs: quietS * 1_000, coveredTo: at(s + coveredS) })
  }
  look(5, 0.1, 12)
  look(14, 9, 3)
  t.same(own, [], 'nine seconds are no reason yet')
  look(15, 10, 2)
  t.same(own, [{ from: at(17), away: true }], 'what is there is heard first')
  look(20, 0.1, 4.9)
  t.equal(own.length, 1)
  look(21, 0.1, 5)
  t.same(own.at(-1), { from: at(21.2), away: false })
})

t.test('what comes back before its silence was heard changes nothing', async (t) => {
  const view = { due: at(0), quietMs: 10_000, coveredTo: at(30) }
  const away = noteStream([], { ...view, now: at(20) })
  t.equal(away.length, 1)
  t.same(noteStream(away, { ...view, now: at(21), quietMs: 50 }), [])
})

t.test('where the link was down before, the substitute sounds from the first instant', async (t) => {
  const own = noteStream([], { now: at(-5), due: at(0), quietMs: 12_000, coveredTo: at(-5) })
  t.same(streamStates([], own), [{ from: at(0), substituteSince: at(0), own: true }])
})

t.test('what the station says goes over what the box has decided', async (t) => {
  const told = [{ fromUs: at(0) * 1_000, substituteSinceUs: null }, { fromUs: at(40) * 1_000, substituteSinceUs: at(40) * 1_000 }]
  const own = [{ from: at(10), away: true }, { from: at(20), away: false }]
  t.same(streamStates(told, own).map(({ from, substituteSince }) => [(from - T0) / 1_000, substituteSince === null ? null : (substituteSince - T0) / 1_000]), [[0, null], [10, 10], [20, null], [40, 40]])
})

const slot = (source: SlotSource, lengthMs = 100_000): Slot => ({
  id: 's.1.0', session: 's.1', class: 'scheduled', start: at(0), end: at(100), lengthMs, source, resume: 'where-it-would-be-now', policy: 'p', music: false, order: 0, staggerMs: 0, issuedAt: at(0),
})
const stretch = (source: SlotSource, from = 0, to = 100) => ({ key: 'k', slot: slot(source), from: at(from), to: at(to), offsetMs: from * 1_000 })
const told = (pieces: readonly Piece[]): unknown[] => pieces.map(({ from, to, zero, sound, via }) => [(from - T0) / 1_000, (to - T0) / 1_000, (zero - T0) / 1_000, sound.kind, via])

t.test('a substitute sounds in phase with everybody’s, and again when it is shorter than the gap', async (t) => {
  const context = { states: () => [{ from: at(30), substituteSince: at(30), own: false }, { from: at(75), substituteSince: null, own: false }], holds: () => true, lengthOf: () => 20_000, hasLine: false, frugal: false }
  t.same(told(piecesOf(stretch({ kind: 'stream', stream: 'vov1', substitute: 'm' }, 55), context)), [
    [55, 70, 50, 'file', 'substitute'],
    [70, 75, 70, 'file', 'substitute'],
    [75, 100, 0, 'stream', 'stream'],
  ])
  t.same(told(piecesOf(stretch({ kind: 'stream', stream: 'vov1', substitute: null }), context)), [[0, 100, 0, 'stream', 'stream']])
})

t.test('a box without a line input sounds the substitute in its place', async (t) => {
  const context = { states: () => [], holds: () => true, lengthOf: () => null, hasLine: false, frugal: false }
  const source = { kind: 'stream', stream: 'line', substitute: 'm' } as const
  t.same(told(piecesOf(stretch(source), context)), [[0, 100, 0, 'file', 'substitute']])
  t.same(told(piecesOf(stretch(source), { ...context, hasLine: true })), [[0, 100, 0, 'line', 'line']])
})

t.test('parts follow each other in their times, a held file as itself, another as its clip, and what is missing leaves its place empty', async (t) => {
  const parts = [{ media: 'tone', stream: null, ms: 5_000 }, { media: 'text', stream: '~clip', ms: 10_000 }, { media: 'gone', stream: null, ms: 3_000 }, { media: null, stream: '~mic1', ms: 40_000 }]
  const context = { states: () => [], holds: (media: string) => media === 'tone', lengthOf: () => null, hasLine: false, frugal: false }
  const pieces = piecesOf(stretch({ kind: 'parts', parts }, 2), context)
  t.same(told(pieces), [[2, 5, 0, 'file', null], [5, 15, 5, 'clip', null], [15, 18, 15, 'file', null], [18, 58, 18, 'stream', 'stream']])
  t.equal(new Set(pieces.map(({ key }) => key)).size, 4)
})

t.test('a piece keeps its name when the timeline is cut, and what comes back after an interruption has its own', async (t) => {
  const context = { states: () => [], holds: () => true, lengthOf: () => null, hasLine: false, frugal: false }
  const source = { kind: 'file', media: 'm' } as const
  const whole = named(piecesOf(stretch(source), context), [], at(10))
  const again = named(piecesOf(stretch(source, 8), context), whole, at(10))
  t.equal(again[0]?.key, whole[0]?.key)
  // an alert from 20 to 30, announced at 15 and sounding at 20
  const parted = [...piecesOf(stretch(source, 0, 20), context), ...piecesOf(stretch(source, 30), context)]
  const before = named(parted, whole, at(15))
  t.equal(before[0]?.key, whole[0]?.key)
  t.not(before[1]?.key, whole[0]?.key)
  t.not(named(piecesOf(stretch(source, 30), context), whole, at(20))[0]?.key, whole[0]?.key, 'it does not sound on through the alert')
})

t.test('streams are wanted while they are due, clips as long as they may sound and the file is not held', async (t) => {
  const parts = [{ media: 'text', stream: '~clip', ms: 10_000 }, { media: null, stream: '~mic1', ms: 40_000 }]
  const onAir = { do: 'play', slot: slot({ kind: 'parts', parts }), offsetMs: 0, until: at(60), because: { code: 'due', slot: 's', class: 'live' } } as const
  const segments: Segment[] = [{ from: at(0), to: at(60), onAir }]
  const inS = (list: ReturnType<typeof wantedStreams>): unknown[] => list.map(({ stream, clip, from, to }) => [stream, clip, (from - T0) / 1_000, (to - T0) / 1_000])
  t.same(inS(wantedStreams(segments, at(5), { holds: () => false, frugal: false })), [['~clip', true, 0, 60], ['~mic1', false, 10, 50]])
  t.same(inS(wantedStreams(segments, at(5), { holds: () => true, frugal: false })), [['~mic1', false, 10, 50]])
  t.same(wantedStreams(segments, at(61), { holds: () => false, frugal: false }), [])
})

t.test('a box that must spare its SIM sounds the stored substitute of a relay from its beginning, joins no relay, and still hears who speaks live', async (t) => {
  const context = { states: () => [], holds: () => true, lengthOf: () => 60_000, hasLine: false, frugal: true }
  t.same(told(piecesOf(stretch({ kind: 'stream', stream: 'vov1', substitute: 'm' }), context)), [[0, 60, 0, 'file', 'substitute'], [60, 100, 60, 'file', 'substitute']])
  t.same(told(piecesOf(stretch({ kind: 'stream', stream: 'line', substitute: 'm' }), { ...context, hasLine: true })), [[0, 100, 0, 'line', 'line']], 'its own line input costs nothing')
  const playing = (source: SlotSource): Segment => ({ from: at(0), to: at(60), onAir: { do: 'play', slot: slot(source), offsetMs: 0, until: at(60), because: { code: 'due', slot: 's', class: 'live' } } })
  const segments = [playing({ kind: 'stream', stream: 'vov1', substitute: 'm' }), playing({ kind: 'parts', parts: [{ media: null, stream: '~mic1', ms: 40_000 }] })]
  t.same(wantedStreams(segments, at(5), { holds: () => true, frugal: true }).map(({ stream }) => stream), ['~mic1'])
  t.same(wantedStreams(segments, at(5), { holds: () => true, frugal: false }).map(({ stream }) => stream), ['vov1', '~mic1'])
})
