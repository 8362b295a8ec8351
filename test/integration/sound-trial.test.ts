import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { openSync, closeSync, readSync, constants, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { monoMs } from '../../shared/core/clock.ts'
import { createSound } from '../../agent/adapters/sound/player.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'
import type { SinkFactory } from '../../agent/adapters/sound/sinks/sink.ts'
import { withTrial } from '../../agent/adapters/sound/trial.ts'
import { folderDisk, fullOrder, makeOpus } from '../support/sound-rig.ts'
import { realClock } from '../support/real-clock.ts'
import { swallowingCard } from '../support/swallowing-card.ts'

t.setTimeout(120_000)
const MS = 2_500

function trial(t: Test, sink: SinkFactory, folder: string): ReturnType<typeof withTrial> {
  const made = withTrial({ clock: realClock, sink, make: (watched) => createSound({ clock: realClock, disk: folderDisk(folder), sink: watched }) })
  t.teardown(async () => {
    await made.sound.stop()
    await sink.stop()
  })
  return made
}
function sinkOf(spec: string): SinkFactory {
  const sink = openSink(spec, { clock: realClock })
  if (!sink.ok) throw new Error(sink.why)
  return sink.value
}
t.test('cards that work are found to, at their own rate, and nothing of it can be heard', async (t) => {
  const folder = t.testdir()
  const wav = join(folder, 'sound.wav')
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  t.teardown(() => closeSync(reader))
  const heard: number[] = []
  const drain = setInterval(() => {
    const bytes = Buffer.alloc(65_536)
    try {
      const n = readSync(reader, bytes)
      for (let i = 0; i + 1 < n; i += 2) heard.push(bytes.readInt16LE(i))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }, 20)
  t.teardown(() => clearInterval(drain))
  const results = await Promise.all([`wav:${wav}?ppm=200`, `fifo:${fifo}`, 'null'].map(async (spec) => ({ spec, ...(await trial(t, sinkOf(spec), folder).trySound(MS)) })))
  t.comment(JSON.stringify(results))
  for (const { spec, verdict, takenMs, refusals } of results) {
    // a machine that stood still for long has starved the card: that is told, and is no silence of the card
    t.ok(verdict === 'well' || verdict === 'starved', `${spec}: ${String(verdict)}`)
    t.ok((takenMs ?? 0) > MS * 0.8, `${spec}: ${String(takenMs)} ms`)
    t.equal(refusals, 0)
  }
  const [wavResult] = results
  const ppm = wavResult?.ratePpm ?? null
  if (ppm !== null) t.ok(Math.abs(ppm - 200) < 150, `${ppm} ppm of 200`)
  t.ok(heard.length > 48_000, 'the card ran')
  t.ok(heard.every((sample) => sample === 0), 'silence')
  t.ok(readFileSync(wav).subarray(44).every((byte) => byte === 0))
})

t.test('a card that swallows, one that cannot be opened and one that breaks off are each told', async (t) => {
  const folder = t.testdir()
  const failing: SinkFactory = {
    ...swallowingCard(),
    open: (onFail) => {
      setTimeout(() => onFail('alsa:hw:7: no such device. Check the cable.'), 5)
      return swallowingCard().open(() => undefined)
    },
  }
  const broken = sinkOf('null')
  const breaking: SinkFactory = {
    ...broken,
    open: (onFail) => {
      setTimeout(() => onFail('The card was pulled.'), 1_500)
      return broken.open(onFail)
    },
  }
  const [swallowed, failed, broke] = await Promise.all([swallowingCard(), failing, breaking].map((sink) => trial(t, sink, folder).trySound(MS)))
  t.match(swallowed, { verdict: 'swallows', takenMs: 0 })
  t.match(failed, { verdict: 'lost', why: /no such device/ })
  t.match(broke, { verdict: 'lost', why: 'The card was pulled.' })
})

t.test('what is to sound takes the card over at once and begins on time, and nothing is tried while it sounds', async (t) => {
  const folder = t.testdir()
  makeOpus(join(folder, 'tone.ogg'), 'sine=frequency=600:duration=1')
  const { sound, trySound } = trial(t, sinkOf('null'), folder)
  const trying = trySound(10_000)
  t.equal(trySound(MS), null, 'one at a time')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const at = monoMs(realClock.mono() + 700)
  const played = new Promise<{ began: number | null; playedMs: number }>((resolve) => sound.play(fullOrder({ media: 'tone.ogg', at }), resolve))
  t.match(await trying, { verdict: 'taken-over' })
  t.ok(realClock.mono() < at, 'it did not go on until its end')
  t.equal(trySound(MS), null, 'not while something is ordered')
  const report = await played
  t.ok(report.began !== null && Math.abs(report.began - at) < 1_000, `began ${String((report.began ?? 0) - at)} ms after its time`)
  t.ok(report.playedMs > 900)
  t.not(trySound(100), null, 'and then again')
})
