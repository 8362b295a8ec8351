import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { ClaimStore } from '../../core/stores.ts'

interface ClaimRow {
  readonly token_sha256: Uint8Array
  readonly name: string | null
  readonly area: string | null
  readonly expires_at: number
  readonly used_by: string | null
}

/** Claims by the hash of their token: whoever reads the database cannot enrol with it. */
export function createClaimStore(db: Database): ClaimStore {
  const byToken = db.prepare<[Uint8Array], ClaimRow>('SELECT * FROM claim WHERE token_sha256 = ?')
  const insert = db.prepare('INSERT INTO claim (token_sha256, name, area, expires_at, created_at) VALUES (?, ?, ?, ?, ?)')
  const use = db.prepare('UPDATE claim SET used_by = ? WHERE token_sha256 = ?')
  const prune = db.prepare('DELETE FROM claim WHERE expires_at < ?')
  return {
    byToken(tokenSha256) {
      const row = byToken.get(tokenSha256)
      if (!row) return null
      return { tokenSha256: row.token_sha256, name: row.name, area: row.area, expiresAt: wallMs(row.expires_at), usedBy: row.used_by }
    },
    insert: (claim) => void insert.run(claim.tokenSha256, claim.name, claim.area, claim.expiresAt, claim.createdAt),
    use: (tokenSha256, cluster) => void use.run(cluster, tokenSha256),
    prune: (before) => prune.run(before).changes,
  }
}
