import { silentLog } from '../../shared/core/log.ts'
import type { Identity } from '../../shared/protocol/topics.ts'
import { startEmbeddedBroker, type EmbeddedBroker, type EmbeddedBrokerOptions } from '../../server/adapters/broker/embedded.ts'
import type { Credential } from './mqtt-client.ts'

export interface TestBroker {
  readonly broker: EmbeddedBroker
  readonly url: string
  readonly passwords: Map<string, string>
  provision(cluster: string): Credential
}

/** The embedded broker on a free loopback port with a table of passwords. */
export async function startTestBroker(more: Partial<EmbeddedBrokerOptions> = {}): Promise<TestBroker> {
  const passwords = new Map<string, string>()
  const authenticate = (username: string, password: Uint8Array): Identity | null =>
    passwords.get(username) === Buffer.from(password).toString() ? { kind: 'cluster', cluster: username } : null
  const started = await startEmbeddedBroker({ port: 0, host: '127.0.0.1', authenticate, log: silentLog, ...more })
  if (!started.ok) throw new Error(started.why)
  return {
    broker: started.value,
    url: `mqtt://127.0.0.1:${started.value.port}`,
    passwords,
    provision(cluster) {
      const password = `password of ${cluster}`
      passwords.set(cluster, password)
      return { username: cluster, password }
    },
  }
}
