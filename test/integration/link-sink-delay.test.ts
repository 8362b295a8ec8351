import { join } from 'node:path'
import t from 'tap'
import { createSound } from '../../agent/adapters/sound/player.ts'
import { delayedSink } from '../../agent/adapters/sound/sinks/delayed-sink.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'
import { monoMs } from '../../shared/core/clock.ts'
import { readRecording, soundSpan } from '../support/recording.ts'
import { folderDisk, fullOrder, makeOpus, wrongClock } from '../support/sound-rig.ts'

t.test('what takes 80 ms behind the sink leaves it 80 ms earlier', async (t) => {
  const folder = t.testdir()
  makeOpus(join(folder, 'tone'), 'sine=frequency=700:duration=1,volume=18dB')
  const clock = wrongClock()
  const began: number[] = []
  for (const delayMs of [0, 80]) {
    const wav = join(folder, `delay-${delayMs}.wav`)
    const sink = openSink(`wav:${wav}`, { clock })
    if (!sink.ok) return t.fail(sink.why)
    const sound = createSound({ clock, disk: folderDisk(folder), sink: delayedSink(sink.value, delayMs) })
    const at = monoMs(clock.mono() + 1_500)
    const wallAt = performance.timeOrigin + performance.now() + 1_500
    await new Promise((done) => sound.play(fullOrder({ media: 'tone', at }), done))
    await sound.stop()
    const span = soundSpan(readRecording(wav))
    began.push((span?.fromMs ?? Number.NaN) - wallAt)
  }
  const [plain = 0, early = 0] = began
  t.ok(Math.abs(plain - early - 80) < 15, `${plain.toFixed(1)} and ${early.toFixed(1)} ms after its time`)
})
