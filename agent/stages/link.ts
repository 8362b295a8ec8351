import { monoMs, type Cancel, type Clock, type MonoMs, type Random } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { clientIdOf, parseTopic, subscriptionsOf, topicOf, TOPICS, type TopicName } from '../../shared/protocol/topics.ts'
import { backOffMs, STABLE_AFTER_MS } from '../core/back-off.ts'
import type { Connect, LinkConnection } from '../core/ports.ts'

export interface LinkDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly connect: Connect
  readonly log: Log
}
export interface LinkHooks {
  /** The last will of the coming connection; called once per attempt. */
  will(): Uint8Array
  up(): void
  down(): void
  message(name: TopicName, payload: Uint8Array): void
  /** A message that is no row for this cluster, or longer than its row allows. */
  stray(): void
}
export interface LinkStage {
  start(): void
  stop(): void
  isUp(): boolean
  /** Connections so far. */
  connects(): number
  /** False when the link is down or went down before the broker acknowledged: the caller keeps what must not be lost. */
  send(name: TopicName, payload: Uint8Array): Promise<boolean>
  /** Gives up a connection that does not answer. */
  renew(reason: string): void
}

/** Keeps one control connection, with its own back-off. */
export function createLink(deps: LinkDeps, hooks: LinkHooks): LinkStage {
  const { clock, cluster, log } = deps
  let connection: LinkConnection | null = null
  let up = false
  let stopped = true
  let attempt = 0
  let connects = 0
  let upSince: MonoMs = monoMs(0)
  let retry: Cancel = () => undefined

  const later = (): void => {
    const delay = backOffMs(attempt, deps.random)
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
      hooks.down()
    }
    log.info({ reason }, 'link down')
    if (!stopped) later()
  }

  const receive = (topic: string, payload: Uint8Array): void => {
    const parsed = parseTopic(topic)
    if (!parsed || parsed.cluster !== cluster || TOPICS[parsed.name].from !== 'server' || payload.length > TOPICS[parsed.name].limit)
      return hooks.stray()
    hooks.message(parsed.name, payload)
  }

  function open(): void {
    const own = ++connects
    const will = { topic: topicOf('gone', cluster), payload: hooks.will() }
    connection = deps.connect(
      { clientId: clientIdOf(cluster, 'ctl'), subscriptions: subscriptionsOf(cluster), will },
      {
        up: () => {
          if (own !== connects || stopped) return
          up = true
          upSince = clock.mono()
          log.info({}, 'link up')
          hooks.up()
        },
        down: (reason) => ended(own, reason),
        message: (topic, payload) => {
          if (own === connects && !stopped) receive(topic, payload)
        },
      },
    )
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
    send: async (name, payload) => {
      if (!up || !connection) return false
      try {
        await connection.publish(topicOf(name, cluster), payload, TOPICS[name].qos)
        return true
      } catch (error) {
        log.debug({ name, error: String(error) }, 'not sent')
        return false
      }
    },
    renew: (reason) => {
      const old = connection
      if (!old) return
      ended(connects, reason)
      connects++ // whatever the old connection still says is stale
      old.close()
    },
  }
}
