import { actorOf, type PersonSession } from './person-store.ts'
import type { Stores } from './stores.ts'

type EndStores = Pick<Stores, 'people' | 'notify'>

function stopMessages({ notify }: EndStores, person: string, isMeant: (one: { readonly endpoint: string; readonly session?: string }) => boolean): void {
  for (const one of notify.subscriptions(actorOf({ id: person }))) if (isMeant(one)) notify.dropSubscription(one.endpoint)
}

/** Ends a session, and messages to the browser in which it was; `endpoint`: what that browser says of itself, where it does. Within a decision. */
export function endSession(stores: EndStores, { id, person }: Pick<PersonSession, 'id' | 'person'>, endpoint?: string): void {
  stores.people.sessions.end(id)
  stopMessages(stores, person, (one) => one.session === id || one.endpoint === endpoint)
}

/** Ends all of a person's sessions but `keep`, and messages to their browsers: without `keep` to every one of them. Answers how many sessions. Within a decision. */
export function endSessions(stores: EndStores, person: string, keep?: string): number {
  const over = new Set(stores.people.sessions.ofPerson(person).flatMap(({ id }) => (id === keep ? [] : id)))
  stopMessages(stores, person, ({ session }) => keep === undefined || (session !== undefined && over.has(session)))
  return stores.people.sessions.endAll(person, keep)
}
