import { Type, type Static } from 'typebox'
import { Languages } from './languages.ts'
import { Caps } from './policy.ts'
import { RESUME_RULES } from './slot.ts'

/** The broadcast timetable as people write it: in YAML, through the API and in the database alike. */

const strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and hyphens' })
const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?$|^24:00$', description: 'HH:MM or HH:MM:SS, Viet Nam time' })
/** `05:00-21:00`; crosses midnight where the end is not later than the start. */
const DaySpanText = Type.String({ pattern: '^\\d{2}:\\d{2}-\\d{2}:\\d{2}$', description: 'HH:MM-HH:MM' })
/** `90s`, `4m`, `1h30m`. */
const DurationText = Type.String({ pattern: '^(\\d+h)?(\\d+m)?(\\d+s)?$', minLength: 2, description: 'for example 90s, 4m, 1h30m' })
/** `1/1` = first day of the first lunar month; `15/*` = every full moon. */
const LunarDay = Type.String({ pattern: '^([1-9]|[12]\\d|30)/([1-9]|1[0-2]|\\*)$', description: 'day/month of the Vietnamese lunar calendar, 15/* for every month' })

export const AreaCode = Type.String({ pattern: '^\\d{2}$|^\\d{5}(-[a-z0-9]{1,12})?$', description: 'province 2 digits, commune 5 digits, hamlet 5 digits-suffix' })

export const Area = Type.Object(
  {
    code: AreaCode,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    kind: Type.Union([Type.Literal('province'), Type.Literal('commune'), Type.Literal('hamlet')]),
    parent: Type.Optional(AreaCode),
    /** In force from this civil date, until before that one: communes merge, and their codes are never used again. */
    from: Type.Optional(CivilDate),
    to: Type.Optional(CivilDate),
    /** The area that took over on `to`. */
    mergedInto: Type.Optional(AreaCode),
    /** Name of the policy in force for the area; inherited from the parent where absent. */
    policy: Type.Optional(Id),
    /** In which languages its people understand, best first; inherited from the parent where absent. */
    languages: Type.Optional(Languages),
  },
  strict,
)
export type Area = Static<typeof Area>

export const Group = Type.Object(
  { id: Id, name: Type.String({ minLength: 1, maxLength: 120 }), clusters: Type.Array(Type.String({ maxLength: 80 }), { maxItems: 5_000 }) },
  strict,
)
export type Group = Static<typeof Group>

/** Who is to hear: clusters are named by id or by name, and need not be online. */
export const Targets = Type.Union([
  Type.Literal('all'),
  Type.Object(
    {
      areas: Type.Optional(Type.Array(AreaCode, { maxItems: 500 })),
      groups: Type.Optional(Type.Array(Id, { maxItems: 500 })),
      clusters: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 80 }), { maxItems: 5_000 })),
    },
    strict,
  ),
])
export type Targets = Static<typeof Targets>

/** Days on which a session comes round. All conditions that are given must hold; `once` stands alone. */
export const Days = Type.Union([
  Type.Literal('daily'),
  Type.Object(
    {
      once: Type.Optional(Type.Union([CivilDate, Type.Array(CivilDate, { minItems: 1, maxItems: 400 })])),
      /** 1 = Monday … 7 = Sunday. */
      weekdays: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 })),
      from: Type.Optional(CivilDate),
      /** Last day, inclusive. */
      to: Type.Optional(CivilDate),
      lunar: Type.Optional(Type.Array(LunarDay, { minItems: 1, maxItems: 60 })),
    },
    strict,
  ),
])
export type Days = Static<typeof Days>

export const Exception = Type.Union([
  CivilDate,
  Type.Object({ from: CivilDate, to: CivilDate }, strict),
  Type.Object({ lunar: LunarDay }, strict),
])
export type Exception = Static<typeof Exception>

const itemOptions = {
  name: Type.Optional(Type.String({ maxLength: 120 })),
  class: Type.Optional(Type.Union([Type.Literal('priority'), Type.Literal('scheduled'), Type.Literal('filler')])),
  resume: Type.Optional(Type.Enum([...RESUME_RULES])),
  /** Order among colliding priority items, chosen by the operator. */
  order: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
  music: Type.Optional(Type.Boolean()),
}
/** A programme's id, or a path below the timetable's folder at import. */
const FileRef = Type.String({ minLength: 1, maxLength: 200 })

