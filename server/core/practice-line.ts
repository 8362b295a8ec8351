import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { ROLES } from './identity.ts'

/**
 * What a station and its practice station say to each other, as messages of the channel between a process and the one that
 * started it: nothing of it stands in an argument, in the environment or in a file, and it is cut when either ends, however.
 */
const strict = { additionalProperties: false } as const
const Port = Type.Integer({ minimum: 0, maximum: 65_535 })
const Place = { port: Port, bind: Type.String() }

/** Where it listens. `secure`: by TLS, with this certificate and key. */
export const PracticePlace = Type.Object(
  {
    plain: Type.Object(Place, strict),
    secure: Type.Union([Type.Object({ ...Place, cert: Type.String(), key: Type.String() }, strict), Type.Null()]),
    trustProxy: Type.Array(Type.String()),
  },
  strict,
)
export type PracticePlace = Static<typeof PracticePlace>

export const ToPractice = Type.Union([
  /** The first word. `folder`: its own, which it may throw away. */
  Type.Object({ ask: Type.Literal('begin'), folder: Type.String({ minLength: 1 }), place: PracticePlace }, strict),
  Type.Object({ ask: Type.Literal('ticket'), n: Type.Integer(), role: Type.Enum([...ROLES]), home: Type.String() }, strict),
  Type.Object({ ask: Type.Literal('end') }, strict),
])
export type ToPractice = Static<typeof ToPractice>

const Ports = { plain: Port, secure: Type.Union([Port, Type.Null()]) }
export const FromPractice = Type.Union([
  Type.Object({ say: Type.Literal('step'), step: Type.Enum(['start', 'speech', 'clusters']), made: Type.Integer({ minimum: 0 }) }, strict),
  Type.Object({ say: Type.Literal('ready'), ...Ports }, strict),
  /** It cannot begin; a sentence for the log. */
  Type.Object({ say: Type.Literal('failed'), why: Type.String() }, strict),
  Type.Object({ say: Type.Literal('ticket'), n: Type.Integer(), ticket: Type.String() }, strict),
  /** Somebody is practising; at most once a minute. */
  Type.Object({ say: Type.Literal('used') }, strict),
])
export type FromPractice = Static<typeof FromPractice>
export interface PracticePorts {
  readonly plain: number
  readonly secure: number | null
}

const [toPractice, fromPractice] = [Compile(ToPractice), Compile(FromPractice)]
/** null = not of this language. */
export const readToPractice = (message: unknown): ToPractice | null => (toPractice.Check(message) ? message : null)
export const readFromPractice = (message: unknown): FromPractice | null => (fromPractice.Check(message) ? message : null)
