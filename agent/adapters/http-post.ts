import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface Posted {
  readonly status: number
  readonly text: string
}
export interface PostLimits {
  /** For the whole exchange. */
  readonly timeoutMs: number
  readonly maxAnswerBytes: number
  /** Authority of an HTTPS server, PEM; the system's own when absent. */
  readonly ca?: Buffer
}
export type PostJson = (url: string, json: string, limits: PostLimits) => Promise<Posted>

/**
 * One POST by node:http, which follows no redirect. The global `fetch` would keep 13 MB of memory for the life of the
 * process, a fifth of what an agent may use.
 */
export const postJson: PostJson = (url, json, limits) =>
  new Promise((resolve, reject) => {
    const body = Buffer.from(json)
    const request = url.startsWith('https:') ? httpsRequest : httpRequest
    const out = request(url, {
      method: 'POST',
      // no connection is kept for a server that is asked once
      agent: false,
      ...(limits.ca ? { ca: limits.ca } : {}),
      headers: { 'content-type': 'application/json', 'content-length': body.length, accept: 'application/json' },
      signal: AbortSignal.timeout(limits.timeoutMs),
    })
    out.on('error', reject)
    out.on('response', (response) => {
      const parts: Buffer[] = []
      let bytes = 0
      response.on('data', (part: Buffer) => {
        bytes += part.length
        if (bytes > limits.maxAnswerBytes) out.destroy(new Error('the answer is too long'))
        else parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }))
    })
    out.end(body)
  })
