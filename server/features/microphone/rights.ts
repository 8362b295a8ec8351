import { Type, type Static } from 'typebox'
import { Targets } from '../../../shared/core/timetable.ts'
import { NOT_YOURS } from '../../core/access.ts'
import type { Identity } from '../../core/identity.ts'
import type { MicMessage } from '../../core/mic-protocol.ts'
import { sameTargets, type TicketHolder } from '../../core/mic-tickets.ts'
import { identityOf } from '../../core/person-store.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const strict = { additionalProperties: false } as const
/** What a ticket is wanted for. */
export const TicketBody = Type.Union(
  [
    Type.Object({ targets: Targets }, { ...strict, description: 'a broadcast to these places, and to come back to it' }),
    Type.Object({ emergency: Type.String({ pattern: '^[0-9a-z]{4,16}$' }) }, { ...strict, description: 'an emergency that is spoken live' }),
    Type.Null({ description: 'a broadcast wherever you may speak live' }),
  ],
)
export type TicketBody = Static<typeof TicketBody>

export interface MicRightsDeps extends Pick<ServerDeps, 'access'> {
  readonly stores: { readonly people: Pick<ServerDeps['stores']['people'], 'byId'> }
  /** Where an emergency sounds; null where there is none of that name. */
  readonly emergencies: { byId(id: string): { readonly clusters: readonly string[] } | null }
}

const OTHER_PURPOSE: Refusal = {
  status: 403, code: 'ticket-for-something-else',
  en: 'This ticket was given for something else: ask for one for these places, or for this emergency.',
  vi: 'Vé kết nối này được cấp cho việc khác: xin lấy vé mới cho đúng địa bàn hoặc đúng thông báo khẩn.',
}

function mayRaise({ access, emergencies }: MicRightsDeps, who: Identity, emergency: string): Refusal | null {
  const found = emergencies.byId(emergency)
  return access.refusal(who, 'emergency.raise', found ? access.areasOfClusters(found.clusters) : 'all')
}

/** Why somebody gets no ticket for what they ask; null = they do. That they may speak live at all is the route's right. */
export function whyNoTicket(deps: MicRightsDeps, who: Identity, wanted: TicketBody): Refusal | null {
  if (wanted === null) return null
  return 'emergency' in wanted ? mayRaise(deps, who, wanted.emergency) : deps.access.refusal(who, 'live.speak', deps.access.areasOfTargets(wanted.targets))
}

/** The holder as they are now: somebody who was sent away since, or has another role, holds a ticket of what was. null = they are gone. */
function asNow({ stores }: MicRightsDeps, who: Identity): Identity | null {
  if (who.kind !== 'person') return who
  const person = stores.people.byId(who.actor.replace(/^person:/, ''))
  return person && person.disabledAt === null ? identityOf(person) : null
}

/**
 * Why what a microphone asks for first is refused: it is not what its ticket was given for, or its holder may no longer do it
 * in these places. null = it may.
 */
export function notAllowed(deps: MicRightsDeps, { who: then, emergency, targets }: TicketHolder, message: MicMessage): Refusal | null {
  const who = asNow(deps, then)
  if (!who) return NOT_YOURS
  if (message.t === 'start') {
    if (emergency !== null || (targets !== null && !sameTargets(targets, message.targets))) return OTHER_PURPOSE
    return deps.access.refusal(who, 'live.speak', deps.access.areasOfTargets(message.targets))
  }
  if (message.t !== 'speak') return null
  if (targets !== null || (emergency !== null && emergency !== message.emergency)) return OTHER_PURPOSE
  return mayRaise(deps, who, message.emergency)
}
