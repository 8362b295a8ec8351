import { approvalRefusal } from '../../core/approval.ts'
import type { Grant, Identity } from '../../core/identity.ts'
import { identityOf } from '../../core/person-store.ts'
import { accepted, refused, type Outcome, type Sentence } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ApprovalHandlers, LinkMade } from '../approval/plugin.ts'
import { NO_APPROVER } from './refusals.ts'

/** How far a programme is from the air. */
export interface Clearance {
  readonly approved: boolean
  /** The link that an approver got; null where it is approved, or none could be made. */
  readonly link: LinkMade | null
  /** Why no link was made: somebody must be told in another way. */
  readonly problem: Sentence | null
}

/** Who may approve the work: an approver before others, and the one whose duty is nearest to the place first. */
function approverFor(deps: ServerDeps, work: { readonly area: string | null; readonly author: string }): string | null {
  const book = deps.access.book()
  const chain = work.area === null ? [] : book.chain(work.area).map(({ code }) => code)
  const distance = ({ role, areas }: Grant): number => {
    const near = areas === 'all' ? -1 : chain.findIndex((code) => areas.some((own) => book.merged(own) === code))
    return (role === 'approver' ? 0 : FAR) + (near < 0 ? chain.length : near)
  }
  const may = deps.stores.people.all().filter((person) => person.disabledAt === null && approvalRefusal(deps, identityOf(person), work) === null)
  const ranked = may.map(({ id, grants }) => ({ id, far: Math.min(...grants.map(distance)) }))
  return ranked.sort((a, b) => a.far - b.far || (a.id < b.id ? -1 : 1))[0]?.id ?? null
}
/** Farther than any area lies in others. */
const FAR = 1_000

/**
 * Brings a programme as near to the air as the rules allow: approved at once where whoever made it may do that, else asked for,
 * with a link for an approver (`approver`, or one that is found).
 */
export async function clear(deps: ServerDeps, approval: ApprovalHandlers, who: Identity, { programme, approver }: { readonly programme: string; readonly approver?: string }): Promise<Outcome<Clearance>> {
  const { programmes } = deps.stores
  const submittable = programmes.versions(programme).findLast(({ state }) => state === 'draft' || state === 'returned')
  if (submittable) {
    const submitted = approval.submit(who, programme, submittable.n)
    if (!submitted.ok) return submitted
  }
  const item = programmes.byId(programme)
  const pending = programmes.versions(programme).findLast(({ state }) => state === 'pending')
  if (!item || !pending) return accepted({ approved: item?.airs === true, link: null, problem: null })
  const work = { area: item.area, author: pending.author }
  if (approvalRefusal(deps, who, work) === null) {
    const approved = approval.approve(who, programme, pending.n)
    return approved.ok ? accepted({ approved: true, link: null, problem: null }) : approved
  }
  const person = approver ?? approverFor(deps, work)
  const made = person === null ? refused(NO_APPROVER) : await approval.makeLink(who, programme, { person, version: pending.n })
  if (made.ok) return accepted({ approved: false, link: made.value, problem: null })
  const { status: _, ...problem } = made.refusal
  return accepted({ approved: false, link: null, problem })
}
