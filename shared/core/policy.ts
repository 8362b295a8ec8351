import { Type, type Static } from 'typebox'

/** Seconds since civil midnight; `to` may be ≤ `from`: the span then crosses midnight. 0–86400 is the whole day. */
export const DaySpan = Type.Object(
  { from: Type.Integer({ minimum: 0, maximum: 86_399 }), to: Type.Integer({ minimum: 0, maximum: 86_400 }) },
)
export type DaySpan = Static<typeof DaySpan>

/** A span of instants, wall ms, `to` exclusive, with the reason a person gave. */
export const DatedSpan = Type.Object(
  {
    from: Type.Integer({ minimum: 0 }),
    to: Type.Integer({ minimum: 0 }),
    reason: Type.String({ maxLength: 200 }),
  },
)
export type DatedSpan = Static<typeof DatedSpan>

/** Volume in percent of full scale for a part of the day. The first span that holds the instant applies; else 100. */
export const VolumeSpan = Type.Object(
  {
    from: Type.Integer({ minimum: 0, maximum: 86_399 }),
    to: Type.Integer({ minimum: 0, maximum: 86_400 }),
    percent: Type.Integer({ minimum: 0, maximum: 100 }),
  },
)
export type VolumeSpan = Static<typeof VolumeSpan>

/** The bounds that both the server (at admission) and the agent (when it would sound) enforce. */
export const Policy = Type.Object(
  {
    /** Shown wherever the policy applies, for example "Chương trình thử nghiệm, cả ngày". */
    label: Type.String({ maxLength: 120 }),
    /** Allowed windows: bind priority, scheduled and filler. Empty = nothing of these may sound. */
    windows: Type.Array(DaySpan, { maxItems: 16 }),
    /** Quiet hours: bind everything but an emergency and a dated opening. */
    quiet: Type.Array(DaySpan, { maxItems: 16 }),
    /** Hours that warn at admission but do not refuse (default 11:30–13:30). */
    warn: Type.Array(DaySpan, { maxItems: 16 }),
    /** Dated openings of the quiet hours, each ≤ 12 h. They do not widen the allowed windows' bound on the timetable: they replace both. */
    openings: Type.Array(DatedSpan, { maxItems: 64 }),
    /** Pauses (tạm ngừng phát): silence for all but emergencies. */
    pauses: Type.Array(DatedSpan, { maxItems: 64 }),
    /** Civil dates of mourning: filler and music are silent, a missing item is silence. */
    mourning: Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), { maxItems: 64 }),
    volume: Type.Array(VolumeSpan, { maxItems: 24 }),
  },
)
export type Policy = Static<typeof Policy>

/** Policies by name; a slot names the one that binds it. A name that is missing here means silence. */
export const PolicyBook = Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,40}$' }), Policy)
export type PolicyBook = Static<typeof PolicyBook>

/** The caps of an area: bound at admission only, and shown before they are broken. */
export const Caps = Type.Object(
  {
    sessionsPerDay: Type.Optional(Type.Integer({ minimum: 0, maximum: 48 })),
    minutesPerSession: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_440 })),
    minutesPerDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_440 })),
    daysPerWeek: Type.Optional(Type.Integer({ minimum: 0, maximum: 7 })),
  },
  { additionalProperties: false },
)
export type Caps = Static<typeof Caps>

/** 05:00–21:00 for the timetable, quiet 21:00–05:00, warning 11:30–13:30 (DESIGN: defaults, every area may set its own). */
export const DEFAULT_POLICY: Policy = {
  label: 'Mặc định',
  windows: [{ from: 5 * 3600, to: 21 * 3600 }],
  quiet: [{ from: 21 * 3600, to: 5 * 3600 }],
  warn: [{ from: 11.5 * 3600, to: 13.5 * 3600 }],
  openings: [],
  pauses: [],
  mourning: [],
  volume: [],
}
