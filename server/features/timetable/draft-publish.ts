import { isoWithOffset, startOfDayNumber, civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { DIFFERENCE_MS } from '../../core/difference.ts'
import { describeChange } from '../../core/difference-words.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type FindingView, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { sameSession } from '../../core/timetable-merge.ts'
import type { PublicationRecord, ReplacedSession, SessionChange } from '../../core/timetable-store.ts'
import { assess, publish, textFindings, unusualFinding, waitingTexts, type Assessment, type Published, type WaitingText } from '../sessions/plugin.ts'
import { approvalWords } from './approval-words.ts'
import type { DraftDesk, OpenDraft } from './draft-desk.ts'
import { namingOf } from './drafts.ts'
import { closed, conflictFindings, conflicting, draftChanged, PUBLICATION } from './refusals.ts'
import type { DifferenceView, PublicationView, PublicationWhole, PublishedView, ReachView, UndoneView } from './views.ts'

export interface PublishHandlers {
  difference(who: Identity, draft: string): Outcome<DifferenceView>
  publish(who: Identity, draft: string, wish: { readonly unusualMeant: boolean; readonly version: number | null; readonly key?: string }): Outcome<PublishedView>
  /** Newest first, below a number. */
  history(who: Identity, before: number): PublicationView[]
  one(who: Identity, n: number): Outcome<PublicationWhole>
  undo(who: Identity, n: number, wish: { readonly unusualMeant: boolean; readonly key?: string }): Outcome<UndoneView>
}

const MAX_INSTANTS = 500
const PAGE = 50

const NOTHING_TO_UNDO: Refusal = {
  status: 409,
  code: 'nothing-to-undo',
  en: 'Nothing of it can be put back: everything was changed again since.',
  vi: 'Không còn gì để hoàn tác: mọi buổi phát trong đó đã được sửa lại sau này.',
}
const whatOf = ({ before, after }: Pick<ReplacedSession, 'before' | 'after'>): 'added' | 'changed' | 'removed' => (before === null ? 'added' : after === null ? 'removed' : 'changed')
const publishedView = ({ n, at, clusters, communes, replayed, warnings }: Published): PublishedView => ({ publication: n, at: isoWithOffset(at), clusters, communes, replayed, warnings: [...warnings] })
const publicationView = (p: PublicationRecord): PublicationView => ({
  n: p.n, at: isoWithOffset(p.at), by: p.actorName, kind: p.kind, title: p.title, undoes: p.undoes, undoneBy: p.undoneBy, areas: p.areas === 'all' ? 'all' : [...p.areas], clusters: p.clusters, communes: p.communes,
})

export function createPublishHandlers(deps: ServerDeps, desk: DraftDesk): PublishHandlers {
  const { stores, access, clock } = deps
  const { drafts, publications } = stores.desk

  const reachView = ({ reach }: Assessment): ReachView => {
    const book = access.book()
    return { clusters: reach.clusters, communes: reach.communes.map((code) => ({ code, name: book.on(code)?.name ?? code })), en: `Will sound on ${reach.en}.`, vi: `Sẽ phát tới ${reach.clusters} cụm loa thuộc ${reach.communes.length} xã.` }
  }
  const minutesOf = (session: Session | null): number => {
    const from = startOfDayNumber(civilDayNumber(clock.wall()))
    const all = session ? occurrencesBetween(session, from, wallMs(from + DIFFERENCE_MS)) : []
    return Math.round(all.reduce((sum, o) => sum + (o.end - o.start), 0) / 60_000)
  }
  /** What of others' words would be let on the air by this person's hand; what they wrote themselves follows the rule of the area and is no news to them. */
  const approvalView = (who: Identity, texts: readonly WaitingText[]): DifferenceView['approval'] => {
    const theirs = texts.filter(({ approves, author }) => approves && author !== who.actor)
    return theirs.length === 0 ? null : { texts: theirs.map(({ session, text, authorName }) => ({ session, text, author: authorName })), ...approvalWords(theirs) }
  }
  const differenceView = (who: Identity, open: OpenDraft): DifferenceView => {
    const assessment = assess(deps, who, open.changes)
    const { difference, unusual } = assessment
    const names = namingOf(deps)
    const titleOf = new Map(difference.sessions.map(({ session, before, after }) => [session, (after ?? before)?.name ?? session]))
    const sizes = new Map(difference.sessions.map(({ session, cohorts }) => [session, cohorts]))
    const texts = waitingTexts(deps, who, assessment.changes, drafts.texts(open.draft.id))
    const findings = [...conflictFindings(open.conflicts), ...textFindings(deps, texts, assessment)]
    return {
      draft: open.draft.id,
      version: open.draft.version,
      reach: reachView(assessment),
      sessions: difference.sessions.map(({ session, before, after, cohorts }) => ({
        session, name: titleOf.get(session) ?? session, what: whatOf({ before, after }), words: describeChange(before, after, names).map((words) => ({ ...words })),
        cohorts: { kept: [...cohorts.kept], joined: [...cohorts.joined], left: [...cohorts.left] },
        minutes: { before: minutesOf(before), after: minutesOf(after) },
      })),
      instants: difference.instants.slice(0, MAX_INSTANTS).map(({ session, cohort, what, at, end, to }) => ({
        session, name: titleOf.get(session) ?? session, cohort, what, at: isoWithOffset(at), end: isoWithOffset(end),
        to: to && { at: isoWithOffset(to.at), end: isoWithOffset(to.end) }, clusters: sizes.get(session)?.[cohort].length ?? 0,
      })),
      more: Math.max(0, difference.instants.length - MAX_INSTANTS),
      unusual: unusual.map(({ at, communes, ...one }) => ({ ...one, at: isoWithOffset(at), communes: [...communes] })),
      findings: [...unusual.map(unusualFinding), ...findings],
      approval: approvalView(who, texts),
      publishable: assessment.changes.length > 0 && findings.every(({ level }) => level !== 'refused'),
    }
  }

  const seen = (who: Identity): ((publication: PublicationRecord) => boolean) => {
    const concerned = access.concerns(who, 'station.read')
    return ({ areas }) => concerned(areas)
  }
  const find = (who: Identity, n: number): Outcome<PublicationRecord> => {
    const found = publications.byN(n)
    return found && seen(who)(found) ? accepted(found) : notFound(PUBLICATION, String(n))
  }

  /** What of a publication nobody has touched since, and the rest with what touched it. */
  const restorable = (n: number): { readonly changes: SessionChange[]; readonly skipped: UndoneView['skipped'] } => {
    const changes: SessionChange[] = []
    const skipped: UndoneView['skipped'] = []
    for (const { session, before, after } of publications.changes(n)) {
      const newer = publications.newerTouching(session, n)
      if (newer === null && sameSession(stores.sessions.byId(session), after)) changes.push({ session, doc: before })
      else skipped.push(skippedView(session, (after ?? before)?.name ?? session, newer))
    }
    return { changes, skipped }
  }

  return {
    difference(who, id) {
      const opened = desk.open(who, id)
      return opened.ok ? accepted(differenceView(who, opened.value)) : opened
    },
    publish(who, id, { unusualMeant, version, key }) {
      const found = desk.find(who, id)
      if (!found.ok) return found
      const draft = found.value
      if (draft.state === 'discarded' || (draft.state === 'published' && key === undefined)) return refused(closed(draft.state, draft.publication))
      const isOpen = draft.state === 'open'
      if (isOpen && version !== null && version !== draft.version) return refused(draftChanged(draft.version))
      const opened = isOpen ? desk.open(who, id) : null
      if (opened && !opened.ok) return opened
      const { conflicts, changes } = opened?.value ?? { conflicts: [], changes: [] }
      if (conflicts.length > 0) return refused(conflicting(conflicts))
      const published = publish(deps, who, {
        kind: 'draft', title: draft.name, draft: id, changes, texts: drafts.texts(id), unusualMeant, ...(key === undefined ? {} : { key }),
        also: (n) => drafts.close(id, 'published', n),
      })
      if (published.ok) return accepted(publishedView(published.value))
      // asked again with another key: it is out already
      return isOpen ? published : refused(closed('published', draft.publication))
    },
    history: (who, before) => {
      const lets = seen(who)
      const found: PublicationRecord[] = []
      for (let below = before; found.length < PAGE; ) {
        const page = publications.list(below, PAGE)
        found.push(...page.filter(lets))
        const last = page.at(-1)
        if (!last || page.length < PAGE) break
        below = last.n
      }
      return found.slice(0, PAGE).map(publicationView)
    },
    one(who, n) {
      const found = find(who, n)
      if (!found.ok) return found
      const names = namingOf(deps)
      const changes = publications.changes(n).map((change) => ({ ...change, words: describeChange(change.before, change.after, names).map((words) => ({ ...words })) }))
      return accepted({ ...publicationView(found.value), changes })
    },
    undo(who, n, { unusualMeant, key }) {
      const found = find(who, n)
      if (!found.ok) return found
      const known = key === undefined ? null : publications.byKey(`${who.actor} ${key}`)
      const { changes, skipped } = known ? { changes: publications.changes(known.n).map(({ session }) => ({ session, doc: null })), skipped: [] } : restorable(n)
      if (!known && changes.length === 0) return refused({ ...NOTHING_TO_UNDO, findings: skipped.map(skippedFinding) })
      const undone = publish(deps, who, {
        kind: 'undo', title: `Hoàn tác lần ${n}: ${found.value.title}`.slice(0, 200), undoes: n, changes, unusualMeant, ...(key === undefined ? {} : { key }),
        audit: { action: 'timetable.undo', subject: String(n), detail: { restores: changes, skips: skipped.map(({ session }) => session) } },
        also: (by) => publications.setUndone(n, by),
      })
      return undone.ok ? accepted({ ...publishedView(undone.value), restored: changes.map(({ session }) => session), skipped }) : undone
    },
  }
}

const skippedView = (session: string, name: string, newer: number | null): UndoneView['skipped'][number] => ({
  session, name, newer,
  en: newer === null ? `"${name}" is not any more as it was published, and stays as it is.` : `"${name}" was changed again by publication ${newer}, and stays as it is.`,
  vi: newer === null ? `"${name}" không còn như lúc công bố nên được giữ nguyên.` : `"${name}" đã được sửa lại ở lần công bố ${newer} nên được giữ nguyên.`,
})
const skippedFinding = ({ session, en, vi }: UndoneView['skipped'][number]): FindingView => ({ level: 'info', code: 'changed-since', path: `/sessions/${session}`, en, vi })
