import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { clustersOf, type Audience } from '../../../shared/core/targets.ts'
import type { Targets } from '../../../shared/core/timetable.ts'
import type { Emergency, EmergencyRefusal, NewEmergency } from '../../core/emergency.ts'
import type { EmergencyAsk } from '../../core/emergency-ask.ts'
import { checkOrder } from '../../core/emergency-check.ts'
import { NEW_AUDIO_START_MS, PINNED_START_MS } from '../../core/emergency-order.ts'
import { rankOf, type Rank } from '../../core/emergency-rank.ts'
import type { EmergencyCourse, EmergencyOrder, EmergencyRecord, EmergencySound, EmergencyStore } from '../../core/emergency-record.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { OWN_SOUNDS, streamOf, type Making } from './making.ts'
import type { EmergencySounds } from './sounds.ts'

export interface RaisingDeps {
  readonly clock: Clock
  secretBytes(count: number): Uint8Array
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters'>
  readonly store: EmergencyStore
  readonly sounds: EmergencySounds
  readonly making: Pick<Making, 'message'>
  readonly decide: Decide
  /** Its clusters, or these, have a new revision. */
  readonly revised: (record: EmergencyRecord, rank?: Rank, clusters?: readonly string[]) => void
}

/** An order that can be obeyed: under which name, where, and what of its sound is there already (null = to be made). */
export interface Looked {
  readonly id: string
  readonly clusters: readonly string[]
  readonly known: readonly (EmergencySound | null)[]
  /** The whole message, where it was prepared before. */
  readonly made?: NonNullable<EmergencyAsk['made']>
}
/** What belongs to its acceptance: of one that waited for a second person. */
export interface Beside {
  readonly second: NonNullable<EmergencyOrder['second']>
  readonly content: string
  /** Written in the same transaction. */
  readonly write: () => void
}
export interface Raising {
  look(order: NewEmergency): Result<Looked, EmergencyRefusal>
  audience(targets: Targets): Result<readonly string[], EmergencyRefusal>
  /** On the disk, with its audit row, before anything is sent or answered. */
  accept(order: NewEmergency, looked: Looked, beside?: Beside): Result<Emergency, EmergencyRefusal>
}
export type Refused = Extract<Result<never, EmergencyRefusal>, { ok: false }>

const ID_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'

export const noSuch = (id: string): Refused => refuse('no-such-emergency', `There is no emergency ${id}: look the right one up in the list.`)

/** A record as others see it. What expired while no server ran has expired all the same. */
export function viewOf(record: EmergencyRecord, clusters: readonly string[], now: WallMs): Emergency {
  const { order: _, course: __, until: ___, ...seen } = record
  const lapsed = record.endedAt === null && now >= record.expiresAt
  return { ...seen, clusters, ...(lapsed ? { endedAt: record.expiresAt, endedBecause: 'expired' as const } : {}) }
}

export const ended = (record: EmergencyRecord, because: 'cancelled' | 'replaced', by: { readonly actor: string; readonly reason: string; readonly at: WallMs }): EmergencyRecord => ({
  ...record, endedAt: by.at, endedBecause: because, course: { ...record.course, endedBy: by.actor, endedReason: by.reason },
})

