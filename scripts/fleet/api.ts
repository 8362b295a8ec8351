import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { ClusterView } from '../../server/features/clusters/view.ts'

/** What the fleet and the benches ask of a server, over its HTTP door like anybody else. */
export interface Api {
  /** The answer's JSON. @throws with the server's own sentence when it refuses. */
  ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object | FormData): Promise<T>
  clusters(): Promise<readonly ClusterView[]>
}
export interface ApiOptions {
  /** Base address, without a slash at its end. */
  readonly url: string
  /** The administrator's. */
  readonly token: string
  /** Certificate that signs the server's, PEM; the system's own when absent. */
  readonly ca?: string
}

const ANSWER_TIMEOUT_MS = 60_000

export function createApi({ url, token, ca }: ApiOptions): Api {
  const ask = async <T>(method: string, path: string, body?: object | FormData): Promise<T> => {
    const sent = await bytesOf(body)
    const answer = await new Promise<{ status: number; text: string }>((done, fail) => {
      const open = url.startsWith('https:') ? tlsRequest : plainRequest
      const headers = { authorization: `Bearer ${token}`, ...(sent ? { 'content-type': sent.type, 'content-length': sent.bytes.length } : {}) }
      const request = open(`${url}/api/v1${path}`, { method, headers, timeout: ANSWER_TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
        response.once('error', fail)
      })
      request.once('error', fail)
      request.once('timeout', () => request.destroy(new Error(`${url} does not answer`)))
      request.end(sent?.bytes)
    })
    if (answer.status >= 300) throw new Error(`${method} ${path} was refused with ${answer.status}: ${answer.text}`)
    return JSON.parse(answer.text) as T
  }
  return { ask, clusters: () => ask<ClusterView[]>('GET', '/clusters') }
}

async function bytesOf(body: object | FormData | undefined): Promise<{ bytes: Buffer; type: string } | null> {
  if (body === undefined) return null
  if (!(body instanceof FormData)) return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' }
  const form = new Response(body)
  return { bytes: Buffer.from(await form.arrayBuffer()), type: form.headers.get('content-type') ?? '' }
}
