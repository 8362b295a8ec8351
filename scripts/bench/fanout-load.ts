import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createInterface } from 'node:readline'
import { clientIdOf } from '../../shared/protocol/topics.ts'
import { rawConnect, rawReader, rawSubscribe } from '../../test/support/raw-mqtt.ts'
import { clusterName, passwordOf } from './reconnect-fleet.ts'

/** What fanout-load.c does for MQTT, where no compiler is at hand: slower itself, so it needs a core of its own. */
const task = JSON.parse(process.argv[2] ?? '{}') as { port: number; clusters: number; inFlight: number; topic: string; tls: boolean }
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)
let samples: number[] = []
let failed = 0

function join(cluster: string): Promise<Socket> {
  const to = { port: task.port, host: '127.0.0.1', noDelay: true }
  const socket = task.tls ? connectTls({ ...to, rejectUnauthorized: false }) : connectPlain(to)
  return new Promise((done) => {
    socket.on('error', () => socket.destroy())
    socket.once('close', () => void failed++)
    socket.once(task.tls ? 'secureConnect' : 'connect', () => socket.write(rawConnect({ clientId: clientIdOf(cluster, 'aud'), username: cluster, password: passwordOf(cluster), keepalive: 120 })))
    socket.on('data', rawReader(({ type, body }) => {
      if (type === 2) socket.write(rawSubscribe(1, [task.topic], 0))
      else if (type === 9) done(socket)
      else if (type === 3) samples.push(Number(process.hrtime.bigint() - body.readBigUInt64BE(2 + body.readUInt16BE(0))) / 1e6)
    }))
  })
}

const began = performance.now()
let next = 0
await Promise.all(Array.from({ length: task.inFlight }, async () => {
  while (next < task.clusters) await join(clusterName(next++))
}))
say({ ready: true, connectS: (performance.now() - began) / 1_000, failed })
createInterface({ input: process.stdin }).on('line', (order) => {
  if (order === 'report') {
    samples.sort((a, b) => a - b)
    const at = (q: number): number => samples[Math.min(samples.length - 1, Math.floor(samples.length * q))] ?? 0
    const { user, system } = process.cpuUsage()
    say({ count: samples.length, p50: at(0.5), p99: at(0.99), max: at(1), failed, cpuS: (user + system) / 1e6 })
  }
  samples = []
}).once('close', () => process.exit(0))
