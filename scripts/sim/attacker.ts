import { deflateRawSync } from 'node:zlib'
import type { Crypto } from '../../shared/core/crypto.ts'
import { BLOCK_BYTES, encodeBlock } from '../../shared/protocol/blocks.ts'
import { signOrder } from '../../shared/protocol/orders.ts'
import { encodeTimeAnswer } from '../../shared/protocol/time.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import type { PlanRecord } from '../../server/core/stores.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { encodeStreamPacket } from '../../shared/protocol/stream.ts'
import type { AlarmBook } from './alarms.ts'
import type { SimBroker } from './broker.ts'
import type { Chance } from './chance.ts'
import { readPlan } from './plan-reading.ts'
import { stationKeys } from './station.ts'
import type { World } from './world.ts'

export interface AttackerDeps {
  readonly world: World
  readonly chance: Chance
  readonly crypto: Crypto
  readonly broker: SimBroker
  readonly boxes: readonly string[]
  /** Every body that ever went over the broker. */
  readonly bodies: ReadonlyMap<string, Uint8Array>
  /** Every alert that ever went over the broker. */
  readonly alarms: AlarmBook
  readonly last: number
  readonly note: (what: string) => void
}

export interface Attacker {
  /** It sees every order that the server publishes. */
  saw(plan: PlanRecord): void
  onPublish(box: string, topic: string, payload: Uint8Array): void
}

const KEPT = 12

