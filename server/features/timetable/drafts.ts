import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { describeChange, type Naming } from '../../core/difference-words.ts'
import { accepted, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { DraftRecord, PublicationRecord } from '../../core/timetable-store.ts'
import { newId } from './identities.ts'
import type { DraftDesk, OpenDraft } from './draft-desk.ts'
import { NO_CHANGE_OF_IT, NO_CONFLICT, OTHER_ID, TOO_MANY_DRAFTS, unknownArea } from './refusals.ts'
import type { DraftView, DraftWhole, Edited, NewDraft } from './views.ts'

export interface DraftHandlers {
  list(who: Identity): DraftView[]
  create(who: Identity, wish: NewDraft): Outcome<DraftView>
  one(who: Identity, id: string): Outcome<DraftWhole>
  rename(who: Identity, id: string, name: string): Outcome<DraftView>
  discard(who: Identity, id: string): Outcome<DraftView>
  put(who: Identity, id: string, edit: { readonly session: string; readonly doc: Session; readonly version: number | null }): Outcome<Edited>
  takeOut(who: Identity, id: string, edit: { readonly session: string; readonly version: number | null }): Outcome<Edited>
  /** Drops what the draft says of a session: it stays as it is in force. */
  forget(who: Identity, id: string, edit: { readonly session: string; readonly version: number | null }): Outcome<Edited>
  resolve(who: Identity, id: string, choice: { readonly session: string; readonly take: 'mine' | 'theirs'; readonly version: number | null }): Outcome<Edited>
}

const MAX_OPEN = 200
const SHOWN_PUBLICATIONS = 50

/** Names for sentences about what changes. */
export function namingOf({ stores, access }: Pick<ServerDeps, 'stores' | 'access'>): Naming {
  const groups = new Map(stores.groups.all().map(({ id, name }) => [id, name]))
  const book = access.book()
  return {
    area: (code) => book.on(book.merged(code))?.name ?? code,
    group: (id) => groups.get(id) ?? id,
    cluster: (id) => stores.clusters.byId(id)?.name ?? id,
  }
}

const viewOf = (draft: DraftRecord, changes: number): DraftView => ({
  id: draft.id, name: draft.name, area: draft.area, owner: draft.ownerName, version: draft.version, baseRev: draft.baseRev, state: draft.state, publication: draft.publication, changes,
  createdAt: isoWithOffset(draft.createdAt), updatedAt: isoWithOffset(draft.updatedAt),
})

export function createDraftHandlers(deps: ServerDeps, desk: DraftDesk): DraftHandlers {
  const { stores, access, clock } = deps
  const { drafts, publications } = stores.desk
  const view = (draft: DraftRecord): DraftView => viewOf(draft, drafts.changes(draft.id).length)
  const fresh = (id: string): DraftView => view(drafts.byId(id) as DraftRecord)

  /** What others published since the draft began, as far as it concerns the reader. */
  const meanwhile = (who: Identity, { draft }: OpenDraft): DraftWhole['meanwhile'] => {
    const concerned = access.concerns(who, 'station.read')
    return publications
      .list(Number.MAX_SAFE_INTEGER, SHOWN_PUBLICATIONS)
      .filter(({ n, areas }) => n > draft.baseRev && concerned(areas))
      .map(({ n, at, title, actorName }: PublicationRecord) => ({ n, title, at: isoWithOffset(at), by: actorName, sessions: publications.changes(n).map(({ session }) => session) }))
  }
  const wholeOf = (who: Identity, open: OpenDraft): DraftWhole => {
    const names = namingOf(deps)
    return {
      ...viewOf(open.draft, open.changes.length),
      list: open.changes.map(({ session, doc, base }) => ({
        session, what: base === null ? 'added' as const : doc === null ? 'removed' as const : 'changed' as const, doc, base,
        words: doc || base ? describeChange(base, doc, names).map((words) => ({ ...words })) : [],
      })),
      conflicts: open.conflicts.map((conflict) => ({ ...conflict })),
      meanwhile: meanwhile(who, open),
    }
  }
  const drop = (who: Identity, open: OpenDraft, session: string): Outcome<Edited> => {
    deps.decide({ actor: who.actor, action: 'draft.change', subject: open.draft.id, detail: { forgets: session } }, () => {
      drafts.dropChange(open.draft.id, session)
      drafts.touch(open.draft.id, clock.wall())
    })
    desk.tell(who, open.draft, 'changed', open.draft.version + 1)
    return accepted({ id: open.draft.id, version: open.draft.version + 1, changed: [session], findings: [] })
  }

  return {
    list: (who) => drafts.open().filter((draft) => desk.sees(who, draft)).map(view),
    create(who, { name, area = null }) {
      const book = access.book()
      if (area !== null && book.on(book.merged(area)) === undefined) return refused(unknownArea(area))
      const wrong = access.refusal(who, 'timetable.draft', area === null ? 'all' : [area])
      if (wrong) return refused(wrong)
      if (drafts.open().length >= MAX_OPEN) return refused(TOO_MANY_DRAFTS)
      const at = clock.wall()
      const draft: DraftRecord = {
        id: newId(deps), name: name.normalize('NFC').trim(), area: area === null ? null : book.merged(area), owner: who.actor, ownerName: who.name,
        createdAt: at, updatedAt: at, baseRev: publications.last(), version: 1, state: 'open', publication: null,
      }
      deps.decide({ actor: who.actor, action: 'draft.create', subject: draft.id, detail: { name, area } }, () => drafts.insert(draft))
      return accepted(view(draft))
    },
    one(who, id) {
      const opened = desk.open(who, id)
      return opened.ok ? accepted(wholeOf(who, opened.value)) : opened
    },
    rename(who, id, name) {
      const opened = desk.open(who, id)
      if (!opened.ok) return opened
      deps.decide({ actor: who.actor, action: 'draft.rename', subject: id, detail: { name } }, () => {
        drafts.rename(id, name.normalize('NFC').trim())
        drafts.touch(id, clock.wall())
      })
      desk.tell(who, opened.value.draft, 'renamed', opened.value.draft.version + 1)
      return accepted(fresh(id))
    },
    discard(who, id) {
      const opened = desk.open(who, id)
      if (!opened.ok) return opened
      deps.decide({ actor: who.actor, action: 'draft.discard', subject: id, detail: null }, () => drafts.close(id, 'discarded', null))
      desk.tell(who, opened.value.draft, 'discarded', opened.value.draft.version)
      return accepted(fresh(id))
    },
    put(who, id, { session, doc, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      return doc.id === session ? desk.write(who, opened.value, [{ session, doc }]) : refused(OTHER_ID)
    },
    takeOut(who, id, { session, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      const { merged, changes } = opened.value
      if (merged.some((one) => one.id === session)) return desk.write(who, opened.value, [{ session, doc: null }])
      return changes.some((one) => one.session === session) ? accepted({ id, version: opened.value.draft.version, changed: [], findings: [] }) : refused(NO_CHANGE_OF_IT)
    },
    forget(who, id, { session, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      return opened.value.changes.some((one) => one.session === session) ? drop(who, opened.value, session) : refused(NO_CHANGE_OF_IT)
    },
    resolve(who, id, { session, take, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      const conflict = opened.value.conflicts.find((one) => one.session === session)
      if (!conflict) return refused(NO_CONFLICT)
      if (take === 'theirs') return drop(who, opened.value, session)
      deps.decide({ actor: who.actor, action: 'draft.change', subject: id, detail: { keeps: session } }, () => {
        drafts.putChange(id, { session, doc: conflict.mine, base: conflict.theirs })
        drafts.touch(id, clock.wall())
      })
      desk.tell(who, opened.value.draft, 'changed', opened.value.draft.version + 1)
      return accepted({ id, version: opened.value.draft.version + 1, changed: [session], findings: [] })
    },
  }
}
