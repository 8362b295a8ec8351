import type { Database } from 'better-sqlite3'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { ReportHeading } from '../../core/report-heading.ts'
import type { ReportShare, ReportStore } from '../../core/report-store.ts'
import type { SessionResult } from '../../core/result-of-session.ts'
import { noteChange as changeOf } from '../evidence/plugin.ts'

interface ShareRow {
  readonly id: string
  readonly area: string
  readonly from_day: number
  readonly to_day: number
  readonly name: string
  readonly purpose: string
  readonly created_at: number
  readonly created_by: string
  readonly expires_at: number
  readonly revoked_at: number | null
}
const shareOf = (row: ShareRow): ReportShare => ({
  id: row.id, area: row.area, fromDay: row.from_day, toDay: row.to_day, name: row.name, purpose: row.purpose,
  createdAt: wallMs(row.created_at), createdBy: row.created_by, expiresAt: wallMs(row.expires_at), revokedAt: row.revoked_at === null ? null : wallMs(row.revoked_at),
})
const resultFrom = ({ doc }: { readonly doc: string }): SessionResult => JSON.parse(doc) as SessionResult

/** Headings, inspectors' links, results of sessions, and what was heard or confirmed. */
export function createReportStore(db: Database): ReportStore {
  const heading = db.prepare<[string], { doc: string }>('SELECT doc FROM report_heading WHERE area = ?')
  const putHeading = db.prepare<[string, string]>('INSERT INTO report_heading (area, doc) VALUES (?, ?) ON CONFLICT (area) DO UPDATE SET doc = excluded.doc')
  const dropHeading = db.prepare<[string]>('DELETE FROM report_heading WHERE area = ?')
  const shares = db.prepare<[], ShareRow>('SELECT * FROM report_share ORDER BY created_at DESC, id')
  const share = db.prepare<[string], ShareRow>('SELECT * FROM report_share WHERE id = ?')
  const byToken = db.prepare<[Uint8Array], ShareRow>('SELECT * FROM report_share WHERE token_sha256 = ?')
  const insertShare = db.prepare(`INSERT INTO report_share (id, token_sha256, area, from_day, to_day, name, purpose, created_at, created_by, expires_at)
    VALUES (@id, @token, @area, @fromDay, @toDay, @name, @purpose, @createdAt, @createdBy, @expiresAt)`)
  const revoke = db.prepare<[number, string]>('UPDATE report_share SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
  const putResult = db.prepare<[number, string, string, string, number]>('INSERT OR REPLACE INTO session_result (occurrence, session, area, doc, made_at) VALUES (?, ?, ?, ?, ?)')
  const results = db.prepare<[string, number], { doc: string }>('SELECT doc FROM session_result WHERE session = ? AND occurrence = ? ORDER BY area')
  const latest = db.prepare<[number, number], { doc: string }>('SELECT doc FROM session_result WHERE occurrence < ? ORDER BY occurrence DESC, session, area LIMIT ?')
  const putRung = db.prepare('INSERT OR IGNORE INTO evidence_rung (cluster, slot, rung, day, at, actor, note) VALUES (@cluster, @slot, @rung, @day, @at, @actor, @note)')
  const change = changeOf(db)
  const putAll = db.transaction((made: readonly SessionResult[], at: WallMs) => {
    for (const result of made) putResult.run(result.occurrence, result.session, result.area, JSON.stringify(result), at)
  })
  const noteOne = db.transaction((note: Parameters<ReportStore['noteRung']>[0], day: number) => {
    putRung.run({ ...note, day })
    change(note.cluster, day)
  })
  return {
    heading: (area) => {
      const row = heading.get(area)
      return row ? (JSON.parse(row.doc) as ReportHeading) : null
    },
    putHeading: (area, doc) => void putHeading.run(area, JSON.stringify(doc)),
    removeHeading: (area) => void dropHeading.run(area),
    shares: () => shares.all().map(shareOf),
    share: (id) => {
      const row = share.get(id)
      return row ? shareOf(row) : null
    },
    shareByToken: (token) => {
      const row = byToken.get(token)
      return row ? shareOf(row) : null
    },
    insertShare: ({ revokedAt: _, ...record }, token) => void insertShare.run({ ...record, token }),
    revokeShare: (id, at) => void revoke.run(at, id),
    putResults: (made, at) => void putAll.immediate(made, at),
    results: (session, occurrence) => results.all(session, occurrence).map(resultFrom),
    latestResults: (before, limit) => latest.all(before, limit).map(resultFrom),
    noteRung: (note, day) => void noteOne(note, day),
  }
}
