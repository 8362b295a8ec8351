import { Type, type Static } from 'typebox'
import { PolicyBook } from '../../core/policy.ts'
import { RESUME_RULES, SLOT_CLASSES, type Slot } from '../../core/slot.ts'
import { wallMs, type WallMs } from '../../core/clock.ts'
import { Sha, Wall } from './fields.ts'
import { Part } from './parts.ts'

const PlanItem = Type.Object(
  {
    /** Start after the session's start, ms. */
    at: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
    /** Natural length, ms. */
    len: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    /** The file that sounds, or the substitute of the stream. */
    media: Type.Union([Sha, Type.Null()]),
    /** Name of the relay; `media` is then its substitute. */
    stream: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    resume: Type.Enum([...RESUME_RULES]),
    /** Silent in mourning, and not resumed after an emergency. */
    music: Type.Optional(Type.Boolean()),
    /** Among colliding priority items the lower number sounds first. */
    order: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
    /** Absent means `scheduled`. */
    class: Type.Optional(Type.Enum([...SLOT_CLASSES])),
  },
)
export type PlanItem = Static<typeof PlanItem>

/** Occurrences that sound the same items: a session that comes round daily is one of these, not eight. */
const PlanSession = Type.Object(
  {
    /** Names the timetable's session and, where items differ between occurrences, the variant. */
    id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,48}$' }),
    /** Name in `policies`. */
    policy: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    /** Length of the session, ms: its hard end. */
    len: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    /** Each group of clusters starts this much after the one before it, ms. */
    stagger: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
    /** Wall seconds of the first start, then the seconds from each start to the next. */
    starts: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 6_000 }),
    items: Type.Array(PlanItem, { maxItems: 200 }),
  },
)
export type PlanSession = Static<typeof PlanSession>

/** An emergency that is signed ahead: a person at the box starts it when neither server nor network is there. */
export const StandingOrder = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-z]{4,16}$' }),
    /** As a person at the box reads it. */
    name: Type.String({ minLength: 1, maxLength: 80 }),
    danger: Type.Integer({ minimum: 0, maximum: 9 }),
    times: Type.Integer({ minimum: 1, maximum: 100 }),
    /** Silence after each repeat, ms. */
    gap: Type.Integer({ minimum: 0, maximum: 600_000 }),
    vol: Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()]),
    /** Pinned clips only. */
    parts: Type.Array(Part, { minItems: 1, maxItems: 6 }),
    /** Which key switch of the box starts it; absent = by phone only. */
    switch: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
    /** From then on it starts nothing, wall ms; absent = it ends with the plan. What sounds then comes to its end. */
    until: Type.Optional(Wall),
  },
)
export type StandingOrder = Static<typeof StandingOrder>

/**
 * The body of the desired state, JSON, deflated, at most 64 kB. It names no cluster: the signed head does, so that neighbours
 * that do the same share one body, made and stored once.
 */
export const PlanBody = Type.Object(
  {
    v: Type.Literal(2),
    /** Nothing sounds outside [from, to). */
    from: Wall,
    /** Wall ms, exclusive. */
    to: Wall,
    /** Percent of full scale before the policy's volume by time of day. */
    volume: Type.Integer({ minimum: 0, maximum: 100 }),
    /** Group of this cluster in staggered sessions; 0 speaks first. */
    stagger: Type.Integer({ minimum: 0, maximum: 100 }),
    /** Download budget of the SIM, bytes per civil day; 0 = none. What is due within 24 h is exempt. */
    budget: Type.Integer({ minimum: 0 }),
    policies: PolicyBook,
    /** What is due, in any order. */
    sessions: Type.Array(PlanSession, { maxItems: 500 }),
    /** Armed orders for the time without server; absent = disarmed. */
    standing: Type.Optional(
      Type.Object(
        {
          /** Ed25519 public keys of the phones that may start them, base64url. */
          keys: Type.Array(Sha, { maxItems: 8 }),
          /** When each of `keys` ends, wall ms, in their order; absent = they end with the plan. */
          ends: Type.Optional(Type.Array(Wall, { maxItems: 8 })),
          orders: Type.Array(StandingOrder, { maxItems: 8 }),
        },
      ),
    ),
    /** Files that the plan needs, and those that stay pinned. */
    media: Type.Array(
      Type.Object(
        { sha: Sha, bytes: Type.Integer({ minimum: 1, maximum: 268_435_456 }), ms: Type.Integer({ minimum: 1 }), pin: Type.Optional(Type.Boolean()) },
      ),
      { maxItems: 2_000 },
    ),
  },
)
export type PlanBody = Static<typeof PlanBody>
/** A body in force, with the revision of the head that named it. */
export type HeldPlan = PlanBody & { readonly rev: number }
export const MAX_PLAN_DEFLATED = 65_536
/** What a body may inflate to: an honest one is below a tenth of it. */
export const MAX_PLAN_INFLATED = 4_194_304

/** Absolute starts of a session, wall ms, ascending. */
export function startsOf(session: PlanSession): WallMs[] {
  let at = 0
  return session.starts.map((s) => wallMs((at += s) * 1000))
}

/** Inverse of `startsOf`: wall ms (whole seconds, ascending) → first and differences. */
export const packStarts = (starts: readonly number[]): number[] =>
  starts.map((s, i) => Math.round((s - (i === 0 ? 0 : (starts[i - 1] as number))) / 1000))

/** Slots of the occurrences that overlap [from, to), in order of start. Stagger is not yet applied. */
export function slotsOf(body: PlanBody, from: WallMs, to: WallMs): Slot[] {
  const slots: Slot[] = []
  for (const session of body.sessions) {
    // a staggered cluster starts later: keep what may still be running
    const slack = (session.stagger ?? 0) * body.stagger
    for (const start of startsOf(session)) {
      if (start + session.len + slack <= from || start >= to) continue
      if (start < body.from || start >= body.to) continue
      const occurrence = `${session.id}.${Math.round(start / 1000).toString(36)}`
      session.items.forEach((item, n) => slots.push(slotOf(session, item, { id: occurrence, start }, n)))
    }
  }
  return slots.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1))
}

function slotOf(session: PlanSession, item: PlanItem, occurrence: { readonly id: string; readonly start: WallMs }, n: number): Slot {
  const { start } = occurrence
  return {
    id: `${occurrence.id}.${n}`,
    session: occurrence.id,
    class: item.class ?? 'scheduled',
    start: wallMs(start + item.at),
    sessionStart: start,
    end: wallMs(start + session.len),
    lengthMs: item.len,
    source:
      item.stream === undefined
        ? { kind: 'file', media: item.media ?? '' }
        : { kind: 'stream', stream: item.stream, substitute: item.media },
    resume: item.resume,
    policy: session.policy,
    music: item.music ?? false,
    order: item.order ?? 0,
    staggerMs: session.stagger ?? 0,
    issuedAt: wallMs(start),
  }
}
