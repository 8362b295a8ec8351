import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Below this the packets on the wire are no fewer. */
const WORTH_BYTES = 2_048
/** A list of 3,000 clusters shrinks to a tenth within some milliseconds, on a thread of the pool. */
const LEVEL = 5
const packed = promisify(gzip)

/** A hook for `onSend`: long texts go out as gzip to whoever takes it. On 400 kbit/s a list that takes half a minute takes three seconds. */
export async function compressText(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (typeof payload !== 'string' || payload.length < WORTH_BYTES || reply.hasHeader('content-encoding')) return payload
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return payload
  const bytes = await packed(payload, { level: LEVEL })
  reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').removeHeader('content-length')
  return bytes
}
