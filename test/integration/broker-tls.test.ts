import t from 'tap'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { clientIdOf, streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import { startTestBroker } from '../support/embedded-broker.ts'
import { openClient, until } from '../support/mqtt-client.ts'

const CLUSTER = '0123456789'
const openssl = ['/usr/bin/openssl', '/usr/local/bin/openssl'].find((path) => existsSync(path))

t.test('with a certificate the port speaks TLS and nothing else', { skip: openssl ? false : 'no openssl on this machine to make a certificate' }, async (t) => {
  const folder = t.testdir()
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync(openssl ?? '', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  const cert = readFileSync(certFile)
  const { broker, provision } = await startTestBroker({ tls: { cert, key: readFileSync(keyFile) }, limits: { connectTimeoutMs: 500 } })
  t.teardown(() => broker.stop())
  const url = `mqtts://localhost:${broker.port}`
  const credential = { clientId: clientIdOf(CLUSTER, 'ctl'), ...provision(CLUSTER) }

  const client = await openClient(url, { ...credential, ca: cert, family: 4 } as object)
  await client.subscribe(topicOf('plan', CLUSTER))
  await broker.link.publish(topicOf('plan', CLUSTER), Buffer.from('over TLS'), { qos: 1, retain: true })
  t.ok(await until(() => client.received.length === 1))
  await client.end()

  const listener = await openClient(url, { ...credential, clientId: clientIdOf(CLUSTER, 'aud'), ca: cert, family: 4 } as object)
  await listener.subscribe(streamTopicOf('vov1'))
  const packets = Array.from({ length: 50 }, (_, i) => Buffer.alloc(100 + i, i))
  for (const packet of packets) {
    broker.link.streams.send('vov1', packet)
    // with a ping now and then the broker's own packets come in between
    if (packet.length % 7 === 0) listener.client.sendPing()
    await new Promise((tick) => setTimeout(tick, packet.length % 5 === 0 ? 2 : 0))
  }
  t.ok(await until(() => listener.received.length === packets.length), 'sound travels over it too')
  t.ok(listener.received.every(({ payload }, i) => payload.equals(packets[i] ?? Buffer.alloc(0))), 'whole and in order')
  t.equal(broker.stats().counts.streamWritten, packets.length)
  await listener.end()

  await t.rejects(openClient(url, { ...credential, family: 4 } as object), /self-signed/, 'a client that does not know the authority stays away')
  const plain = connect(broker.port, '127.0.0.1')
  plain.on('error', () => plain.destroy())
  plain.end('\x10\x0cMQTT in the clear')
  t.ok(await until(() => broker.stats().counts.tlsFailed >= 2), 'plain bytes are no handshake, and counted')
  const silent = connect(broker.port, '127.0.0.1')
  silent.on('error', () => silent.destroy())
  silent.resume()
  t.ok(await until(() => silent.destroyed || silent.readableEnded), 'a handshake that does not begin is not waited for')
  silent.destroy()
})
