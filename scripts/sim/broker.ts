import type { Connect, LinkConnection } from '../../agent/core/ports.ts'
import type { ServerLink } from '../../server/core/ports.ts'
import { streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import type { Chance } from './chance.ts'
import { createWay, type BrokerWatch, type Connection, type LinkQuality, type Way } from './way.ts'
import type { Life, World } from './world.ts'

/** The state of one box's network. `hole`: everything is swallowed and nobody is told. */
export type Network = 'up' | 'down' | 'hole'

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
  /** As the box's link sees it. */
  networkOf(box: string): Network
}

const ROUND_TRIP_MS = 120
const isControl = (c: Connection): boolean => c.options.clientId.endsWith('.ctl')
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

  /** False where the packet does not come through now; `again` is called if TCP brings it later. */
  const passes = (c: Connection, again: () => void): boolean => {
    if (c.state === 'up' && isUp && network(c.box) === 'hole') c.held.push(again)
    return reaches(c)
  }

  const toServer = (topic: string, payload: Uint8Array): void => {
    const target = server
    if (target?.life.alive) world.after(1, () => target.life.alive && target.handler(topic, payload))
  }

  /** The client's side ends; what it waited for is refused. */
  const end = (c: Connection, reason: string): void => {
    if (c.state === 'over') return
    const was = c.state
    c.state = 'over'
    if (connections.get(c.options.clientId) === c) connections.delete(c.options.clientId)
    if (was === 'up' && isControl(c)) watch.connected(c.box, false)
    if (!c.life.alive) return
    for (const reject of [...c.rejects]) reject(new Error('the connection ended'))
    c.events.down(reason)
  }
  const will = (c: Connection, delayMs: number): void => {
    const last = c.options.will
    if (c.state === 'up' && last) world.after(delayMs, () => isUp && toServer(last.topic, last.payload))
  }

  function connectFrom(box: string, life: Life, quality: LinkQuality): Connect {
    const { delay, deliver, publish } = createWay({ world, chance, watch, passes, toServer }, box, quality)
    const accept = (c: Connection): void => {
      const old = connections.get(c.options.clientId)
      if (old) {
        will(old, 0)
        end(old, 'taken over')
      }
      c.state = 'up'
      connections.set(c.options.clientId, c)
      if (isControl(c)) watch.connected(box, true)
      for (const topic of c.options.subscriptions) {
        const payload = retained.get(topic)
        if (payload) deliver(c, topic, payload, 1)
      }
      c.events.up()
    }
    return (options, events) => {
      const c: Connection = { box, options, topics: new Set(options.subscriptions), events, life, state: 'connecting', held: [], rejects: new Set(), busyUntil: new Map() }
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

  const senders = new WeakMap<Connection, Way['deliver']>()

  /** A question to the broker and its answer. */
  const asked = (c: Connection, does: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (c.state !== 'up') return reject(new Error('the connection is not up'))
      c.rejects.add(reject)
      const answered = (): void => {
        if (!c.life.alive || !passes(c, answered)) return
        c.rejects.delete(reject)
        does()
        resolve()
      }
      world.after(ROUND_TRIP_MS, answered)
    })

  const connectionOf = (c: Connection, publish: Way['publish']): LinkConnection => ({
    publish: (topic, payload, qos) => publish(c, topic, payload, qos),
    subscribe: (topic) => asked(c, () => void c.topics.add(topic)),
    unsubscribe: (topic) => asked(c, () => void c.topics.delete(topic)),
    ping: () => asked(c, () => undefined),
    close: () => {
      if (c.state === 'up' && !reaches(c)) will(c, NOTICES_AFTER_MS)
      else will(c, 1)
      world.after(1, () => end(c, 'closed'))
    },
  })

  const ofBox = (box: string): Connection[] => [...connections.values()].filter((c) => c.box === box)

  return {
    connectFrom,
    networkOf: network,
    up: () => isUp,
    setNetwork: (box, state) => {
      networks.set(box, state)
      watch.network(box, state === 'up')
      if (state === 'up') for (const c of ofBox(box)) world.after(chance.between(50, 3_000), () => c.held.splice(0).forEach((again) => again()))
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
        streams: {
          send: (stream, packet) => {
            if (life.alive && isUp) for (const c of connections.values()) if (c.topics.has(streamTopicOf(stream))) senders.get(c)?.(c, streamTopicOf(stream), packet, 0)
          },
          sendTo: (cluster, packet) => {
            if (life.alive && isUp) sendExactly(topicOf('audio', cluster), packet, 0)
          },
          joined: () => null,
        },
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
    const c = connections.get(`${topic.split('/')[3] ?? ''}.${topic.endsWith('/audio') ? 'aud' : 'ctl'}`)
    if (c) senders.get(c)?.(c, topic, payload, qos)
  }
}
