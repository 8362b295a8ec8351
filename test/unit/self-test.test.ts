import t from 'tap'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { createNoiseMeter } from '../../agent/core/noise-floor.ts'
import { createProbeNotes, type ProbeResult } from '../../agent/core/sound-probe.ts'
import { createActs, type ActsDeps } from '../../agent/stages/hands-acts.ts'
import { testSound } from '../../agent/stages/hands-sound.ts'

const NOW = wallMs(1_795_384_800_000)
const WELL: ProbeResult = { verdict: 'well', takenMs: 4_000, underruns: 0, refusals: 0, ratePpm: 12 }
const sine = (hz: number, amplitude: number, ms: number): Int16Array => Int16Array.from({ length: ms * 48 }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / 48_000)))
const mixed = (...all: Int16Array[]): Int16Array => (all[0] ?? new Int16Array()).map((_, i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0))

/** A card that is looked at every 60 ms, fed 100 ms ahead, at `rate` of its speed. */
function probed(card: { readonly rate?: number; readonly takes?: (ms: number) => number; readonly starves?: number }): ProbeResult {
  const notes = createProbeNotes()
  let given = 0
  for (let ms = 0; ms <= 4_000; ms += 60) {
    const taken = Math.min(given, Math.floor((card.takes?.(ms) ?? ms) * (card.rate ?? 1) * 48))
    notes.look({ at: monoMs(ms), taken, nextAt: monoMs(ms + (given - taken) / 48 / (card.rate ?? 1)) }, ms > 0 && ms / 60 <= (card.starves ?? 0))
    const more = Math.max(0, taken + 4_800 - given)
    given += more
    notes.given(more)
  }
  return notes.result({})
}

t.test('a card is judged by what it was given and what has left it', async (t) => {
  t.match(probed({}), { verdict: 'well', underruns: 0 })
  const fast = probed({ rate: 1.0002 })
  t.match(fast, { verdict: 'well' })
  t.ok(Math.abs((fast.ratePpm ?? 0) - 200) < 60, `${String(fast.ratePpm)} ppm`)
  t.match(probed({ rate: 44_100 / 48_000 }), { verdict: 'wrong-rate' })
  t.match(probed({ takes: () => 0 }), { verdict: 'swallows', takenMs: 0 })
  t.match(probed({ takes: (ms) => Math.min(ms, 1_500) }), { verdict: 'swallows' }, 'it stops in the middle')
  t.match(probed({ starves: 2 }), { verdict: 'well', underruns: 2, ratePpm: null }, 'a hiccup')
  t.match(probed({ starves: 3 }), { verdict: 'starved' })
  t.match(createProbeNotes().result({}), { verdict: 'swallows' }, 'it never had room')
  t.match(createProbeNotes().result({ lost: 'why' }), { verdict: 'lost', why: 'why' })
  t.match(createProbeNotes().result({ lost: 'why', takenOver: true }), { verdict: 'taken-over' })
})

t.test('the noise of a silent place and the hum in it are told, whatever goes by', async (t) => {
  const measured = (pcm: Int16Array): { noiseDb: number; humDb: number } | null => {
    const meter = createNoiseMeter()
    for (let at = 0; at < pcm.length; at += 960) meter.take(pcm.subarray(at, at + 960))
    return meter.result()
  }
  // −40 dBFS of hum is an amplitude of 463
  const hum = measured(sine(50, 463, 3_000))
  t.ok(Math.abs((hum?.humDb ?? 0) + 40) < 0.5 && Math.abs((hum?.noiseDb ?? 0) + 40) < 0.5, JSON.stringify(hum))
  const voice = measured(mixed(sine(440, 463, 3_000), sine(100, 46, 3_000)))
  t.ok(Math.abs((voice?.noiseDb ?? 0) + 40) < 0.5 && Math.abs((voice?.humDb ?? 0) + 60) < 1, JSON.stringify(voice))
  const passing = new Int16Array(3_000 * 48)
  passing.set(sine(300, 20_000, 800), 60_000)
  t.match(measured(passing), { noiseDb: -120, humDb: -120 })
  t.equal(measured(sine(50, 400, 500)), null, 'too little to tell')
})

