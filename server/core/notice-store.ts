import type { NoticeRecord, NoticeTemplate } from './notice.ts'

export interface NoticeStore {
  /** The newest version of each that is in use, in order of name. */
  templates(): NoticeTemplate[]
  /** The newest version, retired ones included; null = there never was one. */
  template(id: string): NoticeTemplate | null
  /** Oldest first. */
  templateVersions(id: string): NoticeTemplate[]
  /** A version that is there stays as it is. */
  addTemplate(template: NoticeTemplate): void

  insert(notice: NoticeRecord): void
  /** State, when, soundings and problem. */
  save(notice: NoticeRecord): void
  byId(id: string): NoticeRecord | null
  byKey(key: string): NoticeRecord | null
  byProgramme(programme: string): NoticeRecord[]
  waiting(): NoticeRecord[]
  /** Newest first. */
  list(most: number): NoticeRecord[]
}
