import { connect, type IClientOptions, type MqttClient } from 'mqtt'

export interface Credential {
  readonly username: string
  readonly password: string
}
export interface Received {
  readonly topic: string
  readonly payload: Buffer
  readonly retain: boolean
}

/** A real mqtt.js client that never reconnects, with what it has received. */
export interface TestClient {
  readonly client: MqttClient
  readonly received: Received[]
  closed(): boolean
  /** Settles when the broker has answered, or has cut the connection. */
  publish(topic: string, payload: string | Buffer, options?: { qos?: 0 | 1; retain?: boolean }): Promise<'sent' | 'cut'>
  /** The granted QoS, 128 for a refusal, `cut` when the connection ended. */
  subscribe(filter: string, qos?: 0 | 1): Promise<number | 'cut'>
  end(): Promise<void>
}

/** Resolves when the broker has accepted; rejects with its refusal. */
export function openClient(url: string, options: IClientOptions): Promise<TestClient> {
  const client = connect(url, { protocolVersion: 4, clean: true, keepalive: 60, reconnectPeriod: 0, connectTimeout: 5_000, queueQoSZero: false, ...options })
  const received: Received[] = []
  client.on('message', (topic, payload, packet) => received.push({ topic, payload: Buffer.from(payload), retain: packet.retain }))
  return new Promise((done, fail) => {
    client.once('error', (error) => {
      client.end(true)
      fail(error)
    })
    client.once('close', () => fail(new Error('closed before it was accepted')))
    client.once('connect', () => {
      client.on('error', () => client.end(true))
      done(wrap(client, received))
    })
  })
}

function wrap(client: MqttClient, received: Received[]): TestClient {
  let closed = false
  const cut = new Promise<'cut'>((done) => client.once('close', () => {
    closed = true
    done('cut')
  }))
  return {
    client,
    received,
    closed: () => closed,
    publish: (topic, payload, options = {}) =>
      Promise.race([cut, new Promise<'sent' | 'cut'>((done) => {
        client.publish(topic, payload, { qos: options.qos ?? 1, retain: options.retain ?? false }, (error) => done(error ? 'cut' : 'sent'))
      })]),
    subscribe: (filter, qos = 1) =>
      Promise.race([cut, new Promise<number | 'cut'>((done) => {
        client.subscribe(filter, { qos }, (error, granted, packet) => {
          const first = packet?.granted?.[0]
          done(typeof first === 'number' ? first : error ? 128 : (granted?.[0]?.qos ?? 128))
        })
      })]),
    end: () => client.endAsync(true),
  }
}

/** Waits until `ready()`; false when `withinMs` passed before. */
export async function until(ready: () => boolean, withinMs = 10_000): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!ready()) {
    if (performance.now() > end) return false
    await new Promise((tick) => setTimeout(tick, 5))
  }
  return true
}
