import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { Targets } from '../../shared/core/timetable.ts'
import type { LiveCount, Skipped } from './live-book.ts'
import type { Sentence } from './refusal.ts'

/**
 * The microphone's WebSocket, `GET /api/v1/microphone`. Who opens it shows the administrator's token in a header, or — a browser
 * cannot — a ticket in `?ticket=…`, good for one connection within TICKET_LIVES_MS.
 *
 * Speaker → server, text: one JSON message (MicMessage). The first is `start`, or `resume` with the token of a broadcast whose link
 * was lost less than `resumeWithinMs` (of `started`) ago, or `speak` with the id of an emergency that was raised to be spoken live. Speaker → server, binary: sound in the format that `start` named, any number of
 *   0  u16  n, length of what follows the head, big-endian
 *   2  u32  when it was recorded, ms on the speaker's own clock
 *   6  n B  one Opus packet, or PCM: signed 16 bit, little-endian, mono, at most 200 ms
 * Server → speaker, text: MicAnswer. `level` comes ten times a second while sound comes in, `state` twice a second.
 */
export const FORMATS = ['opus', 'pcm48', 'pcm16'] as const
export type MicFormat = (typeof FORMATS)[number]

const strict = { additionalProperties: false } as const
export const MicMessage = Type.Union([
  Type.Object(
    {
      t: Type.Literal('start'),
      targets: Targets,
      title: Type.Optional(Type.String({ maxLength: 120 })),
      /** Out after 1.5 s instead of 6. */
      urgent: Type.Optional(Type.Boolean()),
      /** The station's chime before and after; absent = yes. */
      chime: Type.Optional(Type.Boolean()),
      format: Type.Enum([...FORMATS]),
      /** Longest that it may be; absent = an hour. */
      maxMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 60 })),
    },
    strict,
  ),
  /** Into an emergency; whoever spoke into it before gives way. */
  Type.Object({ t: Type.Literal('speak'), emergency: Type.String({ pattern: '^[0-9a-z]{4,16}$' }), format: Type.Enum([...FORMATS]) }, strict),
  Type.Object({ t: Type.Literal('resume'), token: Type.String({ maxLength: 64 }), format: Type.Enum([...FORMATS]) }, strict),
  Type.Object({ t: Type.Enum(['talk', 'pause', 'end']) }, strict),
])
export type MicMessage = Static<typeof MicMessage>
export type MicStart = Extract<MicMessage, { t: 'start' }>
export type MicSpeak = Extract<MicMessage, { t: 'speak' }>

/** `waiting`: ordered, but no cluster has said that it sounds. */
export type MicState = 'waiting' | 'on-air' | 'paused' | 'ending' | 'ended'
export type MicAnswer =
  | {
      readonly t: 'started'
      readonly id: string
      /** Goes on with this broadcast from another connection. */
      readonly token: string
      /** What is said now leaves the horns so much later. */
      readonly delayMs: number
      /** A link that was lost must be back within this. */
      readonly resumeWithinMs: number
      readonly skipped: readonly Skipped[]
      readonly warnings: readonly Sentence[]
    }
  | ({
      readonly t: 'state'
      readonly state: MicState
      /** Until the opening chime is over for who speaks: words before it are not heard. 0 = speak. */
      readonly speakInMs: number
      /** Until the broadcast ends by itself. */
      readonly leftMs: number
      /** Holes that the speaker's link has made so far. */
      readonly gaps: number
    } & LiveCount)
  /** dBFS of what came in since the last one; `gainDb`: how much louder it is made. */
  | { readonly t: 'level'; readonly db: number; readonly peakDb: number; readonly gainDb: number }
  | ({ readonly t: 'problem'; readonly fatal: boolean } & Pick<Sentence, 'code' | 'en' | 'vi'>)

export const TICKET_LIVES_MS = 30_000
export const RESUME_WITHIN_MS = 5_000
export const MAX_BROADCAST_MS = 3_600_000

const check = Compile(MicMessage)
/** null for what is no message of this protocol. */
export function readMicMessage(text: string): MicMessage | null {
  try {
    const value: unknown = JSON.parse(text)
    return check.Check(value) ? value : null
  } catch {
    return null
  }
}

export interface MicFrame {
  readonly capturedMs: number
  readonly bytes: Uint8Array
}
const HEAD_BYTES = 6
/** 200 ms of PCM at 48 kHz. */
const MAX_FRAME_BYTES = 19_200

/** The frames of a binary message, as views; null when it is not in the form. */
export function readMicFrames(message: Uint8Array): MicFrame[] | null {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const frames: MicFrame[] = []
  for (let at = 0; at < message.length; ) {
    if (at + HEAD_BYTES > message.length) return null
    const [length, capturedMs] = [view.getUint16(at), view.getUint32(at + 2)]
    at += HEAD_BYTES
    if (length === 0 || length > MAX_FRAME_BYTES || at + length > message.length) return null
    frames.push({ capturedMs, bytes: message.subarray(at, at + length) })
    at += length
  }
  return frames
}

export function writeMicFrame(bytes: Uint8Array, capturedMs: number): Uint8Array {
  const out = new Uint8Array(HEAD_BYTES + bytes.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, bytes.length)
  view.setUint32(2, capturedMs)
  out.set(bytes, HEAD_BYTES)
  return out
}
