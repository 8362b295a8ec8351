import type { Test } from 'tap'
import { firstAdministratorLink } from '../../server/features/people/plugin.ts'
import { AREAS, ask, serverWorld, type Answer, type Method, type ServerWorld } from './server-world.ts'

export const PASSWORD = 'trâu ăn cỏ xanh'
export const HOST = 'dai.example'

/** Somebody at a browser: keeps the cookie and sends the page's token back. */
export interface Browser {
  readonly person: string
  readonly cookie: string
  readonly csrf: string
  ask(question: `${Method} ${string}`, payload?: unknown, headers?: Record<string, string>): Promise<Answer>
}

const plain = { authorization: '', host: HOST }

/** Asks as nobody. */
export const asNobody = (world: ServerWorld, question: `${Method} ${string}`, payload?: unknown, headers: Record<string, string> = {}): Promise<Answer> => ask(world.app, question, payload, { ...plain, ...headers })

/** The browser that an answer of sign-in or of a link has made. */
export function browserOf(world: ServerWorld, answer: Answer): Browser {
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
  const { csrf, actor } = answer.body as { csrf: string; actor: string }
  return { person: actor.replace('person:', ''), cookie, csrf, ask: (question, payload, headers = {}) => ask(world.app, question, payload, { ...plain, cookie, 'x-csrf-token': csrf, ...headers }) }
}

export const tokenOf = (url: string): string => url.split('#')[1] ?? ''

/** A station with areas, as it starts for the first time. */
export async function peopleWorld(t: Test, folder?: string): Promise<ServerWorld & { readonly link: string }> {
  const world = await serverWorld(t, {}, folder)
  for (const area of [...AREAS, { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' }]) await ask(world.app, 'POST /api/v1/areas', area)
  return { ...world, link: tokenOf(firstAdministratorLink(world.deps, `https://${HOST}`) ?? '') }
}

/** Invites somebody with the administrator's token and brings them in. */
export async function personIn(world: ServerWorld, name: string, grants: readonly object[], phone?: string): Promise<Browser> {
  const invited = await ask(world.app, 'POST /api/v1/people', { name, grants, ...(phone === undefined ? {} : { phone }) })
  if (invited.status !== 201) throw new Error(invited.text)
  const { link } = invited.body as { link: { token: string } }
  return browserOf(world, await asNobody(world, 'POST /api/v1/links/use', { token: link.token, password: PASSWORD }))
}
