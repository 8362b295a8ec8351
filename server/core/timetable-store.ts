import type { WallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'

/** Changes to the timetable that nobody hears yet. */
export interface DraftRecord {
  readonly id: string
  readonly name: string
  /** Everything in it is for this area and what lies within; null = the whole station. */
  readonly area: string | null
  /** Actor, as in the audit log. */
  readonly owner: string
  readonly ownerName: string
  readonly createdAt: WallMs
  readonly updatedAt: WallMs
  /** Number of the newest publication when it began. */
  readonly baseRev: number
  /** Rises with every change: two phones that write the same draft notice each other. */
  readonly version: number
  readonly state: 'open' | 'published' | 'discarded'
  readonly publication: number | null
}

/** What becomes of one session; null = it is taken out, or was not there. */
export interface SessionChange {
  readonly session: string
  readonly doc: Session | null
}
export interface DraftChange extends SessionChange {
  /** What was in force when the draft first touched it. */
  readonly base: Session | null
}

/** Words that a draft wants to have spoken, and who wrote them into it first. */
export interface DraftText {
  /** As the library calls them. */
  readonly key: string
  readonly author: string
  readonly authorName: string
}

export interface DraftStore {
  /** Newest first. */
  open(): DraftRecord[]
  byId(id: string): DraftRecord | null
  insert(draft: DraftRecord): void
  /** Raises the version. */
  touch(id: string, at: WallMs): void
  rename(id: string, name: string): void
  close(id: string, state: 'published' | 'discarded', publication: number | null): void
  changes(id: string): DraftChange[]
  putChange(id: string, change: DraftChange): void
  dropChange(id: string, session: string): void
  texts(id: string): DraftText[]
  /** Words that are known already stay whose they are. */
  noteText(id: string, text: DraftText): void
}

export interface ReplacedSession {
  readonly session: string
  readonly before: Session | null
  readonly after: Session | null
}
/** A change of the timetable in force. */
export interface PublicationRecord {
  readonly n: number
  readonly at: WallMs
  readonly actor: string
  readonly actorName: string
  /** `session`: one session by the API; `import`: a whole file; `undo`: put back what another one replaced. */
  readonly kind: 'draft' | 'session' | 'import' | 'undo'
  readonly title: string
  readonly draft: string | null
  readonly undoes: number | null
  readonly undoneBy: number | null
  readonly key: string | null
  readonly areas: readonly string[] | 'all'
  /** Who hears a difference. */
  readonly clusters: number
  readonly communes: number
}
export interface PublicationStore {
  /** 0 before the first. */
  last(): number
  /** Its number. */
  insert(publication: Omit<PublicationRecord, 'n' | 'undoneBy'>, changes: readonly ReplacedSession[]): number
  byN(n: number): PublicationRecord | null
  byKey(key: string): PublicationRecord | null
  /** Newest first, numbers below `before`. */
  list(before: number, most: number): PublicationRecord[]
  changes(n: number): ReplacedSession[]
  /** Changes of every publication after an instant, newest first. */
  since(at: WallMs): (ReplacedSession & { readonly at: WallMs })[]
  /** The newest publication after `n` that touched the session; null = none. */
  newerTouching(session: string, n: number): number | null
  setUndone(n: number, by: number): void
}

export interface SessionTemplate {
  readonly id: string
  readonly name: string
  /** Whose; null = the station's, for everybody. */
  readonly area: string | null
  readonly owner: string
  readonly createdAt: WallMs
  readonly sessions: readonly Session[]
}
export interface TemplateStore {
  all(): SessionTemplate[]
  byId(id: string): SessionTemplate | null
  insert(template: SessionTemplate): void
  remove(id: string): void
}

export interface CalendarLink {
  readonly id: string
  readonly area: string
  readonly actor: string
  readonly createdAt: WallMs
  readonly revokedAt: WallMs | null
}
export interface CalendarLinkStore {
  all(): CalendarLink[]
  byId(id: string): CalendarLink | null
  /** Revoked ones excluded. */
  byToken(tokenSha256: Uint8Array): CalendarLink | null
  insert(link: Omit<CalendarLink, 'revokedAt'> & { readonly tokenSha256: Uint8Array }): void
  revoke(id: string, at: WallMs): void
}

/** What a person decided for certain places and a certain time, beside the timetable. */
export interface SpanRecord {
  readonly id: string
  /** tạm ngừng phát; mở giờ đặc biệt; ngày quốc tang ở địa phương. */
  readonly kind: 'pause' | 'opening' | 'mourning'
  readonly areas: readonly string[]
  /** Ids. */
  readonly clusters: readonly string[]
  readonly from: WallMs
  /** Exclusive. Moved forward when it is ended early. */
  readonly to: WallMs
  readonly reason: string
  readonly actor: string
  readonly actorName: string
  readonly createdAt: WallMs
  /** Who ended it early; null = it ends by itself. */
  readonly endedBy: string | null
}
export interface SpanStore {
  byId(id: string): SpanRecord | null
  /** Whose end is later than the instant, by their begin. */
  endingAfter(at: WallMs): SpanRecord[]
  insert(span: SpanRecord): void
  end(id: string, at: WallMs, actor: string): void
  /** What is not over at `at` and names a box names the one that took its place. */
  handOver(from: string, to: string, at: WallMs): void
}

export interface DeskStores {
  readonly drafts: DraftStore
  readonly publications: PublicationStore
  readonly templates: TemplateStore
  readonly calendarLinks: CalendarLinkStore
}
