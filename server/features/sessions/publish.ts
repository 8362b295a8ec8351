import type { WallMs } from '../../../shared/core/clock.ts'
import { MAX_SESSIONS } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, refused, type FindingView, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { AuditEntry } from '../../core/stores.ts'
import { withChanges } from '../../core/timetable-merge.ts'
import type { DraftText, PublicationRecord, SessionChange } from '../../core/timetable-store.ts'
import { assess, refusalOfPlaces, unusualFinding, type Assessment } from './assess.ts'
import { refusalFor } from './judge.ts'
import { noteTexts, tellTexts, textFindings, waitingTexts } from './spoken-texts.ts'

export interface Publishing {
  readonly kind: PublicationRecord['kind']
  readonly title: string
  readonly changes: readonly SessionChange[]
  readonly draft?: string
  /** Who wrote which words into the draft; what nobody is known to have written is the publisher's. */
  readonly texts?: readonly DraftText[]
  readonly undoes?: number
  /** The same key twice is one publication. */
  readonly key?: string
  /** Told of an hour at which nothing sounds there, the person meant it. */
  readonly unusualMeant: boolean
  /** How the audit log calls it; absent = `timetable.publish`. */
  readonly audit?: Pick<AuditEntry, 'action' | 'subject' | 'detail'>
  /** More that is written in the same transaction, with the number of the publication. */
  readonly also?: (n: number) => void
}

export interface Published {
  readonly n: number
  readonly at: WallMs
  readonly clusters: number
  readonly communes: number
  /** Did the answer to this key get lost, so that it was asked again? */
  readonly replayed: boolean
  readonly warnings: readonly FindingView[]
}

/** One cluster hears no more: its plan must stay within its limits. */
export const MAX_HEARD = 500

const TOO_MANY: Refusal = {
  status: 422,
  code: 'too-many-sessions',
  en: `A timetable has at most ${MAX_SESSIONS} sessions: remove one that is over.`,
  vi: `Lịch phát có tối đa ${MAX_SESSIONS} buổi: hãy xoá bớt buổi đã hết hạn.`,
}
const tooManyHeard = (name: string): Refusal => ({
  status: 422,
  code: 'too-many-sessions',
  en: `Cluster "${name}" would have more than ${MAX_HEARD} sessions, and its box holds no more: remove one that is over.`,
  vi: `Cụm loa "${name}" sẽ có hơn ${MAX_HEARD} buổi phát, quá sức chứa của thiết bị: hãy xoá bớt buổi đã hết hạn.`,
})
const NOTHING: Refusal = {
  status: 409,
  code: 'nothing-to-publish',
  en: 'Nothing would change: what is to be published is in force already.',
  vi: 'Không có gì thay đổi: lịch phát hiện hành đã đúng như vậy.',
}
const OTHER_KEY: Refusal = {
  status: 409,
  code: 'duplicate',
  en: 'This Idempotency-Key was used for another publication: send a new key.',
  vi: 'Mã Idempotency-Key này đã dùng cho lần công bố khác: hãy gửi mã mới.',
}
const unusualHour = (assessment: Assessment): Refusal => ({
  status: 409,
  code: 'unusual-hour',
  field: 'unusual',
  en: `${assessment.unusual[0]?.en} If it is meant, publish with "unusual": "meant".`,
  vi: `${assessment.unusual[0]?.vi} Nếu đúng ý định, hãy xác nhận rồi công bố lại.`,
  findings: assessment.unusual.map(unusualFinding),
})

/**
 * The one way into the timetable in force: right in every place, every finding, one transaction with one audit row and one
 * publication that can be undone, then one planning of the clusters concerned.
 */
export function publish(deps: ServerDeps, who: Identity, wish: Publishing): Outcome<Published> {
  const { stores, clock } = deps
  const { publications } = stores.desk
  const key = wish.key === undefined ? null : `${who.actor} ${wish.key}`
  const known = key === null ? null : publications.byKey(key)
  if (known) return known.draft === (wish.draft ?? null) && known.kind === wish.kind ? accepted(publishedOf(known)) : refused(OTHER_KEY)
  const assessment = assess(deps, who, wish.changes)
  const wrong = mayNot(deps, who, wish, assessment)
  if (wrong) return refused(wrong)
  const at = clock.wall()
  const { changes, areas, difference, reach } = assessment
  const texts = waitingTexts(deps, who, changes, wish.texts)
  const said = textFindings(deps, texts, assessment)
  const audit = (n: number): AuditEntry => ({ actor: who.actor, action: 'timetable.publish', subject: String(n), detail: { title: wish.title, clusters: reach.clusters, changes }, ...wish.audit })
  const n = deps.decide<number>(audit, () => {
    for (const { session, after } of changes) {
      if (after) stores.sessions.put(after, at)
      else stores.sessions.remove(session)
    }
    noteTexts(deps, who, texts, at)
    const number = publications.insert(
      { at, actor: who.actor, actorName: who.name, kind: wish.kind, title: wish.title, draft: wish.draft ?? null, undoes: wish.undoes ?? null, key, areas, clusters: difference.clusters.length, communes: reach.communes.length },
      changes,
    )
    wish.also?.(number)
    return number
  })
  tellTexts(deps, who, texts)
  deps.listener.timetableChanged({ sessions: changes.map(({ session }) => session) })
  deps.events.tell({ kind: 'timetable.published', at, areas: areas === 'all' ? [] : areas, subject: String(n), detail: { title: wish.title, clusters: reach.clusters } })
  const warnings = [...assessment.unusual.map(unusualFinding), ...said]
  return accepted({ n, at, clusters: reach.clusters, communes: reach.communes.length, replayed: false, warnings })
}

function mayNot(deps: ServerDeps, who: Identity, wish: Publishing, assessment: Assessment): Refusal | null {
  const { changes, findings, unusual } = assessment
  const targets = changes.flatMap(({ before, after }) => [before, after].flatMap((s) => (s ? [s.targets] : [])))
  const notTheirs = refusalOfPlaces(deps, who, 'timetable.publish', targets)
  if (notTheirs) return notTheirs
  if (changes.length === 0) return NOTHING
  const crowd = changes.some(({ before }) => !before) ? crowded(deps, assessment) : null
  if (crowd) return crowd
  return refusalFor(findings) ?? (unusual.length > 0 && !wish.unusualMeant ? unusualHour(assessment) : null)
}

/** Would there be too many sessions, in all or on one of the clusters concerned? */
function crowded({ stores, access }: ServerDeps, { changes, difference }: Assessment): Refusal | null {
  const all = withChanges(stores.sessions.all(), changes.map(({ session, after }) => ({ session, doc: after })))
  if (all.length > MAX_SESSIONS) return TOO_MANY
  if (all.length <= MAX_HEARD) return null
  const heard = new Map(difference.clusters.map((cluster) => [cluster, 0]))
  for (const { targets } of all) {
    for (const cluster of access.audience(targets).clusters) if (heard.has(cluster)) heard.set(cluster, (heard.get(cluster) ?? 0) + 1)
  }
  const [full] = [...heard].find(([, sessions]) => sessions > MAX_HEARD) ?? []
  return full === undefined ? null : tooManyHeard(stores.clusters.byId(full)?.name ?? full)
}

const publishedOf = ({ n, at, clusters, communes }: PublicationRecord): Published => ({ n, at, clusters, communes, replayed: true, warnings: [] })
