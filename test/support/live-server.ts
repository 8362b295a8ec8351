import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ServerSettings } from '../../server/core/server-settings.ts'
import { startServer, type RunningServer } from '../../server/start-server.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import { becomeCluster } from '../../agent/adapters/become-cluster.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import type { Identity } from '../../agent/core/claim.ts'
import { readAgentSettings } from '../../agent/core/agent-settings.ts'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { form, type Method } from './server-world.ts'
import { hasty, startBox, type Box } from './box.ts'
import { realClock } from './real-clock.ts'

const TIMETABLE = `version: 1
station: Đài thử
areas:
  - { code: '68', name: Tỉnh thử, kind: province }
  - { code: '24958', name: Xã thử, kind: commune, parent: '68' }
policies:
  ca-ngay: { windows: [00:00-24:00], quiet: [], warn: [] }
sessions: []
`

/** A folder with a small timetable in it, for a whole server. */
export function stationFolder(): { readonly folder: string; readonly timetable: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tl-live-'))
  const timetable = join(folder, 'lich.yaml')
  writeFileSync(timetable, TIMETABLE)
  return { folder, timetable }
}

export const settingsFor = (folder: string, over: Partial<ServerSettings> = {}): ServerSettings => ({
  port: 0, mqttPort: 0, bind: '127.0.0.1', folder: join(folder, 'data'), mqttUrl: null, publicMqttUrl: null, mosquitto: null,
  tls: null, logLevel: 'warn', heartbeatUrl: null, timetable: null, ...over,
})

export interface Reply {
  readonly status: number
  readonly body: unknown
}
/** Asks a server over its socket. A string is sent as JSON text, bytes as they are. */
export async function askHttp(url: string, token: string, question: `${Method} ${string}`, payload?: object): Promise<Reply> {
  const space = question.indexOf(' ')
  const answer = await fetch(`${url}/api/v1${question.slice(space + 1)}`, {
    method: question.slice(0, space),
    headers: { authorization: `Bearer ${token}`, ...(payload ? { 'content-type': 'application/json' } : {}) },
    ...(payload ? { body: JSON.stringify(payload) } : {}),
  })
  return { status: answer.status, body: await answer.json() }
}

/** A session of all clusters from `start`, under the policy that allows the whole day. */
export function sessionAt(start: number, over: object = {}): object {
  const text = (at: number): string => clockText(Math.floor(msOfDay(wallMs(at)) / 1000))
  return { id: 'thu', name: 'Thử', at: text(start), until: text(start + 60_000), days: { once: civilDate(wallMs(start)) }, policy: 'ca-ngay', targets: 'all', items: [], ...over }
}
/** The next full second at least `ms` from now. */
export const soonMs = (ms: number): number => Math.ceil((Date.now() + ms) / 1000) * 1000

export interface LiveServer {
  readonly server: RunningServer
  readonly folder: string
  ask(question: `${Method} ${string}`, payload?: object): Promise<Reply>
  /** Uploads a recording through the API and lets it on the air; answers the programme's id. */
  upload(path: string): Promise<string>
  /** Enrols a box by a claim, through the agent's own code, and starts it. */
  enrolBox(name: string): Promise<Box & { readonly identity: Identity }>
  stop(): Promise<void>
}

/** The whole server of `startServer`, with HTTP, on free ports of loopback. */
export async function startLiveServer(over: Partial<ServerSettings> = {}): Promise<LiveServer> {
  const { folder, timetable } = stationFolder()
  const started = await startServer(settingsFor(folder, over), timetable, silentLog)
  if (!started.ok) throw new Error(started.why)
  const server = started.value
  // its own sounds are made first: importing takes turns, and what a test uploads would wait
  await server.prepare(() => undefined)
  const ask: LiveServer['ask'] = (question, payload) => askHttp(server.url, server.token, question, payload)
  return {
    server,
    folder,
    ask,
    async upload(path) {
      // one person makes it and lets it on the air, as in a commune whose rule allows that
      await ask('PUT /areas/all/rules', { selfApproval: true })
      const { payload, headers } = form([{ name: 'state', value: 'approved' }, { name: 'file', file: 'tone.wav', value: readFileSync(path) }])
      const answer = await fetch(`${server.url}/api/v1/programmes`, { method: 'POST', headers: { authorization: `Bearer ${server.token}`, ...headers }, body: payload })
      if (answer.status !== 201) throw new Error(await answer.text())
      return ((await answer.json()) as { id: string }).id
    },
    async enrolBox(name) {
      const { claim } = (await ask('POST /clusters/claims', { name })).body as { claim: string }
      const boxFolder = mkdtempSync(join(tmpdir(), 'tl-box-'))
      const identity = await enrolAt(server.url, claim, join(boxFolder, 'disk'))
      const root = fromBase64Url(identity.root)
      if (!root) throw new Error('no root key')
      const box = await startBox({ url: identity.mqttUrl, cluster: identity.cluster, password: identity.password, root, random: hasty, folder: boxFolder })
      return { ...box, identity }
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What an agent does at its first start. */
export async function enrolAt(url: string, claim: string, disk: string): Promise<Identity> {
  const settings = readAgentSettings({ TL_SERVER: url, TL_CLAIM: claim, TL_DATA: disk })
  if (!settings.ok) throw new Error(settings.why)
  const identity = await becomeCluster({
    settings: settings.value, disk: await createDisk(disk), clock: realClock, random: Math.random, crypto: nodeCrypto(), log: silentLog, version: 'test', signal: new AbortController().signal,
  })
  if (!identity.ok) throw new Error(identity.why)
  return identity.value
}
