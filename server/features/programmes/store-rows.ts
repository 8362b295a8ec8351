import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { LibraryItem, ProgrammeKind, ProgrammeSource, Sound, Trim, Version, VersionState } from '../../core/programme-store.ts'

export interface SoundRow {
  readonly sha: string
  readonly bytes: number
  readonly ms: number
  readonly lufs: number | null
  readonly true_peak: number | null
  readonly peaks: Uint8Array
}
export interface ProgrammeRow extends SoundRow {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly kind: string
  readonly music: number
  readonly key: string | null
  readonly created_at: number
  readonly deleted_at: number | null
  readonly area: string | null
  readonly language: string
  readonly author: string
  readonly author_name: string
  readonly description: string
  readonly tags: string
  readonly class: string
  readonly source: string
  readonly origin: string | null
  readonly valid_from: string | null
  readonly valid_to: string | null
  readonly text: string | null
  readonly state: string
  readonly airs: number
  readonly updated_at: number
  readonly aired_at: number | null
}
export interface VersionRow extends SoundRow {
  readonly programme: string
  readonly n: number
  readonly language: string
  readonly state: string
  readonly original: string | null
  readonly trim: string | null
  readonly full_ms: number | null
  readonly text: string | null
  readonly voice: string | null
  readonly speed: number | null
  readonly author: string
  readonly author_name: string
  readonly created_at: number
  readonly decided_by: string | null
  readonly decided_name: string | null
  readonly decided_at: number | null
  readonly reason: string | null
}

const instant = (at: number | null): WallMs | null => (at === null ? null : wallMs(at))

export const soundOf = (row: SoundRow): Sound => ({ sha: row.sha, bytes: row.bytes, ms: row.ms, lufs: row.lufs, truePeak: row.true_peak, peaks: row.peaks })

export const itemOf = (row: ProgrammeRow): LibraryItem => ({
  ...soundOf(row),
  id: row.id,
  name: row.name,
  folder: row.folder,
  kind: row.kind as ProgrammeKind,
  music: row.music === 1,
  key: row.key,
  createdAt: wallMs(row.created_at),
  deletedAt: instant(row.deleted_at),
  area: row.area,
  language: row.language,
  author: row.author,
  authorName: row.author_name,
  description: row.description,
  tags: JSON.parse(row.tags) as string[],
  class: row.class as LibraryItem['class'],
  source: row.source as ProgrammeSource,
  origin: row.origin,
  validFrom: row.valid_from,
  validTo: row.valid_to,
  text: row.text,
  state: row.state as LibraryItem['state'],
  airs: row.airs === 1,
  updatedAt: wallMs(row.updated_at),
  airedAt: instant(row.aired_at),
})

export const versionOf = (row: VersionRow): Version => ({
  ...soundOf(row),
  programme: row.programme,
  n: row.n,
  language: row.language,
  state: row.state as VersionState,
  original: row.original,
  trim: row.trim === null ? null : (JSON.parse(row.trim) as Trim),
  fullMs: row.full_ms,
  text: row.text,
  voice: row.voice,
  speed: row.speed,
  author: row.author,
  authorName: row.author_name,
  createdAt: wallMs(row.created_at),
  decidedBy: row.decided_by,
  decidedName: row.decided_name,
  decidedAt: instant(row.decided_at),
  reason: row.reason,
})
