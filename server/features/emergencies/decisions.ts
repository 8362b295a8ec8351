import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { clustersOf, type Audience } from '../../../shared/core/targets.ts'
import type { Targets } from '../../../shared/core/timetable.ts'
import type { Emergencies, Emergency, EmergencyRefusal, NewEmergency } from '../../core/emergency.ts'
import { checkMessage, checkOrder, MAX_LIFE_MS } from '../../core/emergency-check.ts'
import type { EmergencyFiles } from '../../core/emergency-files.ts'
import { NEW_AUDIO_START_MS, PINNED_START_MS } from '../../core/emergency-order.ts'
import { ENDING_RANK, rankOf, type Rank } from '../../core/emergency-rank.ts'
import type { EmergencyCourse, EmergencyRecord, EmergencySound, EmergencyStore } from '../../core/emergency-record.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { OWN_SOUNDS, streamOf, type Making } from './making.ts'
import type { EmergencySounds } from './sounds.ts'

export interface DecisionDeps {
  readonly clock: Clock
  secretBytes(count: number): Uint8Array
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters'>
  readonly store: EmergencyStore
  readonly sounds: EmergencySounds
  readonly making: Making
  readonly decide: Decide
  readonly files: EmergencyFiles
  /** Its clusters, or these, have a new revision. */
  readonly revised: (record: EmergencyRecord, rank?: Rank, clusters?: readonly string[]) => void
}
export interface Decisions extends Omit<Emergencies, 'board'> {
  /** Everything in force is over, everywhere, without a correction. Answers what it ended. */
  stopAll(by: { readonly actor: string; readonly reason: string }): Promise<readonly Emergency[]>
}

const ID_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'
const LISTED = 200

/** A record as others see it. What expired while no server ran has expired all the same. */
export function viewOf(record: EmergencyRecord, clusters: readonly string[], now: WallMs): Emergency {
  const { order: _, course: __, until: ___, ...seen } = record
  const lapsed = record.endedAt === null && now >= record.expiresAt
  return { ...seen, clusters, ...(lapsed ? { endedAt: record.expiresAt, endedBecause: 'expired' as const } : {}) }
}

type Refused = Extract<Result<never, EmergencyRefusal>, { ok: false }>
const noSuch = (id: string): Refused => refuse('no-such-emergency', `There is no emergency ${id}: look the right one up in the list.`)
const over = (): Refused => refuse('already-over', 'The emergency is over already: nothing sounds any more.')

