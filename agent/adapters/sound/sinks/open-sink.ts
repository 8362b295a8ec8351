import type { Clock } from '../../../../shared/core/clock.ts'
import { ok, refuse } from '../../../../shared/core/result.ts'
import type { Result } from '../../../../shared/core/result.ts'
import { hostTime } from '../host-time.ts'
import type { HostTime } from '../host-time.ts'
import { childSinkFactory } from './child-sink.ts'
import { startFifoCard } from './fifo-sink.ts'
import { startNullCard } from './null-sink.ts'
import type { SinkFactory } from './sink.ts'
import { startWavCard } from './wav-sink.ts'

export interface SinkDeps {
  /** The agent's clock: instants given to and by a sink are on it. */
  readonly clock: Clock
  /** The machine's true time, for the virtual cards; the real one by default. */
  readonly host?: HostTime
}

export type SinkRefusal = 'bad-sink' | 'sink-unusable'

const ALLOWED =
  'TL_SINK must be alsa:DEVICE, pulse, pulse:SINK, wav:FILE[?ppm=50&keep=2&roll=3600], fifo:PATH or null. ' +
  'TL_SINK phải là alsa:THIẾT_BỊ, pulse[:TÊN], wav:TỆP, fifo:ĐƯỜNG_DẪN hoặc null.'

/** The number of an option, its default when absent, null when it is nonsense. */
function numberOption(options: URLSearchParams, key: string, range: { min: number; max: number; or: number }): number | null {
  const text = options.get(key)
  if (text === null) return range.or
  const value = Number(text)
  return text !== '' && Number.isFinite(value) && value >= range.min && value <= range.max ? value : null
}

/**
 * Reads a sink's description. `wav:` and `fifo:` start their virtual card at once: it runs, and records silence, until
 * stop(). Hardware is opened only around sound.
 */
export function openSink(spec: string, deps: SinkDeps): Result<SinkFactory, SinkRefusal> {
  const [, kind = '', rest = ''] = /^([a-z]+):?(.*)$/s.exec(spec) ?? []
  const [target = '', query = ''] = rest.split('?', 2)
  const options = new URLSearchParams(query)
  const open = OPENERS[kind]
  if (open === undefined) return refuse('bad-sink', `"${spec}" is no sound output. ${ALLOWED}`)
  try {
    const factory = open(target, options, { clock: deps.clock, host: deps.host ?? hostTime() })
    return factory === null ? refuse('bad-sink', `"${spec}" is incomplete or has a wrong option. ${ALLOWED}`) : ok(factory)
  } catch (error) {
    return refuse('sink-unusable', `${spec} cannot be opened (${String(error)}): check the path and its rights.`)
  }
}

type Opener = (target: string, options: URLSearchParams, deps: Required<SinkDeps>) => SinkFactory | null

const OPENERS: Readonly<Record<string, Opener | undefined>> = {
  wav(path, options, { host, clock }) {
    const ppm = numberOption(options, 'ppm', { min: -1_000, max: 1_000, or: 0 })
    const keep = numberOption(options, 'keep', { min: 1, max: 1_000, or: 2 })
    const rollSeconds = numberOption(options, 'roll', { min: 1, max: 36_000, or: 3_600 })
    if (path === '' || ppm === null || keep === null || rollSeconds === null) return null
    return startWavCard({ path, ppm, keep: Math.floor(keep), rollSeconds }, host, clock)
  },
  fifo: (path, _options, { host, clock }) => (path === '' ? null : startFifoCard(path, host, clock)),
  null: (target, _options, { host, clock }) => (target === '' ? startNullCard(host, clock) : null),
  alsa(device, options, { host, clock }) {
    const latencyMs = numberOption(options, 'latency', { min: 0, max: 1_000, or: 40 })
    if (device === '' || latencyMs === null) return null
    return childSinkFactory(
      {
        spec: `alsa:${device}`,
        command: 'aplay',
        // started by the first period: by default aplay waits for a full buffer, which a fed-by-the-clock pipe never gives
        args: ['-q', '-t', 'raw', '-f', 'S16_LE', '-r', '48000', '-c', '1', '-D', device].concat([
          '--buffer-time=160000',
          '--period-time=20000',
          '--start-delay=1',
          '-',
        ]),
        latencyMs,
        // behind dmix or a plugin the kernel's figure is not ours
        askAlsa: /^(plug)?hw:/.test(device),
        installHint: 'apt install alsa-utils',
      },
      host,
      clock,
    )
  },
  pulse(name, options, { host, clock }) {
    const latencyMs = numberOption(options, 'latency', { min: 0, max: 1_000, or: 80 })
    if (latencyMs === null) return null
    const device = name === '' ? [] : [`--device=${name}`]
    return childSinkFactory(
      {
        spec: name === '' ? 'pulse' : `pulse:${name}`,
        command: 'pacat',
        args: ['--playback', '--raw', '--format=s16le', '--rate=48000', '--channels=1', '--latency-msec=60', ...device],
        latencyMs,
        askAlsa: false,
        installHint: 'apt install pulseaudio-utils',
      },
      host,
      clock,
    )
  },
}
