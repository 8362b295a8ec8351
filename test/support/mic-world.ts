import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { createMicDecoders } from '../../server/adapters/mic-decoder.ts'
import { openMicRecordings } from '../../server/adapters/mic-recordings.ts'
import { createAdministratorCheck } from '../../server/core/administrator.ts'
import { writeMicFrame, type MicAnswer, type MicMessage } from '../../server/core/mic-protocol.ts'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'
import { errorBody } from '../../server/core/refusal.ts'
import type { EmergencyVoices } from '../../server/core/emergency-voice.ts'
import { STREAM_KINDS, type SoundStream, type StreamKind } from '../../server/core/sound-stream.ts'
import type { ImportOutcome } from '../../server/core/server-deps.ts'
import { areasPlugin } from '../../server/features/areas/plugin.ts'
import { microphonePlugin, startMicrophone, type Microphone } from '../../server/features/microphone/plugin.ts'
import { wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { realClock } from './real-clock.ts'
import { liveWorld, MORNING_MS, type LiveWorld } from './live-world.ts'
import { NOW, TOKEN } from './server-world.ts'

const RATE_HZ = 48_000

/** What was written into a stream, with when. */
export interface HeardStream {
  readonly name: string
  readonly kind: StreamKind
  readonly pieces: { readonly atMs: number; readonly pcm: Int16Array }[]
  ended: boolean
}
export const pcmOf = ({ pieces }: HeardStream): Int16Array => {
  const out = new Int16Array(pieces.reduce((sum, { pcm }) => sum + pcm.length, 0))
  let at = 0
  for (const { pcm } of pieces) {
    out.set(pcm, at)
    at += pcm.length
  }
  return out
}
export const rmsDbOf = (pcm: Int16Array): number => 20 * Math.log10(Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / Math.max(1, pcm.length)) / 32_768)

/** Real time that began at 06:00 of the made-up day. */
export function morningClock(): Clock {
  const from = realClock.mono()
  return { ...realClock, wall: () => wallMs(Math.floor(NOW + MORNING_MS + realClock.mono() - from)) }
}

export interface MicWorld extends LiveWorld {
  readonly microphone: Microphone
  readonly streams: HeardStream[]
  /** What was handed to the importer: bytes of a WAV file. */
  readonly imported: Buffer[]
  readonly url: string
  readonly recordings: string
}

/** No emergency is spoken live. */
const NO_VOICES: EmergencyVoices = { open: () => ({ ok: false, code: 'no-such-emergency', why: 'none' }), titleOf: () => null }

