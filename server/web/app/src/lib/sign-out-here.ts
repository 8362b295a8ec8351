import type { Answer } from './answer.ts'
import { forgetTyped } from './kept.ts'
import { subscriptionHere } from './push-here.ts'
import { signOut } from './session.svelte.ts'

/** A browser that cannot say what brings it messages keeps nobody in. */
const orNothing = <T>(work: Promise<T>): Promise<T | null> =>
  work.catch((error: unknown) => {
    console.info(`The browser does not say how messages come here: ${String(error)}`)
    return null
  })

/** Signs out, ends messages to this device and forgets what was typed: whoever holds it next is told nothing of the person before. Where the station is not reached, both stay. */
export async function signOutHere(): Promise<Answer<unknown>> {
  const messages = await orNothing(subscriptionHere())
  const answer = await signOut(messages?.endpoint ?? null)
  if (answer.ok) forgetTyped()
  if (answer.ok && messages) await orNothing(messages.unsubscribe())
  return answer
}
