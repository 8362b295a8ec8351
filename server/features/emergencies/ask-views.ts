import { Type, type Static } from 'typebox'
import { ASK_STATES } from '../../core/emergency-ask.ts'
import { Sentence } from '../../core/refusal.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Reason = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })

export const ConfirmBody = Type.Object({ content: Type.String({ minLength: 20, maxLength: 60, description: 'of the ask that was shown: whoever agrees, agrees to exactly this' }) }, strict)
export type ConfirmBody = Static<typeof ConfirmBody>
export const ReasonBody = Type.Object({ reason: Reason }, strict)
export type ReasonBody = Static<typeof ReasonBody>

/** What asks for a second person, as it is set. */
export const EmergencySettings = Type.Object(
  { secondPerson: Type.Boolean({ description: 'an emergency that a person raises for more than one commune waits for somebody else to agree; off until an administrator turns it on' }) },
  strict,
)
export type EmergencySettings = Static<typeof EmergencySettings>

/** Who may raise an emergency in all of some places at once, by name: each of them may agree to another one's. */
export const AgreeingView = Type.Object({
  people: Type.Array(Type.String()),
  inSeveral: Type.Integer({ description: 'how many people may raise one in at least two communes: with fewer than two of them nobody can ever agree' }),
})
export type AgreeingView = Static<typeof AgreeingView>

const MessageView = Type.Object({
  kind: Type.String({ description: 'text, programme, recording or voice' }),
  /** The words, or the name of the programme. */
  text: nullable(Type.String()),
  programme: nullable(Type.String()),
  language: nullable(Type.String()),
  seconds: nullable(Type.Number({ description: 'null while it is not known' })),
  sound: nullable(Type.String({ description: 'where it can be heard; null while it is being made, and of a voice' })),
})
export const AskView = Type.Object(
  {
    id: Type.String({ description: 'of the ask, and of the emergency that comes of it' }),
    state: Type.Enum([...ASK_STATES]),
    stateText: Type.Object({ en: Type.String(), vi: Type.String() }),
    title: Type.String(),
    drill: Type.Boolean(),
    danger: Type.Integer(),
    authority: Type.Integer(),
    messages: Type.Array(MessageView),
    times: Type.Integer(),
    gapSeconds: Type.Number(),
    volume: nullable(Type.Integer()),
    minutes: Type.Integer({ description: 'how long it sounds at most, from when it begins' }),
    replaces: Type.Array(Type.String(), { description: 'titles of the emergencies that it takes the place of' }),
    clusters: Type.Integer(),
    communes: Type.Array(Type.String(), { description: 'names of the communes that hear it' }),
    places: Type.Array(Type.String(), { description: 'names of the areas, groups and clusters that were chosen; empty = the whole station' }),
    content: Type.String({ description: 'names exactly what would sound, and where' }),
    raisedBy: Type.String(),
    now: Type.String({ description: 'of the server, for count-downs' }),
    askedAt: Type.String(),
    aloneFrom: Type.String({ description: 'from then on whoever raised it may go on alone, with a reason' }),
    diesAt: Type.String(),
    mine: Type.Boolean({ description: 'you have raised it' }),
    mayAnswer: Type.Boolean({ description: 'you may agree, or refuse' }),
    asked: Type.Array(Type.String(), { description: 'names of those who may agree' }),
    refusals: Type.Array(Type.Object({ name: Type.String(), reason: Type.String(), at: Type.String() })),
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(Type.String()),
    reason: nullable(Type.String({ description: 'why it was sent without a second person' })),
    prepared: Type.Boolean({ description: 'all of it is ready to sound' }),
    problem: nullable(Sentence),
  },
  { description: 'an emergency that waits for a second person, or did' },
)
export type AskView = Static<typeof AskView>
