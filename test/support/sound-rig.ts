import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import type { Disk, PlayOrder, Sound, SoundReport } from '../../agent/core/ports.ts'
import { createSound } from '../../agent/adapters/sound/player.ts'
import type { SoundSettings } from '../../agent/adapters/sound/player.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'

/** Makes an Ogg Opus file with ffmpeg from a lavfi source, as the import does: 24 kbit/s mono. */
export function makeOpus(path: string, source: string): void {
  const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-ac', '1', '-c:a', 'libopus', '-b:a', '24k', '-vbr', 'on', '-f', 'ogg', path]
  execFileSync('ffmpeg', args)
}

/** A folder as the agent's disk, read only. */
export function folderDisk(folder: string): Pick<Disk, 'readRange'> {
  return {
    async readRange(name, at, length) {
      const file = await open(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (file === null) return null
      const bytes = new Uint8Array(length)
      const { bytesRead } = await file.read(bytes, 0, length, at).finally(() => file.close())
      return bytes.subarray(0, bytesRead)
    },
  }
}

/** A clock that is `offsetMs` and `ppm` wrong against the host. */
export function wrongClock(offsetMs = 0, ppm = 0): Clock {
  const rate = 1 + ppm / 1e6
  const zero = performance.now()
  return {
    wall: () => wallMs(Date.now() + offsetMs),
    mono: () => monoMs((performance.now() - zero) * rate + 1_000_000 + offsetMs),
    after(delayMs, fn) {
      const timer = setTimeout(fn, delayMs / rate)
      return () => clearTimeout(timer)
    },
  }
}

export interface Rig {
  readonly clock: Clock
  readonly sound: Sound
  readonly logged: string[]
  /** Plays and resolves with the final report. */
  play(order: Partial<PlayOrder> & { media: string; at: MonoMs }): Promise<SoundReport>
  /** Host wall time of an instant on the agent's clock. */
  wallOf(at: MonoMs): number
}

export function rig(folder: string, sinkSpec: string, options: { clock?: Clock; settings?: Partial<SoundSettings> } = {}): Rig {
  const clock = options.clock ?? wrongClock()
  const sink = openSink(sinkSpec, { clock })
  if (!sink.ok) throw new Error(sink.why)
  const logged: string[] = []
  const sound = createSound({
    clock,
    disk: folderDisk(folder),
    sink: sink.value,
    log: (line) => logged.push(line),
    ...(options.settings ? { settings: options.settings } : {}),
  })
  return {
    clock,
    sound,
    logged,
    play: (order) => new Promise((resolve) => sound.play(fullOrder(order), resolve)),
    wallOf: (at) => performance.timeOrigin + performance.now() + (at - clock.mono()),
  }
}

/** From the beginning, for at most a minute, at full volume, unless said otherwise. */
export const fullOrder = (order: Partial<PlayOrder> & { media: string; at: MonoMs }): PlayOrder => ({
  offsetMs: 0,
  until: monoMs(order.at + 60_000),
  volume: 100,
  ...order,
})

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Holds the event loop, as a long computation or a swapping machine does. */
export function stall(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) readFileSync('/dev/null')
}
