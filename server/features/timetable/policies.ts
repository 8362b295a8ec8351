import { checkPolicyText } from '../../../shared/core/admission-days.ts'
import { DEFAULT_POLICY, type Policy } from '../../../shared/core/policy.ts'
import { DEFAULT_POLICY_NAME, policyFrom } from '../../../shared/core/policy-text.ts'
import type { PolicyText } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { policySentences } from '../../core/policy-words.ts'
import { accepted, notFound, refused, type FindingView, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { brokenBy } from '../sessions/plugin.ts'
import { unknownArea } from './refusals.ts'
import type { PolicyView, StoredPolicy } from './rules-views.ts'

export interface PolicyHandlers {
  list(who: Identity): PolicyView[]
  one(who: Identity, id: string): Outcome<PolicyView>
  /** Of the areas that go by it; refused where a session in force would break it. */
  put(who: Identity, id: string, text: PolicyText): Outcome<StoredPolicy>
  remove(who: Identity, id: string): Outcome<{ id: string }>
  /** Lets an area go by a policy; null = by that of the area above. */
  assign(who: Identity, area: string, policy: string | null): Outcome<StoredPolicy>
}

const POLICY = { en: 'policy', vi: 'quy định giờ phát' }
const MAX_POLICIES = 500

const inUse = (what: string): Refusal => ({
  status: 409,
  code: 'in-use',
  en: `The policy is still in force for ${what}: give that another one first.`,
  vi: `Quy định này đang áp dụng cho ${what}: hãy chọn quy định khác cho nơi đó trước.`,
})
const breaks = (findings: readonly FindingView[]): Refusal => ({
  status: 409,
  code: 'sessions-break-it',
  en: `${findings.length} sessions in force would break the new rules: change them first. ${findings[0]?.en ?? ''}`,
  vi: `${findings.length} buổi phát hiện hành không đúng quy định mới: hãy sửa các buổi đó trước. ${findings[0]?.vi ?? ''}`,
  findings,
})
const TOO_MANY: Refusal = { status: 422, code: 'too-many', en: `There are ${MAX_POLICIES} policies already: remove one.`, vi: `Đã có ${MAX_POLICIES} quy định: hãy xoá bớt.` }

export function createPolicyHandlers(deps: ServerDeps): PolicyHandlers {
  const { stores, access } = deps

  /** Areas in force that go by the policy, by name or from above; the default one binds those that name none. */
  const boundBy = (id: string): string[] => {
    const book = access.book()
    return stores.areas.all().flatMap(({ code, from }) => (book.on(code)?.from === from && (book.policyName(code) ?? DEFAULT_POLICY_NAME) === id ? [code] : []))
  }
  /** Areas whose sessions name it outright. */
  const namedIn = (id: string): (readonly string[] | 'all')[] => stores.sessions.all().filter(({ policy }) => policy === id).map(({ targets }) => access.areasOfTargets(targets))
  const concernedBy = (id: string): readonly string[] | 'all' => {
    const places = [boundBy(id), ...namedIn(id)]
    return places.includes('all') ? 'all' : [...new Set(places.flatMap((codes) => (codes === 'all' ? [] : codes)))]
  }
  const textOf = (id: string): PolicyText | null => stores.policies.byId(id)?.text ?? (id === DEFAULT_POLICY_NAME ? {} : null)
  const viewOf = (id: string, text: PolicyText): PolicyView => {
    const policy: Policy = policyFrom(text, DEFAULT_POLICY)
    return { id, text, areas: boundBy(id), sessions: stores.sessions.all().filter((session) => session.policy === id).map((session) => session.id), sentences: policySentences(policy, text.caps) }
  }
  /** A policy that nobody goes by yet is whoever's may write one anywhere. */
  const mayWrite = (who: Identity, id: string): Refusal | null => {
    const areas = concernedBy(id)
    return areas !== 'all' && areas.length === 0 ? null : access.refusal(who, 'policy.write', areas)
  }
  const changed = (areas: readonly string[] | 'all', subject: string): void => {
    deps.listener.timetableChanged()
    deps.events.tell({ kind: 'policy.changed', at: deps.clock.wall(), areas: areas === 'all' ? [] : areas, subject })
  }

  return {
    list(who) {
      const concerned = access.concerns(who, 'station.read')
      const ids = new Set([DEFAULT_POLICY_NAME, ...stores.policies.all().map(({ id }) => id)])
      return [...ids].sort().filter((id) => {
        const areas = concernedBy(id)
        return areas === 'all' || areas.length === 0 || concerned(areas)
      }).map((id) => viewOf(id, textOf(id) ?? {}))
    },
    one(_who, id) {
      const text = textOf(id)
      return text ? accepted(viewOf(id, text)) : notFound(POLICY, id)
    },
    put(who, id, text) {
      const wrong = mayWrite(who, id)
      if (wrong) return refused(wrong)
      const findings = checkPolicyText(text, '')
      const [first] = findings
      if (first) return refused({ status: 422, code: first.code, field: first.path, en: first.en, vi: first.vi, findings })
      if (!stores.policies.byId(id) && stores.policies.all().length >= MAX_POLICIES) return refused(TOO_MANY)
      const broken = brokenBy(deps, (timetable) => ({ ...timetable, policies: { ...timetable.policies, [id]: text } }))
      if (broken.refused.length > 0) return refused(breaks(broken.refused))
      const areas = concernedBy(id)
      deps.decide({ actor: who.actor, action: 'policy.write', subject: id, detail: { before: textOf(id), after: text } }, () => stores.policies.putText(id, text))
      changed(areas, id)
      return accepted({ policy: viewOf(id, text), warnings: [...broken.others] })
    },
    remove(who, id) {
      const found = stores.policies.byId(id)
      if (!found) return notFound(POLICY, id)
      const wrong = mayWrite(who, id)
      if (wrong) return refused(wrong)
      const [area] = stores.areas.all().filter(({ policy }) => policy === id)
      if (area && id !== DEFAULT_POLICY_NAME) return refused(inUse(area.name))
      const [session] = stores.sessions.all().filter(({ policy }) => policy === id)
      if (session && id !== DEFAULT_POLICY_NAME) return refused(inUse(`"${session.name}"`))
      const broken = brokenBy(deps, (timetable) => ({ ...timetable, policies: Object.fromEntries(Object.entries(timetable.policies ?? {}).filter(([name]) => name !== id)) }))
      if (broken.refused.length > 0) return refused(breaks(broken.refused))
      const areas = concernedBy(id)
      deps.decide({ actor: who.actor, action: 'policy.remove', subject: id, detail: { before: found.text } }, () => stores.policies.remove(id))
      changed(areas, id)
      return accepted({ id })
    },
    assign(who, code, policy) {
      const book = access.book()
      const area = book.on(code)
      if (!area) return refused({ ...unknownArea(code, 'code'), status: 404 })
      const wrong = access.refusal(who, 'policy.write', [code])
      if (wrong) return refused(wrong)
      if (policy !== null && textOf(policy) === null) return notFound(POLICY, policy)
      const { policy: before, ...plain } = area
      const next = policy === null ? plain : { ...plain, policy }
      const broken = brokenBy(deps, (timetable) => ({ ...timetable, areas: timetable.areas.map((one) => (one.code === area.code && one.from === area.from ? next : one)) }))
      if (broken.refused.length > 0) return refused(breaks(broken.refused))
      deps.decide({ actor: who.actor, action: 'policy.assign', subject: code, detail: { before: before ?? null, after: policy } }, () => stores.areas.put(next))
      changed([code], policy ?? code)
      const id = access.book().policyName(code) ?? DEFAULT_POLICY_NAME
      return accepted({ policy: viewOf(id, textOf(id) ?? {}), warnings: [...broken.others] })
    },
  }
}
