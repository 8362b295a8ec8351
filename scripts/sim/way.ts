import type { LinkEvents, LinkOptions } from '../../agent/core/ports.ts'
import type { Chance } from './chance.ts'
import type { Life, World } from './world.ts'

/** How bad the way between one box and the broker is. */
export interface LinkQuality {
  /** One way, ms. */
  readonly delayMs: number
  readonly jitterMs: number
  /** Of QoS 0 packets. */
  readonly loss: number
  /** Of QoS 1 packets that come a second time. */
  readonly repeats: number
}

export interface Connection {
  readonly box: string
  readonly options: LinkOptions
  /** What it asked for and what it joined. */
  readonly topics: Set<string>
  readonly events: LinkEvents
  readonly life: Life
  state: 'connecting' | 'up' | 'over'
  /** What a hole swallowed: TCP sends it again when the network is back, if the connection still stands. */
  readonly held: (() => void)[]
  readonly rejects: Set<(error: Error) => void>
  /** A topic keeps its order; topics overtake each other. */
  readonly busyUntil: Map<string, number>
}

/** What the broker does, for the checker and the attacker. */
export interface BrokerWatch {
  /** After the agent has looked at it. */
  delivered(box: string, topic: string, payload: Uint8Array): void
  published(box: string, topic: string, payload: Uint8Array): void
  connected(box: string, up: boolean): void
  network(box: string, clear: boolean): void
}

export interface Net {
  readonly world: World
  readonly chance: Chance
  readonly watch: BrokerWatch
  /** False where the packet does not come through now; `again` is called if TCP brings it later. */
  passes(c: Connection, again: () => void): boolean
  toServer(topic: string, payload: Uint8Array): void
}

/** The way between one box and the broker. */
export interface Way {
  delay(): number
  deliver(c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): void
  publish(c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>
}

export function createWay({ world, chance, watch, passes, toServer }: Net, box: string, quality: LinkQuality): Way {
  const delay = (): number => quality.delayMs + chance.random() * quality.jitterMs
  const inOrder = (c: Connection, topic: string, run: () => void): void => {
    const at = Math.max(world.now() + delay(), c.busyUntil.get(topic) ?? 0)
    c.busyUntil.set(topic, at)
    world.at(at, run)
  }
  const arrive = (c: Connection, topic: string, payload: Uint8Array): void => {
    if (!c.life.alive || !passes(c, () => arrive(c, topic, payload))) return
    c.events.message(topic, payload)
    watch.delivered(box, topic, payload)
  }
  const deliver = (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): void => {
    if (!c.topics.has(topic) || (qos === 0 && chance.happens(quality.loss))) return
    inOrder(c, topic, () => arrive(c, topic, payload))
    if (qos === 1 && chance.happens(quality.repeats)) inOrder(c, topic, () => arrive(c, topic, payload))
  }
  const publish = (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void> => {
    if (c.state !== 'up') return Promise.reject(new Error('the connection is not up'))
    watch.published(box, topic, payload)
    if (qos === 0) {
      const arrives = (): void => {
        if (passes(c, arrives)) toServer(topic, payload)
      }
      if (!chance.happens(quality.loss)) inOrder(c, topic, arrives)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      c.rejects.add(reject)
      const acknowledged = (): void => {
        if (!c.life.alive || !passes(c, acknowledged)) return
        c.rejects.delete(reject)
        resolve()
      }
      const arrives = (): void => {
        if (!passes(c, arrives)) return
        toServer(topic, payload)
        if (chance.happens(quality.repeats)) toServer(topic, payload)
        world.after(delay(), acknowledged)
      }
      inOrder(c, topic, arrives)
    })
  }
  return { delay, deliver, publish }
}
