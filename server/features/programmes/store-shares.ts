import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { ProgrammeStore, Share, ShareTarget } from '../../core/programme-store.ts'

interface ShareRow {
  readonly programme: string
  readonly target: string
  readonly until: number | null
  readonly made_by: string
  readonly at: number
}

export const targetText = (to: ShareTarget): string => ('area' in to ? `area:${to.area}` : `group:${to.group}`)
export const targetOf = (text: string): ShareTarget => (text.startsWith('area:') ? { area: text.slice(5) } : { group: text.slice(6) })

const shareOf = ({ programme, target, until, made_by, at }: ShareRow): Share => ({
  programme, to: targetOf(target), until: until === null ? null : wallMs(until), by: made_by, at: wallMs(at),
})

export function createShareStore(db: Database): Pick<ProgrammeStore, 'share' | 'unshare' | 'sharesOf' | 'shareTargets' | 'sees'> {
  const put = db.prepare('INSERT OR REPLACE INTO programme_share (programme, target, until, made_by, at) VALUES (?, ?, ?, ?, ?)')
  const drop = db.prepare('DELETE FROM programme_share WHERE programme = ? AND target = ?')
  const of = db.prepare<[string], ShareRow>('SELECT * FROM programme_share WHERE programme = ? ORDER BY target')
  const targets = db.prepare<[number], { target: string }>('SELECT DISTINCT target FROM programme_share WHERE until IS NULL OR until > ? ORDER BY target')
  const sharesOf = (programme: string): Share[] => of.all(programme).map(shareOf)
  return {
    share: ({ programme, to, until, by, at }) => void put.run(programme, targetText(to), until, by, at),
    unshare: (programme, to) => void drop.run(programme, targetText(to)),
    sharesOf,
    shareTargets: (now) => targets.all(now).map(({ target }) => targetOf(target)),
    sees({ id, area, airs }, { owned, shared, now }) {
      if (owned === 'all' || owned.has(area ?? '')) return 'all'
      if (!airs) return null
      if (area === null) return 'approved'
      const mine = new Set(shared.map(targetText))
      return sharesOf(id).some(({ to, until }) => mine.has(targetText(to)) && (until === null || until > now)) ? 'approved' : null
    },
  }
}