/** What people decide about emergencies. Each decision is on the disk, with its audit row, before anything is sent or answered. */
export function createDecisions(deps: DecisionDeps): Decisions {
  const { clock, store, sounds, making, decide, revised } = deps
  const view = (record: EmergencyRecord): Emergency => viewOf(record, store.clustersOf(record.id), clock.wall())
  const newId = (): string => Array.from(deps.secretBytes(10), (byte) => ID_CHARACTERS[byte % ID_CHARACTERS.length]).join('')

  const audienceOf = (targets: Targets): Result<readonly string[], EmergencyRefusal> => {
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

  const begin = (order: NewEmergency, id: string, known: readonly (EmergencySound | null)[]): EmergencyRecord => {
    const now = clock.wall()
    const isVoice = order.messages.some((one) => one.kind === 'voice')
    const message = known.every((sound) => sound !== null) ? known : null
    const pinned = message?.every((sound) => sound.pinned || sound.media === null) ?? false
    const tone = sounds.own(OWN_SOUNDS.tone, streamOf(id, 't'))
    const notice = order.drill ? sounds.own(OWN_SOUNDS.drill, streamOf(id, 'd')) : null
    const course: EmergencyCourse = {
      tone, tones: tone ? 1 : 0, notice: notice ? [notice] : [], message, problem: null, endedBy: null, endedReason: null, correction: null, correctionSounds: null,
      ...(isVoice ? { voice: { endAt: null, why: null } } : {}),
    }
    const { title, drill, danger, authority, messages, targets, times, gapMs, volume, replaces = [], actor } = order
    return {
      id, title, drill, danger, authority, course,
      order: { messages, targets, times: isVoice ? 1 : times, gapMs: isVoice ? 0 : gapMs, volume, replaces, actor, ...(order.request ? { fingerprint: order.request.fingerprint } : {}) },
      acceptedAt: now, startAt: wallMs(now + (pinned ? PINNED_START_MS : NEW_AUDIO_START_MS)),
      expiresAt: order.expiresAt, until: order.expiresAt, endedAt: null, endedBecause: null, origin: order.origin ?? null,
    }
  }
  const ended = (record: EmergencyRecord, because: 'cancelled' | 'replaced', by: { readonly actor: string; readonly reason: string }): EmergencyRecord => ({
    ...record, endedAt: clock.wall(), endedBecause: because, course: { ...record.course, endedBy: by.actor, endedReason: by.reason },
  })

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

  const raise: Emergencies['raise'] = async (order) => {
    const before = order.request && store.byRequest(order.request.key)
    if (before && order.request) return sameRequest(before, order.request.fingerprint)
    const refusal = refusalOf(order)
    if (refusal) return refusal
    const audience = audienceOf(order.targets)
    if (!audience.ok) return audience
    const id = newId()
    const known = order.messages.map((message, n) => sounds.known(message, streamOf(id, String(n))))
    const absent = order.messages.find((message, n) => message.kind === 'programme' && known[n] === null)
    if (absent?.kind === 'programme') return refuse('no-such-programme', `There is no programme ${absent.programme}: look the right one up in the list.`)
    const record = begin(order, id, known)
    const replaced = (order.replaces ?? []).flatMap((other) => {
      const old = store.byId(other)
      return old && old.endedAt === null && clock.wall() < old.expiresAt ? [ended(old, 'replaced', { actor: order.actor, reason: id })] : []
    })
    const { title, drill, danger, authority, expiresAt } = record
    const detail = { title, drill, danger, authority, expiresAt, ...record.order, clusters: audience.value.length }
    const full = unlessFull(() =>
      decide({ actor: order.actor, action: 'emergency.raise', subject: id, detail }, () => {
        store.insert(record, audience.value, { rev: Math.floor(record.acceptedAt), request: order.request?.key ?? null })
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
    return ok(viewOf(record, audience.value, clock.wall()))
  }
  const sameRequest = (record: EmergencyRecord, fingerprint: string): Result<Emergency, EmergencyRefusal> =>
    record.order.fingerprint === fingerprint ? ok(view(record)) : refuse('duplicate', 'This Idempotency-Key was used for another emergency: send a new key.')

  const cancel: Emergencies['cancel'] = async (id, by) => {
    const record = store.byId(id)
    if (!record) return noSuch(id)
    const now = clock.wall()
    const { correction } = by
    const wasHeard = now < record.expiresAt + MAX_LIFE_MS
    const done = record.endedBecause === 'cancelled' || record.endedBecause === 'replaced'
    if (done || !wasHeard || (correction === null && (record.endedAt !== null || now >= record.expiresAt))) return over()
    const wrong = correction && checkMessage(correction)
    if (wrong) return wrong
    if (correction?.kind === 'voice') return refuse('bad-message', 'A correction cannot be spoken live: it must also reach clusters that come back later.')
    const known = correction && sounds.known(correction, streamOf(id, 'c0'))
    if (correction?.kind === 'programme' && !known) return refuse('no-such-programme', `There is no programme ${correction.programme}: look the right one up in the list.`)
    const chime = known ? sounds.own(OWN_SOUNDS.chime, streamOf(id, 'ch')) : null
    const last = ended(record, 'cancelled', by)
    const changed: EmergencyRecord = {
      ...last,
      until: wallMs(correction ? now + MAX_LIFE_MS : record.until),
      course: { ...last.course, correction, correctionSounds: known ? [...(chime ? [chime] : []), known] : null },
    }
    decide({ actor: by.actor, action: 'emergency.cancel', subject: id, detail: { reason: by.reason, correction } }, () => {
      store.save(changed)
      store.revise(id, now)
    })
    revised(changed, ENDING_RANK)
    if (correction && !known) making.correction(changed)
    return ok(view(changed))
  }

  const stopLocally: Emergencies['stopLocally'] = (id, by) => {
    const record = store.byId(id)
    if (!record) return noSuch(id)
    const now = clock.wall()
    if (record.endedAt !== null || now >= record.expiresAt) return over()
    const audience = audienceOf(by.targets)
    if (!audience.ok) return audience
    const here = new Set(audience.value)
    const stopping = store.rows(id).filter((row) => here.has(row.cluster) && row.stopped === null).map((row) => row.cluster)
    if (stopping.length === 0) return refuse('no-clusters', 'None of these clusters is sounding this emergency: choose other ones.')
    decide({ actor: by.actor, action: 'emergency.local-stop', subject: id, detail: { reason: by.reason, targets: by.targets, clusters: stopping.length } }, () => {
      store.stopOn(id, stopping, { at: now, by: by.actor, reason: by.reason })
      store.revise(id, now, stopping)
    })
    revised(record, ENDING_RANK, stopping)
    return ok(view(record))
  }

  return {
    raise, cancel, stopLocally,
    stopAll: async ({ actor, reason }) => {
      const stopped: Emergency[] = []
      for (const { id } of inForce(store, clock.wall())) {
        const one = await cancel(id, { actor, reason, correction: null })
        if (one.ok) stopped.push(one.value)
      }
      return stopped
    },
    byId: (id) => {
      const record = store.byId(id)
      return record && view(record)
    },
    list: (which) => (which === 'in-force' ? inForce(store, clock.wall()) : store.newest(LISTED)).map(view),
    byOrigin: (origin) => {
      const record = store.byOrigin(origin)
      return record && view(record)
    },
  }
}

const inForce = (store: EmergencyStore, now: WallMs): EmergencyRecord[] => store.current(now).filter((record) => record.endedAt === null && now < record.expiresAt)

/** null when `write` was done. */
function unlessFull(write: () => void): Refused | null {
  try {
    write()
    return null
  } catch (error) {
    if (!['SQLITE_FULL', 'ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown }).code))) throw error
    return refuse('disk-full', 'The disk of the server is full, nothing was sent: remove old recordings and try again at once.')
  }
}
