import type { PostOutcome, SourceAdapter } from '../core/source-system.ts'

const TIMEOUT_MS = 15_000

/** Pushes messages as JSON to the address of the system; `tl-message` names one, so that the second of two is known. */
export const httpSource: SourceAdapter = {
  async send({ push }, { n, kind, body }): Promise<PostOutcome> {
    if (push === null) return { refused: 'it has no address' }
    try {
      const headers = { 'content-type': 'application/json', 'tl-message': String(n), 'tl-kind': kind }
      const answer = await fetch(push, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
      await answer.body?.cancel()
      if (answer.ok) return 'sent'
      const why = `it answered ${answer.status}`
      return answer.status >= 500 || answer.status === 408 || answer.status === 429 ? { later: why } : { refused: why }
    } catch (error) {
      return { later: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : String(error) }
    }
  },
}
