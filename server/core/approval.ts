import type { Access } from './access.ts'
import { rulesFor, type RulesInForce } from './approval-store.ts'
import type { Identity } from './identity.ts'
import type { Refusal } from './refusal.ts'
import type { Stores } from './stores.ts'

export interface ApprovalDeps {
  readonly stores: Pick<Stores, 'approval'>
  readonly access: Pick<Access, 'refusal' | 'book'>
}

export const OWN_WORK: Refusal = {
  status: 403,
  code: 'own-programme',
  en: 'You made this yourself: another person must approve it, or the rule of your area must allow it.',
  vi: 'Chương trình do chính bạn tạo: cần người khác duyệt, hoặc quy định của địa bàn phải cho phép tự duyệt.',
}

/** The rules in force for an area; null = the whole station. */
export const rulesOf = ({ stores, access }: ApprovalDeps, area: string | null): RulesInForce =>
  rulesFor(stores.approval, area === null ? [] : access.book().chain(area))

/** May they let what `author` made in an area on the air? null, or what to answer. */
export function approvalRefusal(deps: ApprovalDeps, who: Identity, work: { readonly area: string | null; readonly author: string }): Refusal | null {
  const refusal = deps.access.refusal(who, 'programme.approve', work.area === null ? 'all' : [work.area])
  if (refusal) return refusal
  return work.author === who.actor && !rulesOf(deps, work.area).selfApproval ? OWN_WORK : null
}
