import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Identity } from '../../../shared/protocol/topics.ts'
import { startEmbeddedBroker, type EmbeddedBroker } from './embedded.ts'
import { connectExternalBroker } from './external.ts'
import { mosquittoPasswordHash, openMosquittoAdmin } from './mosquitto.ts'
import { realClock } from '../clock.ts'
import type { BrokerAdmin, ServerLink } from '../../core/ports.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ServerSettings } from '../../core/server-settings.ts'
import type { Stores } from '../../core/stores.ts'

/** The broker that the station speaks through, embedded or external. */
export interface Broker {
  readonly link: ServerLink
  /** Where clusters reach it. */
  readonly url: string
  /** null where the broker asks the registry itself, or where its files are kept by hand. */
  readonly admin: BrokerAdmin | null
  readonly hash: ServerDeps['brokerHash']
  disconnect(cluster: string): void
  stop(): Promise<void>
}

interface Around {
  readonly stores: Stores
  readonly tls: ServerDeps['tls']
  readonly log: Log
}

/** Starts the embedded broker, or connects to the one of TL_MQTT_URL and brings its files up to the registry. */
export async function openBroker(settings: ServerSettings, around: Around): Promise<Result<Broker>> {
  if (settings.mqttUrl !== null) return openExternal(settings, settings.mqttUrl, around)
  const { stores, tls, log } = around
  const bind = settings.mqttBind ?? settings.bind
  const started = await startEmbeddedBroker({
    port: settings.mqttPort, host: bind, log, authenticate: registryOf(stores), ...(tls ? { tls } : {}),
  })
  if (!started.ok) return started
  const broker: EmbeddedBroker = started.value
  const host = isAny(bind) ? '127.0.0.1' : bind
  return ok({
    link: broker.link, admin: null, hash: null, disconnect: broker.disconnect, stop: () => broker.stop(),
    url: `${tls ? 'mqtts' : 'mqtt'}://${bracketed(host)}:${broker.port}`,
  })
}

async function openExternal(settings: ServerSettings, mqttUrl: string, { stores, log }: Around): Promise<Result<Broker>> {
  const at = new URL(mqttUrl)
  const [username, password] = [decodeURIComponent(at.username), decodeURIComponent(at.password)]
  if (username === '' || password === '') return refuse('bad-settings', 'TL_MQTT_URL must carry the server’s user and password: mqtt://USER:PASSWORD@HOST.')
  const admin = await adminOf(settings, { username, password }, stores)
  if (!admin.ok) return admin
  if (admin.value === null) log.warn({}, 'TL_MQTT_URL without TL_MOSQUITTO_PASSWORDS: bring the password of every new cluster to the broker by hand')
  const url = `${at.protocol}//${at.host}`
  const link = connectExternalBroker({ url, username, password, log, clock: realClock, random: () => randomInt(2 ** 32) / 2 ** 32 })
  return ok({
    link, url, admin: admin.value, hash: admin.value && ((secret) => mosquittoPasswordHash(secret, randomBytes(12))),
    // Mosquitto throws a cluster out itself when its line is gone
    disconnect: () => undefined,
    stop: () => link.stop(),
  })
}

async function adminOf({ mosquitto }: ServerSettings, server: { username: string; password: string }, stores: Stores): Promise<Result<BrokerAdmin | null>> {
  if (!mosquitto) return ok(null)
  // one that was enrolled under another broker has no hash here: its line, if any, was made by hand
  const known = stores.clusters.all().flatMap(({ id, revokedAt, mosquittoHash }) =>
    revokedAt === null && mosquittoHash === null ? [] : [{ cluster: id, hash: revokedAt === null ? mosquittoHash : null }])
  try {
    return ok(await openMosquittoAdmin({ ...mosquitto, server, known }))
  } catch (error) {
    return refuse('broker-files', `The files of Mosquitto cannot be kept (${(error as Error).message}). Make TL_MOSQUITTO_PASSWORDS and TL_MOSQUITTO_ACL writable for this user, and check TL_MOSQUITTO_RELOAD.`)
  }
}

/** The registry of clusters is the password file. */
const registryOf = (stores: Stores) => (username: string, password: Uint8Array): Identity | null => {
  const cluster = stores.clusters.byId(username)
  if (!cluster || cluster.revokedAt !== null) return null
  const sum = createHash('sha256').update(password).digest()
  return timingSafeEqual(sum, Buffer.from(cluster.secretSha256)) ? { kind: 'cluster', cluster: username } : null
}

export const isAny = (host: string): boolean => host === '::' || host === '0.0.0.0'
export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