/** The microphone over real HTTP and WebSocket; the stream is a fake that keeps what is written. */
export async function micWorld(t: Test, voices: EmergencyVoices = NO_VOICES): Promise<MicWorld> {
  const clock = morningClock()
  const world = await liveWorld(t, t.testdir(), clock)
  const [streams, imported]: [HeardStream[], Buffer[]] = [[], []]
  const open = (name: string, kind: StreamKind): SoundStream => {
    const heard: HeardStream = { name, kind, pieces: [], ended: false }
    streams.push(heard)
    return {
      name,
      write: (pcm) => void heard.pieces.push({ atMs: clock.mono(), pcm: pcm.slice() }),
      substitute: () => undefined,
      soundsAt: () => wallMs(clock.wall() + STREAM_KINDS[kind].bufferMs),
      facts: () => ({ packets: 0, bytes: 0, missedMs: 0, joined: null }),
      end: async () => void (heard.ended = true),
    }
  }
  const recordings = mkdtempSync(join(tmpdir(), 'tl-mic-'))
  const importer = async ({ path }: { readonly path: string }): Promise<ImportOutcome> => {
    const { readFile } = await import('node:fs/promises')
    imported.push(await readFile(path))
    return { ok: true, value: { sha: `${imported.length}`.padEnd(43, 'r'), bytes: 1_000, durationMs: 1_000, loudnessLufs: -16, truePeakDb: -2, peaks: '' } }
  }
  const microphone = startMicrophone({ ...world.deps, live: world.live, voices, hub: { open }, decoder: createMicDecoders(), recordings: await openMicRecordings(recordings, silentLog), importer })
  const app = Fastify({ forceCloseConnections: true }).withTypeProvider<TypeBoxTypeProvider>()
  const whyNot = createAdministratorCheck(world.deps)
  await app.register(
    async (api) => {
      api.addHook('onRequest', async (request, reply) => {
        const refusal = request.routeOptions.config.open === true ? null : whyNot(request)
        if (refusal) return reply.code(refusal.status).send(errorBody(refusal))
        request.who = ADMINISTRATOR_IDENTITY
      })
      await api.register(areasPlugin(world.deps))
      await api.register(microphonePlugin({ ...world.deps, microphone, emergencies: { byId: () => null } }))
    },
    { prefix: '/api/v1' },
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    await microphone.stop()
    await app.close()
    rmSync(recordings, { recursive: true, force: true })
  })
  return { ...world, microphone, streams, imported, recordings, url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` }
}

export interface TestSpeaker {
  readonly answers: MicAnswer[]
  tell(message: MicMessage): void
  sound(bytes: Uint8Array): void
  send(raw: string | Uint8Array): void
  /** The newest answer of a kind; waits for it. */
  answer<T extends MicAnswer['t']>(kind: T, fits?: (answer: Extract<MicAnswer, { t: T }>) => boolean): Promise<Extract<MicAnswer, { t: T }>>
  closed(): Promise<number>
  /** As a link that is cut: without a word. */
  cut(): void
}

/** Opens the microphone as the command line does. */
export function speaker({ url }: Pick<MicWorld, 'url'>, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }, query = ''): Promise<TestSpeaker> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/microphone${query}`, { headers })
  const answers: MicAnswer[] = []
  const closed = new Promise<number>((done) => socket.once('close', done))
  socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString()) as MicAnswer))
  const send = (raw: string | Uint8Array): void => socket.send(raw)
  return new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_request, response) => reject(new Error(`refused ${response.statusCode}`)))
    socket.once('error', reject)
    socket.once('open', () =>
      resolve({
        answers,
        send,
        tell: (message) => send(JSON.stringify(message)),
        sound: (bytes) => send(writeMicFrame(bytes, Math.round(performance.now()))),
        answer: async (kind, fits = () => true) => {
          for (const until = Date.now() + 15_000; Date.now() < until; await pause(20)) {
            const found = answers.findLast((answer) => answer.t === kind && fits(answer as never))
            if (found) return found as never
          }
          throw new Error(`no ${kind}: ${JSON.stringify(answers.slice(-3))}`)
        },
        closed: () => closed,
        cut: () => socket.terminate(),
      }),
    )
  })
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A sine of `hz` from sample `from` on, 20 ms of it. */
export const tone = (hz: number, from: number, amplitude = 8_000, rateHz = RATE_HZ): Int16Array =>
  Int16Array.from({ length: rateHz / 50 }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * (from + i)) / rateHz)))
export const bytesOf = (pcm: Int16Array): Uint8Array => new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)

/** Says a sine for `ms` in step with the clock. */
export async function hum(to: TestSpeaker, ms: number, encode: (pcm: Int16Array) => Uint8Array = bytesOf, rateHz = RATE_HZ): Promise<void> {
  const from = performance.now()
  for (let n = 0; n * 20 < ms; n++) {
    to.sound(encode(tone(440, (n * rateHz) / 50, 8_000, rateHz)))
    await pause(Math.max(0, from + (n + 1) * 20 - performance.now()))
  }
}

/** Strength of one frequency in a sound, dBFS. */
export function strengthDb(pcm: Int16Array, hz: number): number {
  let [re, im] = [0, 0]
  pcm.forEach((x, i) => {
    re += x * Math.cos((2 * Math.PI * hz * i) / RATE_HZ)
    im += x * Math.sin((2 * Math.PI * hz * i) / RATE_HZ)
  })
  return 20 * Math.log10(Math.sqrt(2 * (re * re + im * im)) / pcm.length / 32_768 + 1e-9)
}
