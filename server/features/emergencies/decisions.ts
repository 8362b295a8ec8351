import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import type { Emergencies, Emergency, EmergencyRefusal, NewEmergency } from '../../core/emergency.ts'
import { checkMessage, MAX_LIFE_MS } from '../../core/emergency-check.ts'
import { ENDING_RANK, type Rank } from '../../core/emergency-rank.ts'
import type { EmergencyRecord, EmergencyStore } from '../../core/emergency-record.ts'
import type { Decide } from '../../core/stores.ts'
import { OWN_SOUNDS, streamOf, type Making } from './making.ts'
import { ended, noSuch, viewOf, type Looked, type Raising, type Refused } from './raising.ts'
import type { EmergencySounds } from './sounds.ts'

export interface DecisionDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  readonly sounds: EmergencySounds
  readonly making: Making
  readonly decide: Decide
  readonly raising: Raising
  /** Whether an order waits for a second person before it sounds. */
  readonly needsSecond: (order: NewEmergency, looked: Looked) => boolean
  /** Its clusters, or these, have a new revision. */
  readonly revised: (record: EmergencyRecord, rank?: Rank, clusters?: readonly string[]) => void
}
export interface Decisions extends Omit<Emergencies, 'board'> {
  /** Everything in force is over, everywhere, without a correction. Answers what it ended. */
  stopAll(by: { readonly actor: string; readonly reason: string }): Promise<readonly Emergency[]>
}

const LISTED = 200

const over = (): Refused => refuse('already-over', 'The emergency is over already: nothing sounds any more.')
const SECOND_FIRST = 'This reaches more than one commune, and the station asks for a second person: raise it where emergencies are raised (POST /api/v1/emergencies), and somebody else is asked.'

/** What people decide about emergencies. Each decision is on the disk, with its audit row, before anything is sent or answered. */
export function createDecisions(deps: DecisionDeps): Decisions {
  const { clock, store, sounds, making, decide, raising, revised } = deps
  const view = (record: EmergencyRecord): Emergency => viewOf(record, store.clustersOf(record.id), clock.wall())

  const raise: Emergencies['raise'] = async (order) => {
    const before = order.request && store.byRequest(order.request.key)
    if (before && order.request) return sameRequest(before, order.request.fingerprint)
    const looked = raising.look(order)
    if (!looked.ok) return looked
    return deps.needsSecond(order, looked.value) ? refuse('needs-second', SECOND_FIRST) : raising.accept(order, looked.value)
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
    const last = ended(record, 'cancelled', { ...by, at: now })
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
    const audience = raising.audience(by.targets)
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
