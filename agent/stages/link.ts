import { monoMs, type Cancel, type Clock, type MonoMs, type Random } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { MAX_STREAM_PACKET_BYTES } from '../../shared/protocol/stream.ts'
import { clientIdOf, connectionOf, parseStreamTopic, parseTopic, subscriptionsOf, topicOf, TOPICS, type Connection, type TopicName } from '../../shared/protocol/topics.ts'
import { backOffMs, hurriedBackOffMs, patienceOf, STABLE_AFTER_MS } from '../core/back-off.ts'
import type { Connect, LinkConnection, LinkOptions } from '../core/ports.ts'

export interface LinkDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly connect: Connect
  readonly log: Log
  /** `ctl` when absent. */
  readonly connection?: Connection
}
export interface LinkHooks {
  /** The last will of the coming connection; called once per attempt. None on `aud`. */
  readonly will?: () => Uint8Array
  up(): void
  down(): void
  message(name: TopicName, payload: Uint8Array): void
  /** Further topics of the coming connection, which the broker is known to grant. */
  readonly topics?: () => readonly string[]
  /** A packet of a stream that was joined. */
  readonly stream?: (stream: string, payload: Uint8Array) => void
  /** A message that is no row for this cluster, or longer than its row allows. */
  stray(): void
}
export interface LinkStage {
  start(): void
  stop(): void
  isUp(): boolean
  /** Connections so far. */
  connects(): number
  /** When the last message, or the answer that the link is up, came. */
  heardAt(): MonoMs
  /** False when the link is down or went down before the broker acknowledged: the caller keeps what must not be lost. */
  send(name: TopicName, payload: Uint8Array): Promise<boolean>
  /** False when the link is down or the broker does not grant it. */
  subscribe(topic: string): Promise<boolean>
  unsubscribe(topic: string): Promise<boolean>
  /** Whether the connection of this moment shows any life within the time. */
  answers(withinMs: number): Promise<boolean>
  /** Gives up a connection that does not answer. */
  renew(reason: string): void
  /** While sound is due and lacks this link, attempts follow each other closely. */
  hurry(on: boolean): void
}

/** The longest that the broker allows: what is idle costs the SIM nothing else. Beats keep `ctl` alive more often than its own. */
const AUD_KEEPALIVE_S = 120

/** Keeps one of the two connections, with its own back-off. */
export function createLink(deps: LinkDeps, hooks: LinkHooks): LinkStage {
  const { clock, cluster, log, connection: which = 'ctl' } = deps
  let connection: LinkConnection | null = null
  let up = false
  let stopped = true
  let attempt = 0
  let connects = 0
  let upSince: MonoMs = monoMs(0)
  let heard: MonoMs = monoMs(0)
  let openedAt: MonoMs = monoMs(0)
  /** Since when attempts follow closely, and how many there were; null = they do not. */
  let hurried: { since: MonoMs; attempts: number } | null = null
  let retry: Cancel = () => undefined

  const later = (): void => {
    const now = clock.mono()
    const delay = hurried ? hurriedBackOffMs({ lastedMs: now - openedAt, lackingMs: now - hurried.since, attempts: hurried.attempts }, deps.random) : backOffMs(attempt, deps.random)
    attempt++
    retry = clock.after(delay, open)
  }

  const ended = (own: number, reason: string): void => {
    if (own !== connects) return
    connection = null
    const wasUp = up
    up = false
    if (wasUp) {
      if (clock.mono() - upSince >= STABLE_AFTER_MS) attempt = 0
      if (hurried) hurried = { since: clock.mono(), attempts: 0 }
      hooks.down()
    }
    log.info({ reason, connection: which }, 'link down')
    if (!stopped) later()
  }

  const receive = (topic: string, payload: Uint8Array): void => {
    heard = clock.mono()
    const stream = hooks.stream && parseStreamTopic(topic)
    if (stream) return payload.length > MAX_STREAM_PACKET_BYTES ? hooks.stray() : hooks.stream?.(stream, payload)
    const parsed = parseTopic(topic)
    if (!parsed || parsed.cluster !== cluster || TOPICS[parsed.name].from !== 'server' || connectionOf(parsed.name) !== which || payload.length > TOPICS[parsed.name].limit)
      return hooks.stray()
    hooks.message(parsed.name, payload)
  }

  const optionsOf = (): LinkOptions => ({
    clientId: clientIdOf(cluster, which),
    subscriptions: [...subscriptionsOf(cluster, which), ...(hooks.topics?.() ?? [])],
    ...(which === 'aud' ? { keepaliveS: AUD_KEEPALIVE_S } : {}),
    ...(hooks.will ? { will: { topic: topicOf('gone', cluster), payload: hooks.will() } } : {}),
    ...(hurried ? { patience: patienceOf({ attempts: hurried.attempts++, lackingMs: clock.mono() - hurried.since }, deps.random) } : {}),
  })

  function open(): void {
    const own = ++connects
    openedAt = clock.mono()
    connection = deps.connect(optionsOf(), {
      up: () => {
        if (own !== connects || stopped) return
        up = true
        heard = upSince = clock.mono()
        log.info({ connection: which }, 'link up')
        hooks.up()
      },
      down: (reason) => ended(own, reason),
      message: (topic, payload) => {
        if (own === connects && !stopped) receive(topic, payload)
      },
    })
  }

  /** What the connection of this moment does; false when it cannot, or ends first. */
  const done = async (what: string, work: (on: LinkConnection) => Promise<void>): Promise<boolean> => {
    if (!up || !connection) return false
    try {
      await work(connection)
      return true
    } catch (error) {
      log.debug({ what, error: String(error) }, 'not done')
      return false
    }
  }

  const drop = (reason: string): void => {
    const old = connection
    if (!old) return
    ended(connects, reason)
    connects++ // whatever the old connection still says is stale
    old.close()
  }

  return {
    start: () => {
      if (!stopped) return
      stopped = false
      // also the very first attempt is spread: a village whose power comes back starts all its boxes in one second
      retry = clock.after(backOffMs(0, deps.random), open)
    },
    stop: () => {
      stopped = true
      retry()
      connection?.close()
    },
    isUp: () => up,
    connects: () => connects,
    heardAt: () => heard,
    send: (name, payload) => done(name, (on) => on.publish(topicOf(name, cluster), payload, TOPICS[name].qos)),
    subscribe: (topic) => done(`subscribe ${topic}`, (on) => on.subscribe(topic)),
    unsubscribe: (topic) => done(`unsubscribe ${topic}`, (on) => on.unsubscribe(topic)),
    answers: (withinMs) =>
      new Promise((resolve) => {
        const [own, since] = [connects, clock.mono()]
        const late = clock.after(withinMs, () => resolve(own === connects && heard > since))
        void done('ping', (on) => on.ping()).then((answered) => {
          late()
          if (answered && own === connects) heard = clock.mono()
          resolve(answered && own === connects)
        })
      }),
    renew: drop,
    hurry: (on) => {
      if (on === (hurried !== null)) return
      hurried = on ? { since: clock.mono(), attempts: 0 } : null
      if (!on || up || stopped) return
      if (connection) return drop('sound is due: a fresh attempt')
      retry()
      retry = clock.after(250 * deps.random(), open)
    },
  }
}
