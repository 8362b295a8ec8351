import { answerOf, type Answer } from './answer.ts'

/** Longer than a bad link needs for a small answer; a person does not wait longer without a word. */
const WAIT_MS = 20_000
let csrf: string | null = null

/** What the server said this page is to send back with everything that changes something. */
export const rememberCsrf = (token: string | null): void => void (csrf = token)

interface Asked {
  readonly body?: unknown
  readonly form?: FormData
  /** A piece of a recording, with its type among `headers`. */
  readonly piece?: Blob
  readonly headers?: Readonly<Record<string, string>>
  readonly waitMs?: number
}

/** One request to the API. Never throws: a link that is down is an answer as well. */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, { body, form, piece, headers, waitMs = WAIT_MS }: Asked = {}): Promise<Answer<T>> {
  // one that is over is let go at once: an AbortSignal.timeout stays until its time, and a page that is told of news asks often
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), waitMs)
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: { ...(csrf === null || method === 'GET' ? {} : { 'x-csrf-token': csrf }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: form ?? piece ?? (body === undefined ? null : JSON.stringify(body)),
      signal: patience.signal,
    })
    return await answerOf<T>(response)
  } catch {
    return { ok: false, kind: 'offline' }
  } finally {
    clearTimeout(timer)
  }
}
