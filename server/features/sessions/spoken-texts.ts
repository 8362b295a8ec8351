import { mediaRefOf, type MediaRef } from '../../../shared/core/layout.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { approvalRefusal } from '../../core/approval.ts'
import type { Identity } from '../../core/identity.ts'
import type { FindingView } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { DraftText, ReplacedSession } from '../../core/timetable-store.ts'
import { speechKey } from '../programmes/plugin.ts'

type TextDeps = Pick<ServerDeps, 'stores' | 'access' | 'crypto'>

/** Words of a session that nobody has let on the air yet. */
export interface WaitingText {
  /** As the library calls them. */
  readonly key: string
  readonly text: string
  readonly session: string
  /** Of whom they are, for the library; null = the whole station's. */
  readonly area: string | null
  readonly author: string
  readonly authorName: string
  /** Whoever publishes lets them on the air by it: they have the right in every place, and the words are not theirs, or the rule there allows it. */
  readonly approves: boolean
}

/** Words that were written here to be spoken and wait, with what publishing them comes to. `drafted`: who wrote them into the draft. */
export function waitingTexts(deps: TextDeps, who: Identity, changes: readonly ReplacedSession[], drafted: readonly DraftText[] = []): WaitingText[] {
  const { programmes } = deps.stores
  const found = new Map<string, WaitingText>()
  for (const { before, after } of changes) {
    const known = new Set(speechOf(before).map((ref) => JSON.stringify(ref)))
    for (const ref of speechOf(after)) {
      const key = speechKey(deps.crypto, ref)
      const said = programmes.spoken(key)
      // what somebody returned stays that until its author has changed it
      if (said?.approvedBy || (!said && known.has(JSON.stringify(ref))) || isDecided(deps, key)) continue
      const places = placesOf(deps, after)
      const { author, authorName } = said ?? drafted.find((one) => one.key === key) ?? { author: who.actor, authorName: who.name }
      const approves = places.every((area) => approvalRefusal(deps, who, { area, author }) === null)
      if (found.get(key)?.approves === true || (found.has(key) && !approves)) continue
      found.set(key, { key, text: ref.text, session: after?.id ?? '', area: said ? said.area : (places[0] ?? null), author, authorName, approves })
    }
  }
  return [...found.values()]
}

/** What is found of a change, as it will be once it is published: words that this lets on the air wait no more, and those that will wait are told of before they are spoken. */
export function textFindings({ stores }: TextDeps, texts: readonly WaitingText[], { changes, findings }: { readonly changes: readonly ReplacedSession[]; readonly findings: readonly FindingView[] }): FindingView[] {
  const after = new Map(changes.map((change) => [change.session, change.after]))
  const isLet = ({ code, path }: FindingView): boolean => {
    const [, session = '', n] = code === 'not-approved' ? (/^\/sessions\/([^/]+)\/items\/(\d+)\/speak$/.exec(path) ?? []) : []
    const item = after.get(session)?.items[Number(n)]
    return item !== undefined && 'speak' in item && texts.some(({ text, approves }) => approves && text === item.speak)
  }
  const unmade = texts.filter(({ key, approves }) => !approves && stores.programmes.byKey(key) === null)
  return [...findings.filter((finding) => !isLet(finding)), ...unmade.map(waits)]
}
const waits = ({ session, text }: WaitingText): FindingView => ({
  level: 'warning',
  code: 'waits-for-approval',
  path: `/sessions/${session}`,
  en: `“${excerpt(text)}” waits for somebody who may approve it: it is silent until then.`,
  vi: `Lời đọc “${excerpt(text)}” còn chờ người duyệt: chưa phát cho tới khi được duyệt.`,
})

/** Writes them down, within the transaction of the publication; each that is approved by it has its own row in the audit log. */
export function noteTexts({ stores }: TextDeps, who: Identity, texts: readonly WaitingText[], at: WallMs): void {
  for (const { key, text, session, area, author, authorName, approves } of texts) {
    stores.programmes.noteSpoken({ key, area, author, authorName, approvedBy: approves ? who.actor : null, approvedName: approves ? who.name : null, at })
    if (approves) stores.audit.append({ actor: who.actor, action: 'text.approve', subject: key, detail: { session, text: text.slice(0, MOST_LETTERS), author, authorName } })
  }
}

/** Tells, after the commit, of what was made of the words already and is on the air by it. */
export function tellTexts({ stores, events, clock }: Pick<ServerDeps, 'stores' | 'events' | 'clock'>, who: Identity, texts: readonly WaitingText[]): void {
  for (const { key, author, approves } of texts) {
    const made = approves ? stores.programmes.byKey(key) : null
    const version = made && stores.programmes.versions(made.id).findLast(({ state }) => state === 'approved')
    if (!made || !version) continue
    events.tell({ kind: 'programme.approved', at: clock.wall(), areas: made.area === null ? [] : [made.area], subject: made.id, detail: { name: made.name, version: version.n, by: who.name, author } })
  }
}

/** So much of a text is quoted in a sentence. */
const QUOTED = 60
export const excerpt = (text: string): string => (text.length > QUOTED ? `${text.slice(0, QUOTED - 1).trimEnd()}…` : text)
/** The log is read by people: a text of pages is in the library. */
const MOST_LETTERS = 300

const isDecided = ({ stores }: TextDeps, key: string): boolean => {
  const made = stores.programmes.byKey(key)
  return made !== null && made.state !== 'pending'
}
/** The areas whose rules bind; null = the whole station. */
function placesOf({ access }: TextDeps, session: Session | null): readonly (string | null)[] {
  const areas = session ? access.areasOfTargets(session.targets) : []
  return areas === 'all' || areas.length === 0 ? [null] : areas
}
export const speechOf = (session: Session | null): Extract<MediaRef, { kind: 'speech' }>[] =>
  (session?.items ?? []).map(mediaRefOf).flatMap((ref) => (ref.kind === 'speech' ? [ref] : []))
