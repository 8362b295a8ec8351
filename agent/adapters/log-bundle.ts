import { gzipSync } from 'node:zlib'
import type { Log } from '../../shared/core/log.ts'
import { MAX_ATTACHMENT_BYTES } from '../../shared/protocol/messages/service.ts'
import { redacted } from '../core/redact.ts'

/** Two hours of a talkative box, a week of a quiet one; some 600 kB of memory. */
const MAX_LINES = 3_000
const MAX_LINE = 1_000

export interface LogBundle {
  /** Writes on, and remembers. */
  readonly log: Log
  /** Never to be seen in a bundle, wherever it stands. */
  hide(secret: string): void
  /** What was logged last, JSON lines, gzip; the first line holds `facts`. Never more than an attachment may have. */
  bundle(facts: object): { readonly bytes: Uint8Array; readonly lines: number }
}

/** The last lines of the log, for a technician who asks for them. */
export function createLogBundle(log: Log): LogBundle {
  const lines: string[] = []
  const secrets: string[] = []
  const remember = (level: keyof Log) => (facts: object, text: string): void => {
    log[level](facts, text)
    lines.push(JSON.stringify(redacted({ time: new Date().toISOString(), level, text, ...facts }, secrets)).slice(0, MAX_LINE))
    if (lines.length > MAX_LINES) lines.splice(0, lines.length - MAX_LINES)
  }
  return {
    log: { debug: remember('debug'), info: remember('info'), warn: remember('warn'), error: remember('error') },
    hide: (secret) => void secrets.push(secret),
    bundle(facts) {
      for (let from = 0; ; from = Math.ceil((from + lines.length) / 2)) {
        const told = lines.slice(from)
        const bytes = new Uint8Array(gzipSync([JSON.stringify(redacted(facts, secrets)), ...told].join('\n')))
        if (bytes.length <= MAX_ATTACHMENT_BYTES || told.length === 0) return { bytes, lines: told.length }
      }
    },
  }
}
