import { Type, type Static } from 'typebox'
import { LanguageCode } from '../../../shared/core/languages.ts'
import { Targets } from '../../../shared/core/timetable.ts'
import { MAX_LIFE_MS, MAX_MESSAGES, MAX_TEXT_CHARACTERS, MAX_VOICE_MS } from '../../core/emergency-check.ts'
import { TICKET_LIVES_MS } from '../../core/mic-protocol.ts'
import { Sentence } from '../../core/refusal.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const language = Type.Optional(LanguageCode)
const ProgrammeMessage = Type.Object({ programme: Type.String({ minLength: 1, maxLength: 200, description: 'a programme, or a clip of the station such as dinh-chinh' }), language }, strict)
const TextMessage = Type.Object({ text: Type.String({ minLength: 1, maxLength: MAX_TEXT_CHARACTERS }), voice: Type.Optional(Type.String({ maxLength: 60 })), language }, strict)
const VoiceMessage = Type.Object(
  {
    microphone: Type.Literal(true, { description: 'spoken live: the answer brings a ticket for the microphone' }),
    maxSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_VOICE_MS / 1000, description: 'at most; it ends when the speaker does' })),
    language,
  },
  strict,
)

export const EmergencyBody = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    messages: Type.Optional(
      Type.Array(Type.Union([ProgrammeMessage, TextMessage, VoiceMessage]), { minItems: 1, maxItems: MAX_MESSAGES, description: 'one after another; one in another language than Vietnamese sounds where it is understood, before the Vietnamese' }),
    ),
    targets: Targets,
    drill: Type.Boolean({ description: 'true: an exercise with sound. It never becomes a real one' }),
    danger: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: '9 = immediate danger to life; 5 where absent' })),
    authority: Type.Optional(Type.Integer({ minimum: 0, maximum: 3, description: '0 hamlet, 1 commune, 2 province, 3 nation; 1 where absent' })),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'how often it sounds; 3 where absent' })),
    gapSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 600, description: 'silence between; 5 where absent' })),
    volume: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 100, description: 'percent; null = as each cluster is set' }))),
    expiresInMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIFE_MS / 60_000, description: 'nothing sounds after it; 30 where absent' })),
    replaces: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9a-z]{4,16}$' }), { maxItems: 50, description: 'emergencies that this one takes the place of' })),
  },
  strict,
)
export type EmergencyBody = Static<typeof EmergencyBody>

export const CancelBody = Type.Object(
  {
    reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }),
    correction: Type.Optional(
      Type.Union([ProgrammeMessage, TextMessage, Type.Null()], { description: 'sounds only where the message has sounded; absent = the stored correction, null = none' }),
    ),
  },
  strict,
)
export type CancelBody = Static<typeof CancelBody>
export const LocalStopBody = Type.Object({ targets: Targets, reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) }, strict)
export type LocalStopBody = Static<typeof LocalStopBody>
export const StopAllBody = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) }, strict)
export const PinBody = Type.Object(
  {
    language: LanguageCode,
    area: Type.Optional(nullable(Type.String({ minLength: 2, maxLength: 20 }))),
  },
  strict,
)
export type PinBody = Static<typeof PinBody>

const Label = Type.Object({ en: Type.String(), vi: Type.String() })
export const EmergencyView = Type.Object({
  id: Type.String(),
  title: Type.String(),
  drill: Type.Boolean(),
  label: nullable(Label),
  danger: Type.Integer(),
  authority: Type.Integer(),
  acceptedAt: Type.String(),
  startAt: Type.String(),
  expiresAt: Type.String(),
  endedAt: nullable(Type.String()),
  endedBecause: nullable(Type.String({ description: 'expired, cancelled, replaced, finished or no-voice' })),
  raisedBy: Type.String({ description: 'who raised it: a person by name, another system by its own' }),
  endedBy: nullable(Type.String({ description: 'who ended it, by name' })),
  endedReason: nullable(Type.String()),
  origin: nullable(Type.String()),
  times: Type.Integer(),
  gapSeconds: Type.Number(),
  volume: nullable(Type.Integer()),
  clusters: Type.Integer({ description: 'how many are to hear it' }),
  prepared: Type.Boolean({ description: 'false while the message is being made; the attention tone sounds already' }),
  problem: nullable(Sentence),
  second: nullable(
    Type.Object({ name: nullable(Type.String()), reason: nullable(Type.String()) }, { description: 'of one that waited for a second person: who agreed, or why it was sent without' }),
  ),
  again: nullable(
    Type.Object({ message: Type.Union([ProgrammeMessage, TextMessage]), targets: Targets }, { description: 'what it takes to raise the same once more; null of one that was spoken, recorded, or said in several languages' }),
  ),
  voice: nullable(
    Type.Object(
      {
        speakFrom: Type.String({ description: 'from then on what is said is heard: the attention tone is over' }),
        open: Type.Boolean({ description: 'somebody speaks now' }),
        endsAt: nullable(Type.String({ description: 'when the last word has left the horns; null while it may be spoken' })),
        ended: nullable(Sentence),
      },
      { description: 'of one that is spoken live' },
    ),
  ),
})
export type EmergencyView = Static<typeof EmergencyView>
export const RaisedView = Type.Object({
  ...EmergencyView.properties,
  microphone: nullable(Type.Object({ ticket: Type.String(), livesMs: Type.Integer({ description: `for one connection to /api/v1/microphone?ticket=…, ${TICKET_LIVES_MS / 1000} s: say { "t": "speak", "emergency": id, "format": … } first` }) })),
})
export type RaisedView = Static<typeof RaisedView>

export const BoardRow = Type.Object({
  cluster: Type.String(),
  name: Type.String(),
  verdict: Type.String({ description: 'ordered, received, waiting, sounding, finished, failed, ended, unreached' }),
  text: Label,
  at: Type.String(),
  level: nullable(Type.Number({ description: 'dBFS' })),
  why: nullable(Sentence),
  correctedAt: nullable(Type.String()),
  stopped: nullable(Type.Object({ at: Type.String(), by: Type.String(), reason: Type.String() }, { description: 'stopped for this place only' })),
})
export type BoardRow = Static<typeof BoardRow>
export const BoardView = Type.Object({
  emergency: EmergencyView,
  counts: Type.Record(Type.String(), Type.Integer()),
  rows: Type.Array(BoardRow),
})
export type BoardView = Static<typeof BoardView>

export const PinnedView = Type.Object({
  programme: Type.String(),
  name: Type.String(),
  /** null of a sound of the station itself. */
  language: nullable(Type.String()),
  area: nullable(Type.String()),
  seconds: Type.Number(),
  clusters: Type.Integer({ description: 'how many are to hold it: those whose people understand it' }),
  missing: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String() }), { description: 'clusters that say they do not hold it' }),
})
export type PinnedView = Static<typeof PinnedView>

export const LanguageView = Type.Object({
  language: LanguageCode,
  clusters: Type.Integer({ description: 'clusters whose people understand it' }),
  without: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String() }), { description: 'those for whom no clip is pinned in it' }),
})
export type LanguageView = Static<typeof LanguageView>
