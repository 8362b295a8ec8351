import { areaBook, areasOf } from '../../shared/core/area.ts'
import { civilDayNumber, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { DEFAULT_POLICY_NAME, policyBook, withDated } from '../../shared/core/policy-text.ts'
import type { PolicyBook } from '../../shared/core/policy.ts'
import { blockAt, boundsOf, nextEdge, type Block, type Bounds } from '../../shared/core/timeline-bounds.ts'
import type { Sentence } from './refusal.ts'
import type { Stores } from './stores.ts'
import { datedBounds } from './timetable-dated.ts'

/** What bounds a live broadcast on each cluster: the policy of its area, as its plan names it. */
export interface LiveBounds {
  policyOf(cluster: string): string
  /** What keeps a live sound from this cluster at an instant; null = it may sound. */
  blockOf(cluster: string, at: WallMs, music: boolean): Block | null
  /** The first instant in [from, to) from which on it may not sound any more; null = none. */
  blockedFrom(cluster: string, span: { readonly from: WallMs; readonly to: WallMs }, music: boolean): WallMs | null
  /** Does the instant fall into hours that warn? */
  rests(cluster: string, at: WallMs): boolean
}

function policiesOf(stores: Pick<Stores, 'policies'>): PolicyBook {
  const records = stores.policies.all()
  const dated = new Map(records.map((p) => [p.id, p]))
  const book = policyBook({ policies: Object.fromEntries(records.map((p) => [p.id, p.text])) })
  return Object.fromEntries(Object.entries(book).map(([name, policy]) => [name, withDated(policy, dated.get(name) ?? {})]))
}

/** As the registry stands now; made anew for every decision. */
export function liveBounds(stores: Pick<Stores, 'policies' | 'areas' | 'clusters' | 'spans'>, now: WallMs): LiveBounds {
  const day = civilDayNumber(now)
  const book = areaBook(stores.areas.all(), day)
  const memberships = new Map<string, string[]>()
  for (const m of stores.clusters.memberships()) {
    for (const code of areasOf(m.cluster, [m], day)) memberships.set(m.cluster, [...(memberships.get(m.cluster) ?? []), code])
  }
  const policies = policiesOf(stores)
  const dated = datedBounds(stores, now)
  // thousands of clusters have the same policy and nothing dated of their own
  const bounds = new Map<string, Bounds>()
  const policyOf = (cluster: string): string => {
    for (const area of memberships.get(cluster) ?? []) {
      const name = book.policyName(area)
      if (name !== undefined) return name
    }
    return DEFAULT_POLICY_NAME
  }
  const boundsOn = (cluster: string): Bounds | undefined => {
    const [name, own] = [policyOf(cluster), dated(cluster)]
    const key = `${name} ${JSON.stringify(own)}`
    const policy = policies[name]
    const known = bounds.get(key) ?? (policy && boundsOf(withDated(policy, own)))
    if (known) bounds.set(key, known)
    return known
  }
  const blockOf: LiveBounds['blockOf'] = (cluster, at, music) => blockAt(boundsOn(cluster), { class: 'live', music }, at)
  return {
    policyOf,
    blockOf,
    blockedFrom: (cluster, { from, to }, music) => {
      for (let at = from; at < to; at = nextEdge(boundsOn(cluster), at)) if (blockOf(cluster, at, music)) return at
      return null
    },
    rests: (cluster, at) => {
      const second = Math.floor(msOfDay(at) / 1000)
      return (policies[policyOf(cluster)]?.warn ?? []).some((s) => (s.from < s.to ? s.from <= second && second < s.to : s.from <= second || second < s.to))
    },
  }
}

const clock = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 1000))

/** Why a cluster cannot be spoken to now, and what to do. */
export function blockSentence(block: Block): Sentence {
  const until = block.to === undefined ? null : clock(wallMs(block.to))
  switch (block.code) {
    case 'paused':
      return {
        code: 'paused',
        en: `It is paused${until === null ? '' : ` until ${until}`} (${block.reason ?? 'no reason given'}): lift the pause first, or choose other clusters.`,
        vi: `Đang tạm ngừng phát${until === null ? '' : ` đến ${until}`} (${block.reason ?? 'không ghi lý do'}): xin bỏ tạm ngừng trước, hoặc chọn cụm loa khác.`,
      }
    case 'quiet-hours':
      return {
        code: 'quiet-hours',
        en: `It is in its quiet hours${until === null ? '' : ` until ${until}`}: wait until then, ask for an opening, or raise an emergency.`,
        vi: `Đang trong giờ không phát${until === null ? '' : ` đến ${until}`}: xin chờ, xin mở giờ đặc biệt, hoặc phát khẩn cấp.`,
      }
    case 'mourning':
      return { code: 'mourning', en: 'It is a day of mourning and this is music: choose something that is spoken.', vi: 'Hôm nay là ngày quốc tang, không phát nhạc: xin chọn nội dung lời nói.' }
    default:
      return { code: block.code, en: 'Its rules do not allow sound now: look at the policy of its area.', vi: 'Quy định của địa bàn không cho phát lúc này: xin xem lại quy định giờ phát.' }
  }
}

/** Told before the person goes on: what was accepted will not sound to its end, or wakes people at noon. */
export const endsEarly = (at: WallMs): Sentence => ({
  code: 'ends-early',
  en: `From ${clock(at)} on it may not sound on some of the clusters: finish before.`,
  vi: `Từ ${clock(at)} một số cụm loa không được phát nữa: xin kết thúc trước giờ đó.`,
})
export const REST_HOURS: Sentence = { code: 'rest-hours', en: 'It is the hour of rest. It is allowed; check that it is meant.', vi: 'Đang là giờ nghỉ trưa. Vẫn được phát, xin kiểm tra lại.' }