export const Item = Type.Union([
  Type.Object({ chime: Type.String({ minLength: 1, maxLength: 40 }), ...itemOptions }, strict),
  Type.Object({ file: FileRef, ...itemOptions }, strict),
  Type.Object(
    {
      folder: FileRef,
      /** `next`: the next unheard episode, one per occurrence; `daily`: the same one all day; `all`: each of them in order. */
      rotation: Type.Optional(Type.Union([Type.Literal('next'), Type.Literal('daily'), Type.Literal('all')])),
      ...itemOptions,
    },
    strict,
  ),
  Type.Object({ relay: Id, length: DurationText, substitute: FileRef, ...itemOptions }, strict),
  Type.Object({ speak: Type.String({ minLength: 1, maxLength: 20_000 }), voice: Type.Optional(Type.String({ maxLength: 60 })), ...itemOptions }, strict),
])
export type Item = Static<typeof Item>

export const Session = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    at: TimeOfDay,
    /** End of the session; not later than `at` means the next day. With `repeat`, the end of the repeating. */
    until: TimeOfDay,
    days: Days,
    except: Type.Optional(Type.Array(Exception, { maxItems: 400 })),
    /** The session comes round every `every` between `at` and `until`, each time for `length`. */
    repeat: Type.Optional(Type.Object({ every: DurationText, length: DurationText }, strict)),
    /** One-off longer end on a civil date (an epidemic, a storm). */
    extend: Type.Optional(Type.Array(Type.Object({ date: CivilDate, until: TimeOfDay, reason: Type.String({ maxLength: 200 }) }, strict), { maxItems: 100 })),
    policy: Type.Optional(Id),
    targets: Targets,
    /** Neighbouring groups speak one after another: each cluster starts `stagger × its stagger index` later. */
    stagger: Type.Optional(DurationText),
    items: Type.Array(Item, { minItems: 1, maxItems: 200 }),
  },
  strict,
)
export type Session = Static<typeof Session>

/** A relay of the catalogue. Its id is what sessions name, and the name of its stream. */
export const Relay = Type.Object(
  {
    id: Id,
    name: Type.String({ minLength: 1, maxLength: 120 }),
    /** Empty while the address is still to be set; `line` is the cluster's own line input, which the server does not open. */
    source: Type.String({
      pattern: '^$|^line$|^alsa:[A-Za-z0-9_][A-Za-z0-9_:,.=-]{0,63}$|^https?://[^\\s/?#@]+([/?#]\\S*)?$',
      maxLength: 500,
      description: 'https://… (Icecast or HLS, without a password in it), alsa:hw:1,0, line, or empty while it is to be set',
    }),
    /** What an item that names the relay has as its substitute where a person does not say. */
    substitute: Type.Optional(FileRef),
    language: Type.Optional(Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', description: 'a language code such as vi, tay or mul for several' })),
    /** Keeps what was relayed as a programme. */
    record: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type Relay = Static<typeof Relay>

/** A policy as written; `shared/core/policy.ts` has the form that is enforced. */
export const PolicyText = Type.Object(
  {
    label: Type.Optional(Type.String({ maxLength: 120 })),
    windows: Type.Optional(Type.Array(DaySpanText, { maxItems: 16 })),
    quiet: Type.Optional(Type.Array(DaySpanText, { maxItems: 16 })),
    warn: Type.Optional(Type.Array(DaySpanText, { maxItems: 16 })),
    volume: Type.Optional(Type.Array(Type.Object({ at: DaySpanText, percent: Type.Integer({ minimum: 0, maximum: 100 }) }, strict), { maxItems: 24 })),
    mourning: Type.Optional(Type.Array(CivilDate, { maxItems: 64 })),
    caps: Type.Optional(Caps),
  },
  strict,
)
export type PolicyText = Static<typeof PolicyText>

/** Of a whole province: each of 144 communes has its own, some days' notices and bulletins beside them. */
export const MAX_SESSIONS = 2_000

export const Timetable = Type.Object(
  {
    version: Type.Literal(1),
    station: Type.String({ minLength: 1, maxLength: 120 }),
    areas: Type.Array(Area, { minItems: 1, maxItems: 5_000 }),
    groups: Type.Optional(Type.Array(Group, { maxItems: 500 })),
    policies: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,40}$' }), PolicyText, strict)),
    relays: Type.Optional(Type.Array(Relay, { maxItems: 100 })),
    sessions: Type.Array(Session, { maxItems: MAX_SESSIONS }),
  },
  strict,
)
export type Timetable = Static<typeof Timetable>
