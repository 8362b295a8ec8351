import { Type, type Static } from 'typebox'
import { Relay } from '../../../shared/core/timetable.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Words = { en: Type.String(), vi: Type.String() }

const { id: RelayId, ...rest } = Relay.properties
/** A relay as a person sends it: its id is in the address. */
export const RelayBody = Type.Object(rest, { additionalProperties: false })
export type RelayBody = Static<typeof RelayBody>
export const ById = Type.Object({ id: RelayId })

export const CheckView = Type.Object({
  relay: Type.String(),
  at: Type.String(),
  trigger: Type.Enum(['test', 'before-10', 'before-2'], { description: 'who asked: a person, or the timetable so many minutes before it is due' }),
  outcome: Type.Enum(['good', 'silent', 'no-sound', 'unreachable', 'no-address', 'cluster-line', 'unknown-relay', 'ffmpeg-missing']),
  fault: Type.Boolean({ description: 'a technician has to look at it' }),
  codec: nullable(Type.String()),
  levelDb: nullable(Type.Number({ description: 'dBFS of the loudest second' })),
  lufs: nullable(Type.Number({ description: 'loudness before it is evened' })),
  heardMs: Type.Integer(),
  said: nullable(Type.String({ description: 'last words of the reader, for a technician' })),
  ...Words,
})
export type CheckView = Static<typeof CheckView>

export const NowView = Type.Object({
  state: Type.Enum(['preparing', 'sound', 'grace', 'substitute']),
  since: Type.String(),
  why: nullable(Type.Enum(['lost', 'silent'])),
  levelDb: nullable(Type.Number()),
  sourceLufs: nullable(Type.Number()),
  gainDb: Type.Number(),
  codec: nullable(Type.String()),
  reconnects: Type.Integer(),
  substitutions: Type.Integer(),
  from: Type.String(),
  until: Type.String(),
  sessions: Type.Array(Type.String()),
  stream: nullable(Type.Object({ packets: Type.Integer(), bytes: Type.Integer(), missedMs: Type.Number(), joined: nullable(Type.Integer()) })),
})
export type NowView = Static<typeof NowView>

export const RelayView = Type.Object({
  ...Relay.properties,
  usedBy: Type.Array(Type.String(), { description: 'ids of sessions' }),
  now: nullable(NowView),
  next: nullable(Type.String({ description: 'when it is next due, within the hour; a time that has begun while it is under way' })),
  lastCheck: nullable(CheckView),
  advice: nullable(Type.Object({ code: Type.String(), ...Words }, { description: 'what is still to be done, such as setting its address' })),
})
export type RelayView = Static<typeof RelayView>

export const RelayList = Type.Object({
  relays: Type.Array(RelayView),
  missing: Type.Array(Type.Object({ id: Type.String(), usedBy: Type.Array(Type.String()), ...Words }), {
    description: 'relays that the timetable names and the catalogue lacks',
  }),
})
export type RelayList = Static<typeof RelayList>