/** Somebody who owns the broker: says, repeats and holds back what it likes, but has no key that the root knows. */
export function startAttacker({ world, chance, crypto, broker, boxes, bodies, alarms, last, note }: AttackerDeps): Attacker {
  const own = stationKeys(crypto, world.now(), 5_000)
  const recorded = new Map<string, PlanRecord[]>()
  const forgedBodies = new Map<string, Uint8Array>()
  const retain = (): boolean => chance.happens(0.3)

  const replay = (box: string): void => {
    const old = recorded.get(box) ?? []
    if (old.length < 2) return
    note('rolled-back plans')
    broker.inject(topicOf('plan', box), utf8(chance.pick(old.slice(0, -1)).order), retain())
  }
  const wrongTarget = (box: string): void => {
    const other = recorded.get(chance.pick(boxes))?.at(-1)
    if (!other || other.cluster === box) return
    note('plans for another')
    broker.inject(topicOf('plan', box), utf8(other.order), retain())
  }
  /** The newest plan with every session at 03:15 and no quiet hours, signed by somebody. */
  const forge = (box: string): void => {
    const real = recorded.get(box)?.at(-1)
    const body = real && bodies.get(real.sha)
    if (!real || !body) return
    const plan = readPlan(real, body)
    const night = Math.floor((world.now() + 7 * 3_600_000) / 86_400_000) * 86_400 + 3.25 * 3_600 - 7 * 3_600
    const { begins: _, sha: __, rev: ___, ...rest } = plan
    const policies = Object.fromEntries(Object.entries(rest.policies).map(([name, policy]) => [name, { ...policy, quiet: [], windows: [{ from: 0, to: 86_400 }] }]))
    const rev = real.rev + 1
    const deflated = new Uint8Array(deflateRawSync(utf8(JSON.stringify({ ...rest, policies, sessions: rest.sessions.map((s) => ({ ...s, starts: [night] })) }))))
    const sha = toBase64Url(crypto.sha256(deflated))
    forgedBodies.set(sha, deflated)
    const now = Math.floor(world.now())
    const key = chance.happens(0.5) ? own.orders : { secret: own.orders.secret, certificate: certificateIn(real.order) ?? own.orders.certificate }
    note('forged plans')
    broker.inject(topicOf('plan', box), utf8(signOrder(crypto, key, { t: 'plan', c: box, iat: now, exp: now + 864_000_000, rev, sha, len: deflated.length })), retain())
  }
  const lieAboutTime = (box: string): void => {
    const wrong = Math.floor(world.now() + 7_200_000) as never
    note('forged times')
    broker.inject(topicOf('time', box), encodeTimeAnswer(crypto, own.time, box, { nonce: new Uint8Array(8), received: wrong, sent: wrong }))
  }
  const forgeNow = (box: string): void => {
    const now = Math.floor(world.now())
    note('forged orders')
    broker.inject(topicOf('now', box), utf8(signOrder(crypto, own.orders, { t: 'now', c: box, iat: now, exp: now + 1e6, rev: now, volume: 100, mute: false, stop: now })), false)
  }
  const babble = (box: string): void => {
    const bytes = Uint8Array.from({ length: chance.whole(0, 700) }, () => chance.whole(0, 255))
    note('garbage')
    broker.inject(topicOf(chance.pick(['plan', 'now', 'ack', 'block', 'time']), box), bytes)
  }
  const replayAlert = (box: string): void => {
    if (alarms.seen.length === 0) return
    const old = chance.pick(alarms.seen)
    note('replayed alerts')
    broker.inject(topicOf('alert', chance.happens(0.7) ? old.box : box), old.payload, retain())
  }
  /** Somebody else's emergency, with the clips that every box holds. */
  const forgeAlert = (box: string): void => {
    const now = Math.floor(world.now())
    const { tone, messages } = alarms.clips
    const order: AlertOrder = {
      t: 'alert', c: box, iat: now, exp: now + 3_600_000, rev: now + 5, id: 'gia0', drill: false, danger: 9, auth: 3, at: now, times: 9, gap: 0, vol: 100,
      parts: [tone, chance.pick(messages)].map(({ sha, ms }) => ({ m: sha, ms })), ended: null,
    }
    const known = alarms.seen.at(-1)
    const certificate = known ? certificateIn(Buffer.from(known.payload).toString()) : null
    note('forged alerts')
    broker.inject(topicOf('alert', box), utf8(signOrder(crypto, chance.happens(0.5) || !certificate ? own.orders : { secret: own.orders.secret, certificate }, order)), retain())
  }
  const forgeStream = (box: string): void => {
    const signer = { crypto, key: own.orders, publicKey: crypto.publicKey(own.orders.secret) }
    const packet = { stream: '~gia0', epoch: 1, seq: 0, atUs: 0, clip: true, last: false, silent: false, substituteSinceUs: null, frames: [Uint8Array.of(8, 1, 2, 3)] }
    note('forged stream packets')
    broker.inject(topicOf('audio', box), encodeStreamPacket(signer, packet, true))
  }
  const deeds = [replayAlert, replayAlert, replayAlert, forgeAlert, forgeAlert, forgeStream, replay, replay, wrongTarget, forge, lieAboutTime, forgeNow, babble]
  const arm = (): void => {
    const at = world.now() - Math.log(1 - chance.random()) * (900_000 / Math.max(1, Math.sqrt(boxes.length)))
    if (at >= last) return
    world.at(at, () => {
      chance.pick(deeds)(chance.pick(boxes))
      arm()
    })
  }
  arm()

  return {
    saw: (plan) => recorded.set(plan.cluster, [...(recorded.get(plan.cluster) ?? []), plan].slice(-KEPT)),
    // it has the body of every plan that it repeats or makes, and serves it
    onPublish: (box, topic, payload) => {
      if (!topic.endsWith('/want') || world.now() >= last) return
      const { f, i } = JSON.parse(Buffer.from(payload).toString()) as { f: string; i: number[] }
      const isNewest = recorded.get(box)?.at(-1)?.sha === f
      const body = forgedBodies.get(f) ?? (isNewest ? undefined : bodies.get(f))
      const sha = fromBase64Url(f)
      if (!sha) return
      if (!body && !chance.happens(0.000_3)) return
      for (const index of i) {
        const bytes = body ? body.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES) : new Uint8Array(BLOCK_BYTES)
        if (!body) note('poisoned blocks')
        if (bytes.length > 0) broker.inject(topicOf('block', box), encodeBlock({ sha, index, bytes }))
      }
    },
  }
}

function certificateIn(order: string): Uint8Array | null {
  const header = JSON.parse(Buffer.from(order.split('.')[0] ?? '', 'base64url').toString()) as { crt?: string }
  return header.crt === undefined ? null : fromBase64Url(header.crt)
}
