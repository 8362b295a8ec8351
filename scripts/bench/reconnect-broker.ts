import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { startEmbeddedBroker } from '../../server/adapters/broker/embedded.ts'
import { silentLog } from '../../shared/core/log.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { clusterName, passwordOf, PLAN_BYTES } from './reconnect-fleet.ts'

/** The embedded broker in a process of its own, with a retained plan head for every cluster. */
const task = JSON.parse(process.argv[2] ?? '{}') as { clusters: number; tls?: { certFile: string; keyFile: string } }

const digest = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest()
const passwords = new Map(Array.from({ length: task.clusters }, (_, i) => [clusterName(i), digest(passwordOf(clusterName(i)))]))

const started = await startEmbeddedBroker({
  port: 0,
  host: '127.0.0.1',
  ...(task.tls ? { tls: { cert: readFileSync(task.tls.certFile), key: readFileSync(task.tls.keyFile) } } : {}),
  authenticate(username, password) {
    const known = passwords.get(username)
    return known && timingSafeEqual(known, digest(password)) ? { kind: 'cluster', cluster: username } : null
  },
  log: silentLog,
})
if (!started.ok) throw new Error(started.why)
const broker = started.value
for (const cluster of passwords.keys()) await broker.link.publish(topicOf('plan', cluster), Buffer.alloc(PLAN_BYTES, 112), { qos: 1, retain: true })
process.send?.({ port: broker.port })
process.once('disconnect', () => process.exit(0))
