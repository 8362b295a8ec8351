import { ADMINISTRATOR_IDENTITY, type Identity } from '../../core/identity.ts'
import type { NotifyProfile } from '../../core/notify-store.ts'
import { actorOf, identityOf } from '../../core/person-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export interface Recipient {
  readonly who: Identity
  readonly profile: NotifyProfile
}

/** Who an actor is today; null for one who may not come in any more. */
export function whoIs({ stores }: Pick<ServerDeps, 'stores'>, actor: string): Identity | null {
  if (actor === ADMINISTRATOR_IDENTITY.actor) return ADMINISTRATOR_IDENTITY
  const person = actor.startsWith('person:') ? stores.people.byId(actor.slice('person:'.length)) : null
  return person && actorOf(person) === actor && person.disabledAt === null ? identityOf(person) : null
}

/** Everybody who said how they want to hear of things and may still come in; what they hear of follows their grants. */
export const recipients = (deps: Pick<ServerDeps, 'stores'>): Recipient[] =>
  deps.stores.notify.profiles().flatMap((profile) => {
    const who = whoIs(deps, profile.actor)
    return who && (profile.channels.length > 0 || deps.stores.notify.subscriptions(profile.actor).length > 0) ? [{ who, profile }] : []
  })
