import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { Clock, WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { StartedBy } from '../../shared/core/standing-slot.ts'
import { repeatMsOf } from '../../shared/protocol/messages/orders.ts'
import type { PlanBody, StandingOrder } from '../../shared/protocol/messages/plan.ts'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { createChallenges, signedWords, type StandingAsk } from '../core/standing-challenge.ts'
import { DOOR_SENTENCES, type DoorAct, type DoorRefusal, type StandingDoor } from '../core/standing-door.ts'
import { hasEnded, type StandingRow } from '../core/standing-rows.ts'

type Armed = NonNullable<PlanBody['standing']>

export interface DoorDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'sha256' | 'verify'>
  readonly secretBytes: (count: number) => Uint8Array
  readonly log: Log
  readonly now: () => WallMs | null
}
/** What the stage does behind the door. */
export interface DoorWork {
  armed(): Result<Armed, DoorRefusal>
  running(): readonly StandingRow[]
  start(order: StandingOrder, by: StartedBy): Result<string, DoorRefusal>
  /** False when nothing of that kind sounded. */
  end(which: (row: StandingRow) => boolean, why: string): boolean
}

const no = (code: DoorRefusal): { readonly ok: false; readonly code: DoorRefusal; readonly why: string } => refuse(code, DOOR_SENTENCES[code])

/** A phone proves that it holds a key of the commune, for one act on one order of one box, once. */
export function createDoor(deps: DoorDeps, work: DoorWork): StandingDoor {
  const { clock, log } = deps
  const challenges = createChallenges({ crypto: deps.crypto, secret: deps.secretBytes(32), chance: deps.secretBytes })

  const orderOf = ({ order }: StandingAsk): Result<StandingOrder, DoorRefusal> => {
    const armed = work.armed()
    if (!armed.ok) return armed
    const found = armed.value.orders.find(({ id }) => id === order)
    return found ? ok(found) : no('no-such-order')
  }

  const whyNot = (act: DoorAct, { keys, ends }: Armed): DoorRefusal | null => {
    const at = keys.indexOf(act.key)
    const [key, signature, now] = [fromBase64Url(act.key), fromBase64Url(act.signature), deps.now()]
    if (at < 0 || !key) return 'unknown-key'
    if (now === null || (ends?.[at] ?? Number.POSITIVE_INFINITY) <= now) return 'key-ended'
    if (!challenges.isGood(act.challenge, act, clock.mono())) return 'bad-challenge'
    return signature && deps.crypto.verify(signedWords(deps.cluster, act, act.challenge), signature, key) ? null : 'wrong-signature'
  }

  return {
    view() {
      const armed = work.armed()
      return {
        cluster: deps.cluster,
        why: armed.ok ? null : armed.code,
        orders: armed.ok ? armed.value.orders.filter((order) => !hasEnded(order, deps.now())).map((order) => ({ id: order.id, name: order.name, seconds: Math.round((order.times * repeatMsOf(order)) / 1000) })) : [],
        sounding: work.running().map(({ order }) => ({ id: order.id, name: order.name })),
      }
    },
    challenge(ask) {
      const order = orderOf(ask)
      return order.ok ? ok(challenges.give(ask, clock.mono())) : order
    },
    act(act) {
      const armed = work.armed()
      const order = orderOf(act)
      if (!armed.ok) return armed
      if (!order.ok) return order
      const wrong = whyNot(act, armed.value)
      if (wrong) {
        log.warn({ order: act.order, action: act.action, key: act.key.slice(0, 8), why: wrong }, 'a phone was turned away')
        return no(wrong)
      }
      challenges.use(act.challenge, clock.mono())
      if (act.action === 'start') return work.start(order.value, { kind: 'phone', key: act.key })
      return work.end((row) => row.order.id === act.order, `by the phone ${act.key.slice(0, 8)}`) ? ok(order.value.name) : no('not-sounding')
    },
  }
}
