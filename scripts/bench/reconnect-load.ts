import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { clientIdOf, subscriptionsOf } from '../../shared/protocol/topics.ts'
import { rawConnect, rawPuback, rawReader, rawSubscribe } from '../../test/support/raw-mqtt.ts'
import { clusterName, passwordOf, PLAN_BYTES } from './reconnect-fleet.ts'

/**
 * A fleet that comes back: every cluster opens a fresh connection (TLS: a full handshake), says CONNECT, subscribes to
 * its own topics in one packet, exact and without wildcard, and is done when its retained plan head has come and is
 * acknowledged. `inFlight` clusters at a time, as jitter spreads them. Bytes on sockets, because 3 000 real clients
 * would be the load.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as { port: number; tls: boolean; clusters: number; inFlight: number }
const sockets: Socket[] = []
let plans = 0
let failed = 0

const CONNACK = 2
const PUBLISH = 3
const SUBACK = 9

function dial(): Socket {
  const to = { port: task.port, host: '127.0.0.1', noDelay: true }
  return task.tls ? connectTls({ ...to, rejectUnauthorized: false }) : connectPlain(to)
}

function comeBack(cluster: string): Promise<void> {
  return new Promise((done) => {
    const socket = dial()
    sockets.push(socket)
    let subscribed = false
    let planned = false
    const fail = (): void => {
      if (subscribed && planned) return
      failed++
      done()
    }
    socket.on('error', () => socket.destroy())
    socket.once('close', fail)
    socket.once(task.tls ? 'secureConnect' : 'connect', () => socket.write(rawConnect({ clientId: clientIdOf(cluster, 'ctl'), username: cluster, password: passwordOf(cluster) })))
    socket.on('data', rawReader(({ type, flags, body }) => {
      if (type === CONNACK && body[1] === 0) socket.write(rawSubscribe(1, subscriptionsOf(cluster)))
      else if (type === SUBACK) subscribed = body.subarray(2).every((granted) => granted < 2)
      else if (type === PUBLISH) {
        const length = body.readUInt16BE(0)
        const id = (flags & 6) > 0 ? body.readUInt16BE(2 + length) : 0
        if (id > 0) socket.write(rawPuback(id))
        planned = body.length - 2 - length - 2 === PLAN_BYTES
        plans++
      }
      if (subscribed && planned) {
        socket.removeListener('close', fail)
        done()
      }
    }))
  })
}

const began = performance.now()
let next = 0
await Promise.all(Array.from({ length: task.inFlight }, async () => {
  while (next < task.clusters) await comeBack(clusterName(next++))
}))
const tookMs = performance.now() - began
for (const socket of sockets) socket.destroy()
const { user, system } = process.cpuUsage()
process.send?.({ tookMs, plans, failed, cpuS: (user + system) / 1e6 }, () => process.exit(0))
