import { Type, type Static } from 'typebox'
import { dateOfDayNumber, civilDayNumber, isoWithOffset, startOfDayNumber, dayNumberOf } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { ROLES, type Grant } from '../../core/identity.ts'
import { ACTIONS, areasWhere, type Action } from '../../core/permissions.ts'
import type { Visitor } from '../../core/door.ts'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../core/person-cookie.ts'
import { MAX_PASSWORD } from '../../core/person-password.ts'
import type { Person, PersonLink, PersonSession } from '../../core/person-store.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const CivilDay = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })

export const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: '1 to 80 characters, not only spaces' })
export const Phone = Type.String({ minLength: 1, maxLength: 30 })
/** Any length: how long it must be is answered with a sentence of its own. */
export const Password = Type.String({ minLength: 1, maxLength: MAX_PASSWORD })
export const LinkToken = Type.String({ pattern: '^[A-Za-z0-9_-]{32}$', description: 'what stands behind # in the link, 32 characters' })

/** A role as people write it: `until` is its last day. */
export const GrantText = Type.Object(
  {
    role: Type.Enum([...ROLES]),
    areas: Type.Union([Type.Literal('all'), Type.Array(AreaCode, { minItems: 1, maxItems: 500 })]),
    until: Type.Optional(CivilDay),
  },
  strict,
)
export type GrantText = Static<typeof GrantText>
export const Grants = Type.Array(GrantText, { maxItems: 50 })

export const grantText = ({ role, areas, until }: Grant): GrantText => ({
  role,
  areas: areas === 'all' ? 'all' : [...areas],
  ...(until === undefined ? {} : { until: dateOfDayNumber(civilDayNumber(until) - 1) }),
})
/** Its last instant is the end of its last day. */
export const grantOf = ({ role, areas, until }: GrantText): Grant => ({ role, areas, ...(until === undefined ? {} : { until: startOfDayNumber(dayNumberOf(until) + 1) }) })

export const LinkView = Type.Object({ purpose: Type.Enum(['first', 'invite', 'password']), expiresAt: Type.String() })
export const PersonView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  phone: nullable(Type.String({ description: '+84…' })),
  grants: Grants,
  createdAt: Type.String(),
  disabledAt: nullable(Type.String()),
  hasPassword: Type.Boolean({ description: 'false until the first link was used' }),
  lastSeenAt: nullable(Type.String({ description: 'to the hour, of sessions that have not ended' })),
  link: nullable(LinkView),
})
export type PersonView = Static<typeof PersonView>

const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(at))

export function personView(person: Person, around: { readonly sessions: readonly PersonSession[]; readonly link: PersonLink | null }): PersonView {
  const { id, name, phone, grants, hasPassword } = person
  return {
    id, name, phone, hasPassword,
    grants: grants.map(grantText),
    createdAt: isoWithOffset(person.createdAt),
    disabledAt: iso(person.disabledAt),
    lastSeenAt: iso(around.sessions[0]?.lastUsedAt ?? null),
    link: around.link && { purpose: around.link.purpose, expiresAt: isoWithOffset(around.link.expiresAt) },
  }
}

/** A link to pass on; its token is told this once. */
export const MadeLink = Type.Object({ ...LinkView.properties, token: LinkToken, url: Type.String({ description: 'to pass on by Zalo or SMS' }) })
export type MadeLink = Static<typeof MadeLink>

export const SessionView = Type.Object({
  id: Type.String(),
  current: Type.Boolean(),
  level: Type.Enum(['password']),
  createdAt: Type.String(),
  lastUsedAt: Type.String(),
  endsAt: Type.String({ description: 'unless it is used before' }),
  agent: Type.String(),
  address: Type.String(),
})
export type SessionView = Static<typeof SessionView>

export const sessionView = (session: PersonSession, current: PersonSession | null): SessionView => ({
  id: session.id,
  current: session.id === current?.id,
  level: session.level,
  createdAt: isoWithOffset(session.createdAt),
  lastUsedAt: isoWithOffset(session.lastUsedAt),
  endsAt: isoWithOffset(Math.min(session.lastUsedAt + SESSION_IDLE_MS, session.createdAt + SESSION_LIFE_MS) as WallMs),
  agent: session.agent,
  address: session.address,
})

export const Me = Type.Object({
  kind: Type.Enum(['person', 'token', 'link', 'source']),
  actor: Type.String({ description: 'as in the audit log' }),
  name: Type.String(),
  phone: nullable(Type.String()),
  grants: Grants,
  rights: Type.Record(Type.String(), Type.Union([Type.Literal('all'), Type.Array(Type.String())]), { description: 'what may be done now, and in which areas with all that lies within them' }),
  csrf: nullable(Type.String({ description: 'to be sent as the header x-csrf-token with everything that changes something' })),
  session: nullable(SessionView),
})
export type Me = Static<typeof Me>

export function meView({ who, session, csrf }: Visitor, phone: string | null, now: WallMs): Me {
  const rights = (Object.keys(ACTIONS) as Action[]).flatMap((action) => {
    const areas = areasWhere(who, action, now)
    return areas !== 'all' && areas.size === 0 ? [] : [[action, areas === 'all' ? 'all' : [...areas]] as const]
  })
  return { kind: who.kind, actor: who.actor, name: who.name, phone, grants: who.grants.map(grantText), rights: Object.fromEntries(rights), csrf, session: session && sessionView(session, session) }
}
