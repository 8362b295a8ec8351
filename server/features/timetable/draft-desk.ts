import type { Session, Targets } from '../../../shared/core/timetable.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { PlaceWorld } from '../../core/clash-place.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { conflictsOf, sameSession, withChanges, type MergeConflict } from '../../core/timetable-merge.ts'
import type { DraftChange, DraftRecord, SessionChange } from '../../core/timetable-store.ts'
import { speechKey } from '../programmes/plugin.ts'
import { findingsOfChange, refusalOfPlaces, speechOf } from '../sessions/plugin.ts'
import type { DraftNews, Edited } from './views.ts'
import { closed, draftChanged, DRAFT, outsideDraft, TOO_MANY_CHANGES } from './refusals.ts'

const MAX_CHANGES = 200

/** A draft with the timetable that it is for. */
export interface OpenDraft {
  readonly draft: DraftRecord
  readonly changes: readonly DraftChange[]
  readonly conflicts: readonly MergeConflict[]
  /** Sessions in force. */
  readonly inForce: readonly Session[]
  /** Sessions as they would be. */
  readonly merged: readonly Session[]
}

export interface DraftDesk {
  sees(who: Identity, draft: DraftRecord): boolean
  /** Any state; a draft of another commune is as if it were not there. */
  find(who: Identity, id: string): Outcome<DraftRecord>
  open(who: Identity, id: string): Outcome<OpenDraft>
  /** `version`: what the writer saw; absent = whatever it is. */
  forEdit(who: Identity, id: string, version: number | null): Outcome<OpenDraft>
  /** Writes changes of sessions into it: all of them or, where one may not be, none. */
  write(who: Identity, open: OpenDraft, changes: readonly SessionChange[]): Outcome<Edited>
  /** May this session be changed in this draft? */
  mayTouch(who: Identity, draft: DraftRecord): (session: Session) => boolean
  world(who: Identity, open: OpenDraft): PlaceWorld
  /** Tells the others who have it open, after the commit. `version`: what it is now. */
  tell(who: Identity, draft: DraftRecord, what: DraftNews['what'], version: number): void
}

export function createDraftDesk(deps: ServerDeps): DraftDesk {
  const { stores, access, clock } = deps
  const { drafts } = stores.desk

  const sees: DraftDesk['sees'] = (who, { area }) => access.sees(who, 'timetable.draft')(area)
  const find: DraftDesk['find'] = (who, id) => {
    const draft = drafts.byId(id)
    return draft && sees(who, draft) ? accepted(draft) : notFound(DRAFT, id)
  }
  const isWithin = ({ area }: DraftRecord, targets: Targets): boolean => {
    if (area === null) return true
    const areas = access.areasOfTargets(targets)
    const book = access.book()
    return areas !== 'all' && areas.every((code) => book.within(code, area))
  }
  const nameOf = (code: string): string => access.book().on(access.book().merged(code))?.name ?? code
  const placeRefusal = (who: Identity, draft: DraftRecord, session: Session): Refusal | null =>
    isWithin(draft, session.targets) ? refusalOfPlaces(deps, who, 'timetable.draft', [session.targets]) : outsideDraft(nameOf(draft.area ?? ''))
  const load = (draft: DraftRecord): OpenDraft => {
    const inForce = stores.sessions.all()
    const changes = drafts.changes(draft.id)
    return { draft, changes, inForce, conflicts: conflictsOf(inForce, changes), merged: withChanges(inForce, changes) }
  }

  const desk: DraftDesk = {
    sees,
    find,
    open(who, id) {
      const found = find(who, id)
      if (!found.ok) return found
      const { state, publication } = found.value
      return state === 'open' ? accepted(load(found.value)) : refused(closed(state, publication))
    },
    forEdit(who, id, version) {
      const opened = desk.open(who, id)
      if (opened.ok && version !== null && opened.value.draft.version !== version) return refused(draftChanged(opened.value.draft.version))
      return opened
    },
    mayTouch: (who, draft) => (session) => placeRefusal(who, draft, session) === null,
    world: (who, { draft, merged }) => ({
      sessions: merged,
      clustersOf: (targets) => access.audience(targets).clusters,
      today: civilDayNumber(clock.wall()),
      mayTouch: desk.mayTouch(who, draft),
    }),
    write(who, { draft, changes: known, inForce }, wished) {
      const current = new Map(inForce.map((session) => [session.id, session]))
      const before = new Map(known.map((change) => [change.session, change]))
      for (const { session, doc } of wished) {
        for (const one of [doc, current.get(session)]) {
          const wrong = one ? placeRefusal(who, draft, one) : null
          if (wrong) return refused(wrong)
        }
      }
      if (new Set([...before.keys(), ...wished.map(({ session }) => session)]).size > MAX_CHANGES) return refused(TOO_MANY_CHANGES)
      const ids = wished.map(({ session }) => session)
      deps.decide({ actor: who.actor, action: 'draft.change', subject: draft.id, detail: { sessions: ids } }, () => {
        for (const { session, doc } of wished) {
          const base = before.has(session) ? (before.get(session)?.base ?? null) : (current.get(session) ?? null)
          // what says the same as before is no change
          if (sameSession(doc, base)) drafts.dropChange(draft.id, session)
          else drafts.putChange(draft.id, { session, doc, base })
        }
        for (const { doc } of wished) for (const ref of speechOf(doc)) drafts.noteText(draft.id, { key: speechKey(deps.crypto, ref), author: who.actor, authorName: who.name })
        drafts.touch(draft.id, clock.wall())
      })
      desk.tell(who, draft, 'changed', draft.version + 1)
      const after = drafts.changes(draft.id)
      const own = findingsOfChange(deps, after).filter(({ path }) => ids.some((id) => path === `/sessions/${id}` || path.startsWith(`/sessions/${id}/`)))
      return accepted({ id: draft.id, version: draft.version + 1, changed: ids, findings: own })
    },
    tell: (who, { id, area }, what, version) =>
      deps.events.tell({ kind: 'draft.changed', at: clock.wall(), areas: area === null ? [] : [area], right: 'timetable.draft', subject: id, detail: { what, version, by: who.name } satisfies DraftNews }),
  }
  return desk
}
