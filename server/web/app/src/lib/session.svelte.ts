import { ask, rememberCsrf } from './ask.ts'
import type { Answer } from './answer.ts'
import { FIRST_ASKS } from './first-asks.ts'

/** GET /me: who I am and what I may do where. */
export interface Me {
  readonly name: string
  readonly grants: readonly { readonly role: Role; readonly areas: 'all' | readonly string[]; readonly until?: string }[]
  readonly rights: Readonly<Record<string, 'all' | readonly string[]>>
  readonly csrf: string | null
}
export type Role = 'operator' | 'approver' | 'technician' | 'announcer' | 'administrator'

const known = $state<{ me: Me | null; asked: boolean; offline: boolean }>({ me: null, asked: false, offline: false })

export const me = (): Me | null => known.me
export const isAsked = (): boolean => known.asked
export const isUnreached = (): boolean => known.offline

function take(answer: Answer<Me>): Answer<Me> {
  known.offline = !answer.ok && answer.kind === 'offline'
  if (answer.ok) {
    known.me = answer.value
    rememberCsrf(answer.value.csrf)
  } else if (answer.kind === 'signed-out') {
    known.me = null
    rememberCsrf(null)
  }
  known.asked = true
  return answer
}

export const whoAmI = async (): Promise<Answer<Me>> => take(await ask<Me>('GET', FIRST_ASKS.me))
/** Whoever did not get in is where they were: what they typed stays. */
const entered = (answer: Answer<Me>): Answer<Me> => (answer.ok ? take(answer) : answer)
export const signIn = async (login: string, password: string): Promise<Answer<Me>> => entered(await ask<Me>('POST', '/sign-in', { body: { login, password } }))
export const useLink = async (body: { token: string; password: string; name?: string; phone?: string }): Promise<Answer<Me>> => entered(await ask<Me>('POST', '/links/use', { body }))

/** Ends the session here and at the server, and messages to `endpoint`, where they came to this device; a server that cannot be reached is told so, and the session stays. */
export async function signOut(endpoint: string | null): Promise<Answer<unknown>> {
  const answer = await ask('POST', '/sign-out', endpoint === null ? {} : { body: { endpoint } })
  if (answer.ok) take({ ok: false, kind: 'signed-out', status: 401, sentence: { code: 'signed-out', vi: '', en: '' } })
  return answer
}

/** The server said that nobody is signed in any more. */
export const lost = (): void => void (known.me = null)

export const hasRole = (role: Role): boolean => known.me?.grants.some((grant) => grant.role === role) ?? false
/** Whether a right is held anywhere. */
export function may(action: string): boolean {
  const where = known.me?.rights[action]
  return where === 'all' || (where?.length ?? 0) > 0
}
