import { civilDate, civilDayNumber, civilInstant, dayNumberOf, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import { inForce } from '../../../shared/core/area.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { crowdingIn, type StandingBook } from '../../core/standing-plan.ts'
import type { StandingKey, StandingOrderText, StandingPart, StandingSet } from '../../core/standing-store.ts'
import type { Stores } from '../../core/stores.ts'
import { BAD_KEY, clipGone, clipNotApproved, crowded, KEY_ENDS_LATE, KEY_ENDS_PAST, NOBODY_THERE, SET_ENDS_LATE, SET_ENDS_PAST, SET_IS_OVER, STILL_ARMED, TOO_MANY_KEYS, TOO_MANY_SETS, unknownArea } from './refusals.ts'
import { boxesOf } from './boxes.ts'
import { MAX_KEYS, MAX_SETS, type BoxesView, type KeyText, type KeyView, type SetText, type SetView } from './texts.ts'

export interface StandingHandlers {
  sets(): SetView[]
  create(text: SetText): Outcome<SetView>
  replace(id: string, text: SetText): Outcome<SetView>
  arm(id: string): Outcome<SetView>
  disarm(id: string): Outcome<SetView>
  /** Another last day; null = until it is disarmed. */
  renew(id: string, lastDay: string | null): Outcome<SetView>
  remove(id: string): Outcome<{ id: string }>
  boxes(id: string): Outcome<BoxesView>
  keys(): KeyView[]
  addKey(text: KeyText): Outcome<KeyView>
  removeKey(key: string): Outcome<{ key: string }>
}

const SET = { en: 'set of standing orders', vi: 'bộ lệnh trực sẵn' }
const KEY = { en: 'key', vi: 'khoá điện thoại' }
/** A phone gets lost, and what was prepared grows old: neither is good for longer without a new decision. */
const LONGEST_MS = 2 * 366 * 86_400_000

const view = (set: StandingSet): SetView => ({
  id: set.id,
  name: set.name,
  areas: [...set.areas],
  orders: set.orders.map(({ gapMs, ...order }) => ({ ...order, clips: [...order.clips], gapSeconds: gapMs / 1000 })),
  armed: set.armedAt !== null,
  armedAt: set.armedAt === null ? null : isoWithOffset(set.armedAt),
  lastDay: set.endsAt === null ? null : civilDate(wallMs(set.endsAt - 1)),
  endsAt: set.endsAt === null ? null : isoWithOffset(set.endsAt),
})
const keyView = (key: StandingKey): KeyView => ({ key: key.key, name: key.name, areas: [...key.areas], endsAt: isoWithOffset(key.endsAt) })

/** What is armed, where, and what time it is. */
export interface StandingSource {
  readonly stores: Pick<Stores, 'standing' | 'areas' | 'groups' | 'clusters'>
  readonly clock: Pick<Clock, 'wall'>
}

/** Sets and keys as they stand in the stores. `sets` and `keys` in place of them, to ask what would be. */
export function standingBook(deps: StandingSource, instead: Partial<Pick<StandingBook, 'sets' | 'keys'>> = {}): StandingBook {
  const { standing, areas, groups, clusters } = deps.stores
  const now = deps.clock.wall()
  return {
    sets: instead.sets ?? standing.sets(),
    keys: instead.keys ?? standing.keys(),
    directory: { areas: areas.all(), groups: groups.all(), memberships: clusters.memberships(), clusters: clusters.active() },
    day: civilDayNumber(now),
    now,
  }
}

/** As `who` may use them: only what lies in their areas altogether is theirs to change. */
export function createStandingHandlers(deps: ServerDeps, who: Identity): StandingHandlers {
  const { standing } = deps.stores
  const elsewhere = (areas: readonly string[]): Refusal | null => deps.access.refusal(who, 'emergency.prepare', areas)
  /** The set that is asked for, where it is theirs. */
  const mine = (id: string): Outcome<StandingSet> => {
    const set = standing.set(id)
    if (!set) return notFound(SET, id)
    const refusal = elsewhere(set.areas)
    return refusal ? refused(refusal) : accepted(set)
  }
  const seen = ({ areas }: { readonly areas: readonly string[] }): boolean => deps.access.concerns(who, 'emergency.prepare')(areas)
  const decide = (action: string, subject: string, detail: unknown, change: () => void): void => {
    deps.decide({ actor: who.actor, action, subject, detail }, change)
    deps.listener.timetableChanged()
    // whoever has the page open sees it; what it was is not for everybody's screen
    deps.events.tell({ kind: 'standing.changed', at: deps.clock.wall(), areas: [], subject })
  }
  const put = (set: StandingSet): void => standing.putSet({ ...set, changedAt: deps.clock.wall() })
  return {
    sets: () => standing.sets().filter(seen).map(view),
    create(text) {
      const refusal = elsewhere(text.areas)
      if (refusal) return refused(refusal)
      if (standing.sets().length >= MAX_SETS) return refused(TOO_MANY_SETS)
      const written = readSet(deps, newId(deps), text)
      if (!written.ok) return written
      decide('standing.create', written.value.id, text, () => put(written.value))
      return accepted(view(written.value))
    },
    replace(id, text) {
      const before = mine(id)
      if (!before.ok) return before
      const refusal = elsewhere(text.areas)
      if (refusal) return refused(refusal)
      if (before.value.armedAt !== null) return refused(STILL_ARMED)
      const written = readSet(deps, id, text)
      if (!written.ok) return written
      decide('standing.change', id, text, () => put(written.value))
      return accepted(view(written.value))
    },
    arm(id) {
      const set = mine(id)
      return set.ok ? arm(deps, set.value, decide) : set
    },
    disarm(id) {
      const set = mine(id)
      if (!set.ok) return set
      const disarmed = { ...set.value, armedAt: null, parts: {} }
      if (set.value.armedAt !== null) decide('standing.disarm', id, { name: set.value.name }, () => put(disarmed))
      return accepted(view(disarmed))
    },
    renew(id, lastDay) {
      const set = mine(id)
      return set.ok ? renew(deps, set.value, lastDay, decide) : set
    },
    boxes(id) {
      const set = mine(id)
      return set.ok ? accepted(boxesOf(deps, set.value)) : set
    },
    remove(id) {
      const set = mine(id)
      if (!set.ok) return set
      if (set.value.armedAt !== null) return refused(STILL_ARMED)
      decide('standing.remove', id, view(set.value), () => standing.removeSet(id))
      return accepted({ id })
    },
    keys: () => standing.keys().filter(seen).map(keyView),
    addKey(text) {
      // one that is replaced is theirs too
      const held = standing.keys().find((each) => each.key === text.key)
      const refusal = elsewhere(text.areas) ?? (held ? elsewhere(held.areas) : null)
      return refusal ? refused(refusal) : addKey(deps, text, decide)
    },
    removeKey(key) {
      const held = standing.keys().find((each) => each.key === key)
      if (!held) return notFound(KEY, key)
      const refusal = elsewhere(held.areas)
      if (refusal) return refused(refusal)
      decide('standing.key.remove', key, { name: held.name }, () => standing.removeKey(key))
      return accepted({ key })
    },
  }
}

type Decision = (action: string, subject: string, detail: unknown, change: () => void) => void

/** Ten characters of 0-9a-z. */
function newId(deps: ServerDeps): string {
  return [...deps.secretBytes(10)].map((byte) => (byte % 36).toString(36)).join('')
}

const unknownAreaIn = ({ stores, clock }: ServerDeps, codes: readonly string[]): string | undefined => {
  const day = civilDayNumber(clock.wall())
  return codes.find((code) => !stores.areas.byCode(code).some((area) => inForce(area, day)))
}

/** The clips of an order as they are in the library now, or the refusal for the first that is not there. */
function partsOf(deps: ServerDeps, clips: readonly string[]): Outcome<StandingPart[]> {
  const parts: StandingPart[] = []
  for (const id of clips) {
    const programme = deps.stores.programmes.airable(id, deps.clock.wall())
    if (!programme) return refused(deps.stores.programmes.byId(id) ? clipNotApproved(id) : clipGone(id))
    parts.push({ sha: programme.sha, ms: programme.ms })
  }
  return accepted(parts)
}

function readSet(deps: ServerDeps, id: string, text: SetText): Outcome<StandingSet> {
  const missing = unknownAreaIn(deps, text.areas)
  if (missing !== undefined) return refused(unknownArea(missing))
  for (const { clips } of text.orders) {
    const parts = partsOf(deps, clips)
    if (!parts.ok) return parts
  }
  const ends = setEnd(text.lastDay ?? null, deps.clock.wall())
  if (!ends.ok) return ends
  const orders = text.orders.map(
    ({ name, danger, times, gapSeconds, volume, clips, switch: at }): StandingOrderText => ({
      id: newId(deps), name: name.normalize('NFC').trim(), danger: danger ?? 9, times: times ?? 5, gapMs: Math.round((gapSeconds ?? 3) * 1000), volume: volume ?? null, clips,
      ...(at === undefined ? {} : { switch: at }),
    }),
  )
  return accepted({ id, name: text.name.normalize('NFC').trim(), areas: text.areas, orders, parts: {}, armedAt: null, endsAt: ends.value, changedAt: deps.clock.wall() })
}

function arm(deps: ServerDeps, set: StandingSet, decide: Decision): Outcome<SetView> {
  const { standing, clusters } = deps.stores
  const { id } = set
  if (set.armedAt !== null) return accepted(view(set))
  if (set.endsAt !== null && set.endsAt <= deps.clock.wall()) return refused(SET_IS_OVER)
  const parts: Record<string, StandingPart[]> = {}
  for (const order of set.orders) {
    const found = partsOf(deps, order.clips)
    if (!found.ok) return found
    parts[order.id] = found.value
  }
  const armed = { ...set, parts, armedAt: deps.clock.wall() }
  const refusal = crowding(deps, { sets: standing.sets().map((each) => (each.id === id ? armed : each)) })
  if (refusal) return refused(refusal)
  const keys = standing.keys().filter((key) => key.endsAt > armed.armedAt).length
  if (clusters.active().length === 0 || (keys === 0 && set.orders.every((order) => order.switch === undefined))) return refused(NOBODY_THERE)
  decide('standing.arm', id, { name: set.name, areas: set.areas, orders: set.orders, parts }, () => standing.putSet({ ...armed, changedAt: armed.armedAt }))
  return accepted(view(armed))
}

function crowding(deps: ServerDeps, instead: Parameters<typeof standingBook>[1]): Refusal | null {
  const found = crowdingIn(standingBook(deps, instead))
  return found && crowded(found, deps.stores.clusters.byId(found.cluster)?.name ?? found.cluster)
}

/** The last day is inclusive. */
function endOf(date: string): WallMs | null {
  return Number.isNaN(dayNumberOf(date)) ? null : civilInstant(date, 86_400)
}

function setEnd(lastDay: string | null, now: WallMs): Outcome<WallMs | null> {
  if (lastDay === null) return accepted(null)
  const endsAt = endOf(lastDay)
  if (endsAt === null || endsAt <= now) return refused(SET_ENDS_PAST)
  return endsAt - now > LONGEST_MS ? refused(SET_ENDS_LATE) : accepted(endsAt)
}

/** What was over comes into force again: it must still fit beside what was armed meanwhile. */
function renew(deps: ServerDeps, set: StandingSet, lastDay: string | null, decide: Decision): Outcome<SetView> {
  const { clock, stores: { standing } } = deps
  const ends = setEnd(lastDay, clock.wall())
  if (!ends.ok) return ends
  const renewed: StandingSet = { ...set, endsAt: ends.value, changedAt: clock.wall() }
  const refusal = crowding(deps, { sets: standing.sets().map((each) => (each.id === set.id ? renewed : each)) })
  if (refusal) return refused(refusal)
  decide('standing.renew', set.id, { name: set.name, lastDay }, () => standing.putSet(renewed))
  return accepted(view(renewed))
}

function addKey(deps: ServerDeps, text: KeyText, decide: Decision): Outcome<KeyView> {
  const { standing } = deps.stores
  const now = deps.clock.wall()
  const missing = unknownAreaIn(deps, text.areas)
  if (missing !== undefined) return refused(unknownArea(missing))
  const endsAt = endOf(text.lastDay)
  if (endsAt === null || endsAt <= now) return refused(KEY_ENDS_PAST)
  if (endsAt - now > LONGEST_MS) return refused(KEY_ENDS_LATE)
  // shown once, to become the phone's code: nothing of it stays here
  const secret = text.key === undefined ? deps.secretBytes(32) : null
  const key = text.key ?? toBase64Url(deps.crypto.publicKey(secret as Uint8Array))
  if (fromBase64Url(key)?.length !== 32) return refused(BAD_KEY)
  const known = standing.keys().filter((each) => each.key !== key)
  if (known.length >= MAX_KEYS) return refused(TOO_MANY_KEYS)
  const added: StandingKey = { key, name: text.name.normalize('NFC').trim(), areas: text.areas, endsAt, addedAt: now }
  const refusal = crowding(deps, { keys: [...known, added] })
  if (refusal) return refused(refusal)
  decide('standing.key.add', key, { name: added.name, areas: added.areas, lastDay: text.lastDay }, () => standing.putKey(added))
  return accepted({ ...keyView(added), ...(secret === null ? {} : { secret: toBase64Url(secret) }) })
}
