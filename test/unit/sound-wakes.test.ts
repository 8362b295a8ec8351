import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Cancel, Clock } from '../../shared/core/clock.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { createSound } from '../../agent/adapters/sound/player.ts'
import { hostMs } from '../../agent/adapters/sound/host-time.ts'
import type { HostTime } from '../../agent/adapters/sound/host-time.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'
import type { SinkFactory } from '../../agent/adapters/sound/sinks/sink.ts'
import { folderDisk, fullOrder, makeOpus } from '../support/sound-rig.ts'

/** A machine whose time stands still until it is told to go on; counts how often something woke it. */
class Machine {
  now = 1_000
  wakes = 0
  /** A busy machine: every wake comes this much late. */
  lateMs = 0
  readonly #waiting = new Set<{ at: number; fn: () => void }>()

  readonly clock: Clock = { wall: () => wallMs(this.now), mono: () => monoMs(this.now), after: (delayMs, fn) => this.#after(delayMs, fn) }
  readonly host: HostTime = { wall: () => this.now, mono: () => hostMs(this.now), after: (delayMs, fn) => this.#after(delayMs, fn) }

  #after(delayMs: number, fn: () => void): Cancel {
    const entry = { at: this.now + Math.max(1, delayMs), fn }
    this.#waiting.add(entry)
    return () => this.#waiting.delete(entry)
  }

  /** Lets time go by, and the disk answer in between. */
  async pass(ms: number): Promise<number> {
    const [end, before] = [this.now + ms, this.wakes]
    for (;;) {
      const next = [...this.#waiting].reduce<{ at: number; fn: () => void } | null>((first, entry) => (first === null || entry.at < first.at ? entry : first), null)
      if (next === null || next.at > end) break
      this.#waiting.delete(next)
      this.now = Math.max(this.now, next.at + this.lateMs)
      this.wakes++
      next.fn()
      for (let i = 0; i < 4; i++) await new Promise(setImmediate)
    }
    this.now = Math.max(this.now, end)
    return this.wakes - before
  }

  sink(spec: string): SinkFactory {
    const opened = openSink(spec, { clock: this.clock, host: this.host })
    if (!opened.ok) throw new Error(opened.why)
    return opened.value
  }
}

t.test('a card that nobody plays to wakes the machine never, once a second when it records, ten times for a fifo without a reader', async (t) => {
  const folder = t.testdir({})
  for (const [spec, perMinute] of [['null', 0], [`wav:${folder}/out.wav`, 60], [`fifo:${folder}/fifo`, 600]] as const) {
    const machine = new Machine()
    const sink = machine.sink(spec)
    t.equal(await machine.pass(60_000), perMinute, spec)
    await sink.stop()
  }
})

t.test('a player without orders does not wake the machine', async (t) => {
  const machine = new Machine()
  const sound = createSound({ clock: machine.clock, disk: folderDisk(t.testdir({})), sink: machine.sink('null') })
  t.equal(await machine.pass(3_600_000), 0)
  await sound.stop()
})

t.test('sound at hand is looked at every 120 ms; after a late look four times as often for five seconds and twice as often for a minute, and nothing is lost', async (t) => {
  const folder = t.testdir({})
  makeOpus(`${folder}/tone`, 'sine=440:d=90')
  const machine = new Machine()
  const bytes = new Uint8Array(readFileSync(`${folder}/tone`))
  // a disk that takes no time: the machine's own would take real time while this one's stands still
  const disk = { readRange: (_name: string, at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)) }
  const sound = createSound({ clock: machine.clock, disk, sink: machine.sink('null') })
  const handle = sound.play(fullOrder({ media: 'tone', at: monoMs(machine.now + 1_000), until: monoMs(machine.now + 91_000) }), () => undefined)
  await machine.pass(3_000)
  const steady = await machine.pass(6_000)
  t.ok(steady >= 47 && steady <= 51, `${String(steady)} wakes in 6 s`)
  machine.lateMs = 30
  await machine.pass(200)
  machine.lateMs = 0
  const hasty = await machine.pass(3_000)
  t.ok(hasty >= 95 && hasty <= 101, `${String(hasty)} wakes in 3 s after a late one`)
  await machine.pass(3_000)
  const wary = await machine.pass(6_000)
  t.ok(wary >= 95 && wary <= 101, `${String(wary)} wakes in 6 s, wary`)
  await machine.pass(50_000)
  const again = await machine.pass(6_000)
  t.ok(again >= 47 && again <= 51, `${String(again)} wakes in 6 s, calm again`)
  const { underruns, playedMs, bufferMs } = handle.report()
  t.equal(underruns, 0)
  t.ok(Math.abs(playedMs - (machine.now - 2_000)) <= 130, `${String(playedMs)} ms played`)
  t.ok(bufferMs >= 250 && bufferMs <= 700, `${String(bufferMs)} ms decoded ahead`)
  const stopping = sound.stop()
  await machine.pass(1_000)
  await stopping
})

t.test('a wait of 60 ms leaves no hole, and after one a longer wait leaves none either', async (t) => {
  const folder = t.testdir({})
  makeOpus(`${folder}/tone`, 'sine=440:d=60')
  const bytes = new Uint8Array(readFileSync(`${folder}/tone`))
  const disk = { readRange: (_name: string, at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)) }
  /** Waits that come one after the other, with time to recover in between; how often the device ran dry. */
  const underrunsOf = async (...lateMs: number[]): Promise<number> => {
    const machine = new Machine()
    const sound = createSound({ clock: machine.clock, disk, sink: machine.sink('null') })
    const handle = sound.play(fullOrder({ media: 'tone', at: monoMs(machine.now + 1_000) }), () => undefined)
    await machine.pass(3_000)
    for (machine.lateMs of lateMs) {
      await machine.pass(100)
      machine.lateMs = 0
      await machine.pass(1_000)
    }
    const { underruns } = handle.report()
    const stopping = sound.stop()
    await machine.pass(1_000)
    await stopping
    return underruns
  }
  t.equal(await underrunsOf(60), 0)
  t.equal(await underrunsOf(110), 1, 'a wait that nothing announced')
  t.equal(await underrunsOf(30, 110, 110), 0, 'the same, twice, after a shorter one')
})
