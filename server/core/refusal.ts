import { Type, type Static } from 'typebox'

/** What is wrong and what to do, for both readers. */
export const Sentence = Type.Object({
  code: Type.String(),
  en: Type.String(),
  vi: Type.String(),
  /** JSON pointer into the body, or the name of a field. */
  field: Type.Optional(Type.String()),
})
export type Sentence = Static<typeof Sentence>

/** What admission says of one place of a timetable; line and column where it came as YAML. */
export const FindingView = Type.Object({
  level: Type.Union([Type.Literal('refused'), Type.Literal('warning'), Type.Literal('info')]),
  code: Type.String(),
  path: Type.String(),
  en: Type.String(),
  vi: Type.String(),
  line: Type.Optional(Type.Integer({ minimum: 1 })),
  column: Type.Optional(Type.Integer({ minimum: 1 })),
})
export type FindingView = Static<typeof FindingView>

/** The body of every answer that is not a success. */
export const ErrorBody = Type.Object(
  { error: Type.Object({ ...Sentence.properties, findings: Type.Optional(Type.Array(FindingView)) }) },
  { description: 'A sentence that says what is wrong and what to do, in English and Vietnamese' },
)
export type ErrorBody = Static<typeof ErrorBody>

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 416 | 422 | 429 | 503
export interface Refusal extends Sentence {
  readonly status: RefusalStatus
  /** Where several things are wrong: all of them. */
  readonly findings?: readonly FindingView[]
  /** Of a 429: in how many seconds it may be tried again. */
  readonly retryAfterS?: number
}

/** What a handler answers: a value, or a refusal that the person can act on. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const accepted = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refused = (refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } => ({ ok: false, refusal })

export const errorBody = ({ status: _, findings, retryAfterS: _later, ...error }: Refusal): ErrorBody => ({
  error: { ...error, ...(findings ? { findings: [...findings] } : {}) },
})

/** Nothing of that identity; `thing` in both languages. */
export const notFound = (thing: { readonly en: string; readonly vi: string }, id: string): { readonly ok: false; readonly refusal: Refusal } =>
  refused({
    status: 404,
    code: 'not-found',
    en: `There is no ${thing.en} ${id}: look the right one up in the list.`,
    vi: `Không có ${thing.vi} ${id}: hãy tìm lại trong danh sách.`,
  })

interface Reply {
  code(status: number): unknown
}

/** The payload of an outcome, for a handler to return; sets the status, `status` where it is a success. */
export function answer<T>(reply: Reply, outcome: Outcome<T>, status: 200 | 201 = 200): T | ErrorBody {
  reply.code(outcome.ok ? status : outcome.refusal.status)
  return outcome.ok ? outcome.value : errorBody(outcome.refusal)
}

/** Responses that every guarded route can give, for the OpenAPI document. */
export const refusals = { '4xx': ErrorBody } as const
