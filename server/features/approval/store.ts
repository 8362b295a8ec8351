import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { ApprovalLink, ApprovalStore } from '../../core/approval-store.ts'

interface RuleRow {
  readonly self_approval: number | null
  readonly original_days: number | null
}
interface LinkRow {
  readonly id: string
  readonly token_sha256: Uint8Array
  readonly programme: string
  readonly version: number
  readonly person: string
  readonly person_name: string
  readonly made_by: string
  readonly created_at: number
  readonly expires_at: number
  readonly used_at: number | null
}

const linkOf = (row: LinkRow): ApprovalLink => ({
  id: row.id,
  tokenSha256: new Uint8Array(row.token_sha256),
  programme: row.programme,
  version: row.version,
  person: row.person,
  personName: row.person_name,
  madeBy: row.made_by,
  createdAt: wallMs(row.created_at),
  expiresAt: wallMs(row.expires_at),
  usedAt: row.used_at === null ? null : wallMs(row.used_at),
})

export function createApprovalStore(db: Database): ApprovalStore {
  const rule = db.prepare<[string], RuleRow>('SELECT self_approval, original_days FROM area_rule WHERE area = ?')
  const putRule = db.prepare('INSERT OR REPLACE INTO area_rule (area, self_approval, original_days) VALUES (?, ?, ?)')
  const insert = db.prepare(
    'INSERT INTO approval_link (id, token_sha256, programme, version, person, person_name, made_by, created_at, expires_at) VALUES (@id, @tokenSha256, @programme, @version, @person, @personName, @madeBy, @createdAt, @expiresAt)',
  )
  const byToken = db.prepare<[Uint8Array], LinkRow>('SELECT * FROM approval_link WHERE token_sha256 = ?')
  const use = db.prepare('UPDATE approval_link SET used_at = ? WHERE id = ?')
  const prune = db.prepare('DELETE FROM approval_link WHERE expires_at < ?')
  return {
    rule(area) {
      const row = rule.get(area)
      return row ? { selfApproval: row.self_approval === null ? null : row.self_approval === 1, originalDays: row.original_days } : null
    },
    putRule: (area, { selfApproval, originalDays }) => void putRule.run(area, selfApproval === null ? null : Number(selfApproval), originalDays),
    insertLink: (link) => void insert.run(link),
    byToken(tokenSha256) {
      const row = byToken.get(tokenSha256)
      return row ? linkOf(row) : null
    },
    useLink: (id, at) => void use.run(at, id),
    pruneLinks: (before) => prune.run(before).changes,
  }
}
