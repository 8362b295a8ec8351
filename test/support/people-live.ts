import type { RunningServer } from '../../server/start-server.ts'
import type { Method } from './server-world.ts'
import { PASSWORD } from './people-world.ts'
import type { Reply } from './live-server.ts'

/** Somebody at a browser of a server that listens: by cookie, and with the page's token. */
export interface PersonAt {
  ask(question: `${Method} ${string}`, payload?: object): Promise<Reply>
  /** A body as it is, such as a form. */
  send(question: `${Method} ${string}`, payload: Uint8Array, headers: Record<string, string>): Promise<Reply>
}

/** Invites somebody with the administrator's token, and brings them in by the link as they would come. */
export async function personAt({ url, token }: Pick<RunningServer, 'url' | 'token'>, name: string, grants: readonly object[]): Promise<PersonAt> {
  const api = `${url}/api/v1`
  const json = { 'content-type': 'application/json' }
  const invited = await fetch(`${api}/people`, { method: 'POST', headers: { ...json, authorization: `Bearer ${token}` }, body: JSON.stringify({ name, grants }) })
  if (invited.status !== 201) throw new Error(await invited.text())
  const { link } = (await invited.json()) as { link: { token: string } }
  const entered = await fetch(`${api}/links/use`, { method: 'POST', headers: json, body: JSON.stringify({ token: link.token, password: PASSWORD }) })
  if (entered.status !== 200) throw new Error(await entered.text())
  const [cookie = ''] = String(entered.headers.get('set-cookie')).split(';')
  const { csrf } = (await entered.json()) as { csrf: string }
  const request = async (question: string, headers: Record<string, string>, body?: Uint8Array | string): Promise<Reply> => {
    const space = question.indexOf(' ')
    const answer = await fetch(`${api}${question.slice(space + 1)}`, { method: question.slice(0, space), headers: { cookie, 'x-csrf-token': csrf, ...headers }, ...(body === undefined ? {} : { body }) })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  }
  return {
    ask: (question, payload) => (payload ? request(question, json, JSON.stringify(payload)) : request(question, {})),
    send: (question, payload, headers) => request(question, headers, payload),
  }
}
