import t from 'tap'
import { monoMs, wallMs, type Cancel, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { createMonitor, type MonitorStage } from '../../agent/stages/monitor.ts'
import type { MonitorSource } from '../../agent/core/ports.ts'
import { addUp } from '../../server/core/evidence-report.ts'
import { joinDay, readLayout, splitDay } from '../../server/core/report-pack.ts'
import type { StoredEvidence } from '../../server/core/stores.ts'

/** Time that goes on when it is told to. */
class Time {
  now = 100_000
  readonly #waiting = new Set<{ at: number; fn: () => void }>()
  readonly clock: Clock = {
    wall: () => wallMs(this.now),
    mono: () => monoMs(this.now),
    after: (ms, fn): Cancel => {
      const entry = { at: this.now + ms, fn }
      this.#waiting.add(entry)
      return () => this.#waiting.delete(entry)
    },
  }
  to(at: number): void {
    this.now = at
    for (const entry of [...this.#waiting]) {
      if (entry.at > at || !this.#waiting.delete(entry)) continue
      entry.fn()
    }
  }
}

/** Syllables: noise that rises and falls by chance, five times a second. */
function babble(seconds: number, from: number): Int16Array {
  let state = from
  const chance = (): number => ((state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32)
  const out = new Int16Array(seconds * 48_000)
  let level = 0
  for (let i = 0; i < out.length; i++) {
    if (i % 9_600 === 0) level = chance() < 0.25 ? 0.01 : chance()
    out[i] = (chance() - 0.5) * 16_000 * level
  }
  return out
}

function world(stored: Map<string, Uint8Array> = new Map()): { time: Time; monitor: MonitorStage; hears: (pcm: Int16Array) => void; opened: () => number } {
  const time = new Time()
  let give: ((pcm: Int16Array) => void) | null = null
  let opened = 0
  const source: MonitorSource = {
    kind: 'sound', spec: 'test',
    open: (sound) => {
      opened++
      give = sound
      return () => (give = null)
    },
  }
  const disk = { read: (name: string) => Promise.resolve(stored.get(name) ?? null), writeAtomic: (name: string, bytes: Uint8Array) => Promise.resolve(void stored.set(name, bytes)) }
  return { time, monitor: createMonitor({ clock: time.clock, disk, log: silentLog, source }), hears: (pcm) => give?.(pcm), opened: () => opened }
}

/** Plays `sound` in steps of 20 ms; the ear hears `heard` of it 60 ms later at a quarter of its strength. Returns when it began. */
function play({ time, monitor, hears }: ReturnType<typeof world>, sound: Int16Array, heard: Int16Array): number {
  const began = time.now + 100
  const step = 960
  for (let at = 0; at < sound.length + 4 * 48_000; at += step) {
    if (at < sound.length) monitor.played(sound.subarray(at, at + step), monoMs(began + at / 48))
    time.to(began + (at + step) / 48)
    const from = at - 60 * 48
    const part = new Int16Array(step)
    for (let i = 0; i < step; i++) part[i] = (heard[from + i] ?? 0) / 4
    hears(part)
  }
  return began
}

t.test('an ear that has learnt its box says that it was heard, and by how much it is late', async (t) => {
  const stored = new Map<string, Uint8Array>()
  const w = world(stored)
  const test = babble(10, 1)
  const taught = play(w, test, test)
  t.equal(w.monitor.verdict(monoMs(taught), monoMs(taught + 10_000))?.why, 'not-calibrated')
  t.equal(await w.monitor.learn(monoMs(taught), monoMs(taught + 10_000)), true)
  t.ok(w.monitor.isCalibrated())

  const again = world(stored)
  await again.monitor.load()
  const sound = babble(26, 7)
  const began = play(again, sound, sound)
  const verdict = again.monitor.verdict(monoMs(began), monoMs(began + 26_000))
  t.match(verdict, { by: 'sound', verdict: 'heard', share: 100 })
  t.ok(Math.abs(verdict?.lag ?? 999) <= 20, JSON.stringify(verdict))

  again.time.to(again.time.now + 20_000)
  const silent = play(again, sound, new Int16Array(sound.length))
  t.match(again.monitor.verdict(monoMs(silent), monoMs(silent + 26_000)), { verdict: 'not-heard', why: 'silent' })
  const other = play(again, sound, babble(26, 99))
  t.not(again.monitor.verdict(monoMs(other), monoMs(other + 26_000))?.verdict, 'heard', 'another programme')
  t.ok(again.opened() >= 2, 'the ear was closed in between')
  again.monitor.stop()
})

t.test('a box without an ear says nothing', async (t) => {
  const time = new Time()
  const monitor = createMonitor({ clock: time.clock, disk: { read: () => Promise.resolve(null), writeAtomic: () => Promise.resolve() }, log: silentLog, source: null })
  monitor.played(new Int16Array(480), monoMs(100_000))
  t.equal(monitor.verdict(monoMs(0), monoMs(200_000)), null)
})

t.test('what the ear heard lifts a slot to the rung of heard, and survives the packing of the day', async (t) => {
  const row = (ms: number, verdict: 'heard' | 'not-heard'): StoredEvidence => ({
    cluster: 'c000000000', log: 'aaaaaaaaaaa', n: ms, slot: 's1', due: 1_000_000, end: 1_060_000, began: 1_000_010, ms, underruns: 0, receivedAt: wallMs(1_100_000),
    heard: { by: 'sound', verdict, share: verdict === 'heard' ? 100 : 0, lag: 10, gain: -1.5, ...(verdict === 'heard' ? {} : { why: 'silent' as const }) },
  })
  const rungOf = (rows: StoredEvidence[]): string => addUp(null, rows, { now: wallMs(2_000_000), reportedRev: () => 1 }).rung
  t.equal(rungOf([row(60_000, 'heard')]), 'heard')
  t.equal(rungOf([row(30_000, 'heard'), row(29_000, 'not-heard')]), 'played')
  t.equal(rungOf([row(60_000, 'not-heard')]), 'played')
  const day = { cluster: 'c000000000', planned: [], rungs: [], rows: [row(30_000, 'heard'), row(30_001, 'not-heard')] }
  const split = splitDay(day)
  t.same(joinDay('c000000000', split.pack([]), () => readLayout('{}')).rows, day.rows)
})
