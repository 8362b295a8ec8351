import type { Connect, LinkConnection, LinkEvents, LinkOptions } from '../../agent/core/ports.ts'
import type { ServerLink } from '../../server/core/ports.ts'
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

/** The state of one box's network. `hole`: everything is swallowed and nobody is told. */
export type Network = 'up' | 'down' | 'hole'

interface Connection {
  readonly box: string
  readonly options: LinkOptions
  readonly events: LinkEvents
  readonly life: Life
  state: 'connecting' | 'up' | 'over'
  /** The broker has not noticed yet that the other end is gone. */
  readonly rejects: Set<(error: Error) => void>
  /** A topic keeps its order; topics overtake each other. */
  readonly busyUntil: Map<string, number>
}

/** What the broker does, for the checker and the attacker. */
export interface BrokerWatch {
  /** After the agent has looked at it. */
  delivered(box: string, topic: string): void
  published(box: string, topic: string, payload: Uint8Array): void
  connected(box: string, up: boolean): void
}

export interface SimBroker {
  /** The network of one box as its link sees it. */
  connectFrom(box: string, life: Life, quality: LinkQuality): Connect
  setNetwork(box: string, network: Network): void
  /** A server process takes its place; the one before it is forgotten. */
  serverLink(life: Life): ServerLink
  /** Every connection ends; retained values stay or go. */
  restart(downMs: number, keepRetained: boolean): void
  up(): boolean
  /** What someone who owns the broker can do. `retain` leaves it there for the next subscriber. */
  inject(topic: string, payload: Uint8Array, retain?: boolean): void
  /** The box's connection breaks, as when its power fails. */
  drop(box: string): void
}

const CONNECT_TIMEOUT_MS = 10_000
/** One and a half times the keepalive of 90 s. */
const NOTICES_AFTER_MS = 135_000

export interface BrokerOptions {
  readonly world: World
  readonly chance: Chance
  readonly watch: BrokerWatch
}