/** null when `write` was done. */
export function unlessFull(write: () => void): Refused | null {
  try {
    write()
    return null
  } catch (error) {
    if (!['SQLITE_FULL', 'ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown }).code))) throw error
    return refuse('disk-full', 'The disk of the server is full, nothing was sent: remove old recordings and try again at once.')
  }
}

/** From an order to an emergency. */
export function createRaising(deps: RaisingDeps): Raising {
  const { clock, store, sounds, making, decide, revised } = deps
  const newId = (): string => Array.from(deps.secretBytes(10), (byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('')

  const audience: Raising['audience'] = (targets) => {
    const { areas, groups, clusters } = deps.stores
    const directory = { areas: areas.all(), groups: groups.all(), memberships: clusters.memberships(), clusters: clusters.active() }
    const found: Audience = clustersOf(targets, directory, civilDayNumber(clock.wall()))
    const [unknown] = found.unknown
    if (unknown) return refuse('no-such-target', `There is no ${unknown.kind.replace('-', ' ')} "${unknown.name}": choose another target.`)
    if (found.clusters.length === 0) return refuse('no-clusters', 'No cluster would hear this: choose other areas, groups or clusters.')
    return ok(found.clusters)
  }
  /** null when it is one that may be replaced by `order`. */
  const mayNotReplace = (id: string, order: NewEmergency): Refused | null => {
    const record = store.byId(id)
    if (!record) return noSuch(id)
    return order.drill && !record.drill ? refuse('bad-message', 'An exercise cannot take the place of a real emergency: leave "replaces" out, or cancel the real one first.') : null
  }
  const refusalOf = (order: NewEmergency): Refused | null => {
    const wrong = checkOrder(order, clock.wall())
    if (wrong) return wrong
    if (order.origin !== undefined && store.byOrigin(order.origin)) return refuse('duplicate', 'This message has been taken before.')
    for (const replaced of order.replaces ?? []) {
      const refusal = mayNotReplace(replaced, order)
      if (refusal) return refusal
    }
    return null
  }

  const begin = (order: NewEmergency, { id, known, made }: Looked, second: EmergencyOrder['second']): EmergencyRecord => {
    const now = clock.wall()
    const isVoice = order.messages.some((one) => one.kind === 'voice')
    const message = made ? made.sounds : known.every((sound) => sound !== null) ? known : null
    const pinned = message?.every((sound) => sound.pinned || sound.media === null) ?? false
    const tone = sounds.own(OWN_SOUNDS.tone, streamOf(id, 't'))
    const notice = order.drill ? sounds.own(OWN_SOUNDS.drill, streamOf(id, 'd')) : null
    const course: EmergencyCourse = {
      tone, tones: tone ? 1 : 0, notice: notice ? [notice] : [], message, problem: made?.problem ?? null, endedBy: null, endedReason: null, correction: null, correctionSounds: null,
      ...(isVoice ? { voice: { endAt: null, why: null } } : {}),
    }
    const { title, drill, danger, authority, messages, targets, times, gapMs, volume, replaces = [], actor } = order
    return {
      id, title, drill, danger, authority, course,
      order: {
        messages, targets, times: isVoice ? 1 : times, gapMs: isVoice ? 0 : gapMs, volume, replaces, actor,
        ...(order.request ? { fingerprint: order.request.fingerprint } : {}), ...(second ? { second } : {}),
      },
      acceptedAt: now, startAt: wallMs(now + (pinned ? PINNED_START_MS : NEW_AUDIO_START_MS)),
      expiresAt: order.expiresAt, until: order.expiresAt, endedAt: null, endedBecause: null, origin: order.origin ?? null,
    }
  }

  return {
    audience,
    look(order) {
      const refusal = refusalOf(order)
      if (refusal) return refusal
      const reached = audience(order.targets)
      if (!reached.ok) return reached
      const id = newId()
      const known = order.messages.map((message, n) => sounds.known(message, streamOf(id, String(n))))
      const absent = order.messages.find((message, n) => message.kind === 'programme' && known[n] === null)
      if (absent?.kind === 'programme') return refuse('no-such-programme', `There is no programme ${absent.programme}: look the right one up in the list.`)
      return ok({ id, clusters: reached.value, known })
    },
    accept(order, looked, beside) {
      const { id, clusters } = looked
      const record = begin(order, looked, beside?.second)
      const replaced = (order.replaces ?? []).flatMap((other) => {
        const old = store.byId(other)
        return old && old.endedAt === null && clock.wall() < old.expiresAt ? [ended(old, 'replaced', { actor: order.actor, reason: id, at: clock.wall() })] : []
      })
      const { title, drill, danger, authority, expiresAt } = record
      const detail = { title, drill, danger, authority, expiresAt, ...record.order, clusters: clusters.length, ...(beside ? { content: beside.content } : {}) }
      const full = unlessFull(() =>
        decide({ actor: order.actor, action: 'emergency.raise', subject: id, detail }, () => {
          beside?.write()
          store.insert(record, clusters, { rev: Math.floor(record.acceptedAt), request: order.request?.key ?? null })
          for (const old of replaced) {
            store.save(old)
            store.revise(old.id, record.acceptedAt)
          }
        }),
      )
      if (full) return full
      revised(record)
      // with the rank of the new one, which was queued before: no moment of silence in between
      for (const old of replaced) revised(old, rankOf(record))
      if (!record.course.message) making.message(record)
      return ok(viewOf(record, clusters, clock.wall()))
    },
  }
}
