import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { createCertificateCache } from '../../shared/protocol/keys.ts'
import type { DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { openOrder } from '../../shared/protocol/orders.ts'
import { createStreamOpener, type StreamPacket } from '../../shared/protocol/stream.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { askHttp, enrolAt } from './live-server.ts'
import { openClient, type TestClient } from './mqtt-client.ts'

/** One thing that came, in the order in which it came; wall time of this machine. */
export type Came =
  | { readonly at: number; readonly kind: 'order'; readonly order: AlertOrder; readonly retained: boolean }
  | { readonly at: number; readonly kind: 'cleared' }
  | { readonly at: number; readonly kind: 'packet'; readonly packet: StreamPacket }

/** A cluster that hears emergencies and answers what the test tells it to, without sounding anything. */
export interface AlertBox {
  readonly cluster: string
  readonly came: Came[]
  orders(id?: string): AlertOrder[]
  /** The newest order of an emergency. */
  newest(id: string): AlertOrder | undefined
  packets(stream: string): StreamPacket[]
  /** Connects (again), subscribes and says hello. */
  connect(mqttUrl?: string): Promise<void>
  leave(): Promise<void>
  answer(order: AlertOrder, st: DeliveryState, over?: { slot?: string; at?: number; rev?: number; why?: 'sink-failed' | 'stopped-here' }): Promise<void>
  /** Says which files of its plan it lacks. */
  lack(media: readonly string[]): Promise<void>
}

export async function enrolAlertBox(server: { readonly url: string; readonly token: string }, name: string, area?: string): Promise<AlertBox> {
  const { claim } = (await askHttp(server.url, server.token, 'POST /clusters/claims', { name, ...(area === undefined ? {} : { area }) })).body as { claim: string }
  const folder = mkdtempSync(join(tmpdir(), 'tl-alert-box-'))
  const identity = await enrolAt(server.url, claim, folder)
  rmSync(folder, { recursive: true })
  const root = fromBase64Url(identity.root)
  if (!root) throw new Error('no root key')
  const crypto = nodeCrypto()
  const certified = createCertificateCache(crypto, root)
  const openPacket = createStreamOpener()
  const { cluster, password } = identity
  const came: Came[] = []
  let clients: TestClient[] = []
  let connections = 0

  const take = (topic: string, payload: Buffer, retained: boolean): void => {
    const at = Date.now()
    if (topic === topicOf('audio', cluster)) {
      const opened = openPacket(payload, { crypto, certified, at: wallMs(at) })
      if (!opened.ok) throw new Error(opened.why)
      return void came.push({ at, kind: 'packet', packet: opened.value })
    }
    if (payload.length === 0) return void came.push({ at, kind: 'cleared' })
    const opened = openOrder(payload.toString(), 'alert', { crypto, cluster, at: null, certified })
    if (!opened.ok) throw new Error(opened.why)
    came.push({ at, kind: 'order', order: opened.value, retained })
  }
  const say = async (name: 'hello' | 'delivery' | 'reported', payload: Uint8Array): Promise<void> => {
    await clients[0]?.publish(topicOf(name, cluster), Buffer.from(payload))
  }
  const orders = (id?: string): AlertOrder[] => came.flatMap((one) => (one.kind === 'order' && (id === undefined || one.order.id === id) ? [one.order] : []))

  const box: AlertBox = {
    cluster, came, orders,
    newest: (id) => orders(id).toSorted((a, b) => b.rev - a.rev)[0],
    packets: (stream) => came.flatMap((one) => (one.kind === 'packet' && one.packet.stream === stream ? [one.packet] : [])),
    connect: async (mqttUrl = identity.mqttUrl) => {
      clients = [
        await openClient(mqttUrl, { clientId: `${cluster}.ctl`, username: cluster, password }),
        await openClient(mqttUrl, { clientId: `${cluster}.aud`, username: cluster, password }),
      ]
      for (const { client } of clients) client.on('message', (topic, payload, packet) => take(topic, Buffer.from(payload), packet.retain))
      await clients[0]?.subscribe(topicOf('alert', cluster))
      await clients[1]?.subscribe(topicOf('audio', cluster), 0)
      const conn = `AAAAAAAAA${String(++connections).padStart(2, '0')}`
      await say('hello', encodeMessage('hello', { v: 1, agent: '0.1.0', boot: 'AAAAAAAAAAA', conn, plan: 0, now: 0, clock: 5, at: Date.now(), simulated: true }))
    },
    leave: async () => {
      for (const client of clients) await client.end()
      clients = []
    },
    answer: async (order, st, { slot = `a.${order.id}`, at = Date.now(), rev = order.rev, why } = {}) =>
      say('delivery', encodeMessage('delivery', { slot, rev, st, at, ...(why === undefined ? {} : { why }), ...(order.drill ? { drill: true } : {}) })),
    lack: async (media) => say('reported', encodeMessage('reported', { plan: 0, now: 0, planTo: 0, held: 0, due: media.length, missing: [...media], playing: null, refused: {} })),
  }
  await box.connect()
  return box
}