/** QoS 0 and 1, retained values, last wills and clean sessions, as the contract uses them; no wildcard but the server's. */
export function createSimBroker({ world, chance, watch }: BrokerOptions): SimBroker {
  const networks = new Map<string, Network>()
  const connections = new Map<string, Connection>()
  const retained = new Map<string, Uint8Array>()
  let server: { life: Life; handler: (topic: string, payload: Uint8Array) => void } | null = null
  let isUp = true

  const network = (box: string): Network => networks.get(box) ?? 'up'
  const reaches = (c: Connection): boolean => c.state === 'up' && isUp && network(c.box) === 'up'

  const toServer = (topic: string, payload: Uint8Array): void => {
    const target = server
    if (target?.life.alive) world.after(chance.between(0.2, 2), () => target.life.alive && target.handler(topic, payload))
  }

  /** The client's side ends; what it waited for is refused. */
  const end = (c: Connection, reason: string): void => {
    if (c.state === 'over') return
    const was = c.state
    c.state = 'over'
    if (connections.get(c.options.clientId) === c) connections.delete(c.options.clientId)
    if (was === 'up') watch.connected(c.box, false)
    if (!c.life.alive) return
    for (const reject of [...c.rejects]) reject(new Error('the connection ended'))
    c.events.down(reason)
  }
  const will = (c: Connection, delayMs: number): void => {
    if (c.state === 'up') world.after(delayMs, () => isUp && toServer(c.options.will.topic, c.options.will.payload))
  }

  function connectFrom(box: string, life: Life, quality: LinkQuality): Connect {
    const delay = (): number => quality.delayMs + chance.random() * quality.jitterMs
    const inOrder = (c: Connection, topic: string, run: () => void): void => {
      const at = Math.max(world.now() + delay(), c.busyUntil.get(topic) ?? 0)
      c.busyUntil.set(topic, at)
      world.at(at, run)
    }
    const arrive = (c: Connection, topic: string, payload: Uint8Array): void => {
      if (!reaches(c) || !c.life.alive) return
      c.events.message(topic, payload)
      watch.delivered(box, topic)
    }
    const deliver = (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): void => {
      if (!c.options.subscriptions.includes(topic) || (qos === 0 && chance.happens(quality.loss))) return
      inOrder(c, topic, () => arrive(c, topic, payload))
      if (qos === 1 && chance.happens(quality.repeats)) inOrder(c, topic, () => arrive(c, topic, payload))
    }
    const publish = (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void> => {
      if (c.state !== 'up') return Promise.reject(new Error('the connection is not up'))
      watch.published(box, topic, payload)
      if (qos === 0) {
        if (!chance.happens(quality.loss)) inOrder(c, topic, () => reaches(c) && toServer(topic, payload))
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        c.rejects.add(reject)
        const acknowledged = (): void => {
          if (!reaches(c) || !c.life.alive) return
          c.rejects.delete(reject)
          resolve()
        }
        inOrder(c, topic, () => {
          if (!reaches(c)) return
          toServer(topic, payload)
          if (chance.happens(quality.repeats)) toServer(topic, payload)
          world.after(delay(), acknowledged)
        })
      })
    }
    const accept = (c: Connection): void => {
      const old = connections.get(c.options.clientId)
      if (old) {
        will(old, 0)
        end(old, 'taken over')
      }
      c.state = 'up'
      connections.set(c.options.clientId, c)
      watch.connected(box, true)
      for (const topic of c.options.subscriptions) {
        const payload = retained.get(topic)
        if (payload) deliver(c, topic, payload, 1)
      }
      c.events.up()
    }
    return (options, events) => {
      const c: Connection = { box, options, events, life, state: 'connecting', rejects: new Set(), busyUntil: new Map() }
      senders.set(c, deliver)
      const refused = network(box) === 'down' || !isUp
      const way = network(box) === 'hole' ? CONNECT_TIMEOUT_MS : refused ? chance.between(50, 3_000) : 3 * delay()
      world.after(way, () => {
        if (c.state !== 'connecting' || !life.alive) return
        if (isUp && network(box) === 'up') accept(c)
        else end(c, 'no answer')
      })
      return connectionOf(c, publish)
    }
  }

  const senders = new WeakMap<Connection, (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1) => void>()

  const connectionOf = (c: Connection, publish: (c: Connection, topic: string, payload: Uint8Array, qos: 0 | 1) => Promise<void>): LinkConnection => ({
    publish: (topic, payload, qos) => publish(c, topic, payload, qos),
    close: () => {
      if (c.state === 'up' && !reaches(c)) will(c, NOTICES_AFTER_MS)
      else will(c, 1)
      world.after(1, () => end(c, 'closed'))
    },
  })

  const ofBox = (box: string): Connection[] => [...connections.values()].filter((c) => c.box === box)

  return {
    connectFrom,
    up: () => isUp,
    setNetwork: (box, state) => {
      networks.set(box, state)
      if (state === 'down')
        for (const c of ofBox(box)) {
          will(c, chance.between(0, NOTICES_AFTER_MS))
          world.after(chance.between(0, 2_000), () => end(c, 'reset'))
        }
    },
    serverLink: (life) => {
      const mine = { life, handler: (_topic: string, _payload: Uint8Array): void => undefined }
      server = mine
      return {
        connected: () => isUp,
        onMessage: (handler) => {
          mine.handler = handler
        },
        publish: (topic, payload, { qos, retain }) => {
          if (!life.alive) return new Promise(() => undefined)
          if (!isUp) return Promise.reject(new Error('the broker cannot be reached'))
          if (retain) retained.set(topic, payload)
          sendExactly(topic, payload, qos)
          return Promise.resolve()
        },
        stop: () => Promise.resolve(),
      }
    },
    restart: (downMs, keepRetained) => {
      isUp = false
      if (!keepRetained) retained.clear()
      for (const c of [...connections.values()]) end(c, 'the broker ended')
      world.after(downMs, () => {
        isUp = true
      })
    },
    inject: (topic, payload, retain = false) => {
      if (!isUp) return
      if (retain) retained.set(topic, payload)
      sendExactly(topic, payload, 1)
    },
    drop: (box) => {
      for (const c of ofBox(box)) {
        will(c, chance.between(0, NOTICES_AFTER_MS))
        end(c, 'power failed')
      }
    },
  }

  /** The client id leads to the only subscriber: looking through all of them would cost the most of a run. */
  function sendExactly(topic: string, payload: Uint8Array, qos: 0 | 1): void {
    const c = connections.get(`${topic.split('/')[3] ?? ''}.ctl`)
    if (c) senders.get(c)?.(c, topic, payload, qos)
  }
}