t.test('the card is tried only while nothing sounds and nothing is due for minutes; what it was not tried for is no fault', async (t) => {
  const asked: number[] = []
  const acts = (over: { readonly playing?: boolean; readonly nextInMs?: number | null; readonly result?: ProbeResult | null }) => {
    const stored = new Map<string, Uint8Array>()
    return createActs({
      clock: { wall: () => NOW, mono: () => monoMs(0), after: () => () => undefined } satisfies Clock,
      disk: { read: async (name: string) => stored.get(name) ?? null, writeAtomic: async (name: string, bytes: Uint8Array) => void stored.set(name, bytes), remove: async (name: string) => void stored.delete(name), free: async () => null } as ActsDeps['disk'],
      time: { now: () => NOW, facts: () => ({ trusted: true, errMs: 4 }) } as ActsDeps['time'],
      store: { plan: () => null, inventory: () => ({ held: 2, due: 2 }) } as unknown as ActsDeps['store'],
      player: { playing: () => (over.playing ? { slot: 's' } : null), nextSound: () => (over.nextInMs === undefined || over.nextInMs === null ? null : wallMs(NOW + over.nextInMs)) } as unknown as ActsDeps['player'],
      tone: {} as ActsDeps['tone'], services: {}, recovery: null, monitor: undefined,
      trySound: (ms) => {
        asked.push(ms)
        return over.result === null ? null : Promise.resolve(over.result ?? WELL)
      },
    })
  }
  const check = (over: Parameters<typeof acts>[0]) => acts(over).check?.({ t: 'service', c: 'c', iat: 0, exp: 0, id: '0000000001', do: 'check' })
  t.match(await check({}), { st: 'done', facts: { sound: 'well', takenMs: 4_000, ratePpm: 12 } })
  t.match(await check({ nextInMs: 3_600_000 }), { st: 'done', facts: { sound: 'well' } })
  t.same(asked, [4_000, 4_000])
  for (const over of [{ playing: true }, { nextInMs: 4 * 60_000 }, { nextInMs: -1_000 }]) t.match(await check(over), { st: 'done', facts: { sound: 'not-now' } })
  t.equal(asked.length, 2)
  t.match(await check({ result: null }), { st: 'done', facts: { sound: 'not-now' } }, 'something was ordered in that moment')
  t.match(await check({ result: { ...WELL, verdict: 'taken-over' } }), { st: 'done', facts: { sound: 'taken-over' } })
  t.match(await check({ result: { ...WELL, verdict: 'swallows', takenMs: 0, ratePpm: null } }), { st: 'failed', why: 'failed', facts: { sound: 'swallows', takenMs: 0 } })
  t.match(await check({ result: { ...WELL, verdict: 'lost', why: 'x'.repeat(300) } }), { facts: { soundWhy: 'x'.repeat(160) } })
})

t.test('an ear that is fitted hears the silence, and one that hears nothing at all is told', async (t) => {
  const ear = (pcm: Int16Array | null) => ({ listen: (hear: (sound: Int16Array, at: number) => void) => (pcm && hear(pcm, 0), () => undefined) }) as unknown as Parameters<typeof testSound>[0]['monitor']
  const tried = (monitor: ReturnType<typeof ear>) => testSound({ trySound: () => Promise.resolve(WELL), monitor, isFree: () => true })
  t.match(await tried(ear(sine(50, 463, 3_000))), { isWell: true, facts: { sound: 'well', humDb: -40, noiseDb: -40 } })
  t.match(await tried(ear(null)), { isWell: false, facts: { sound: 'well', ear: 'no-input' } })
  t.match(await tried(undefined), { isWell: true, facts: { sound: 'well' } })
  t.same(await testSound({ trySound: undefined, monitor: undefined, isFree: () => true }), { isWell: true, facts: {} }, 'a box without a device to try')
})
