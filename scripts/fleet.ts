import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AGENT_ENTRY, buildAgent, claimFor, clockFaults, isEnrolled, startAgentProcess, type AgentProcess } from './fleet/agent-process.ts'
import { createApi, type Api } from './fleet/api.ts'
import { COMMUNE, communeTimetable, startOwnServer } from './fleet/own-server.ts'

const MAX_AGENTS = 200
const SUMMARY_MS = 10_000
/** Node takes a moment of a core to start: the next agent waits this long, so that the machine stays usable. */
const BETWEEN_STARTS_MS = 150
const SINKS = ['null', 'wav', 'fifo'] as const

const USAGE = `npm run fleet -- --agents 20 --server http://127.0.0.1:8080 --token TOKEN
npm run fleet -- --agents 20 --with-server
Runs real agents as processes of this machine, each enrolled as a cluster of its own, until Ctrl-C.
  --agents N           1 to ${MAX_AGENTS} [3]
  --server URL         server on this machine; with --token, the administrator's
  --with-server        a server of its own in the folder, on free ports, with a chime every three minutes
  --sink KIND          ${SINKS.join(', ')}: into the agent's folder [null]
  --modem SPEC         as TL_MODEM [sim:fair]
  --area CODE          commune that the clusters join [none; with --with-server ${COMMUNE}]
  --clock-spread S     clocks wrong by up to ± S seconds and ± 100 ppm [0]
  --folder DIR         kept, and taken up again by the next run; without it a temporary one, and the clusters are revoked at the end`

interface Options {
  readonly agents: number
  readonly server: { readonly url: string; readonly token: string } | null
  readonly sink: (typeof SINKS)[number]
  readonly modem: string
  readonly area: string | null
  readonly spreadS: number
  readonly folder: string | null
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Every mistake is one sentence. */
function readOptions(args: readonly string[]): Options | string {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agents: { type: 'string', default: '3' }, server: { type: 'string' }, token: { type: 'string' }, 'with-server': { type: 'boolean', default: false }, sink: { type: 'string', default: 'null' },
      modem: { type: 'string', default: 'sim:fair' }, area: { type: 'string' }, 'clock-spread': { type: 'string', default: '0' }, folder: { type: 'string' }, help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return USAGE
  const [agents, spreadS] = [Number(values.agents), Number(values['clock-spread'])]
  if (!Number.isInteger(agents) || agents < 1 || agents > MAX_AGENTS) return `--agents: write a number from 1 to ${MAX_AGENTS}.`
  if (!(spreadS >= 0 && spreadS <= 86_400)) return '--clock-spread: write seconds from 0 to 86400.'
  const sink = SINKS.find((known) => known === values.sink)
  if (sink === undefined) return `--sink: write one of ${SINKS.join(', ')}.`
  const own = values['with-server']
  if (own === (values.server !== undefined)) return 'Give either --server with --token, or --with-server.'
  if (values.server !== undefined && !isLoopback(values.server)) return '--server: only a server on this machine, such as http://127.0.0.1:8080; a fleet of processes is no load for a station that works.'
  if (values.server !== undefined && values.token === undefined) return '--token: give the administrator token that the server prints when it is ready.'
  return {
    agents, spreadS, sink, modem: values.modem,
    server: values.server === undefined ? null : { url: values.server.replace(/\/$/, ''), token: values.token ?? '' },
    area: values.area ?? (own ? COMMUNE : null),
    folder: values.folder === undefined ? null : resolve(values.folder),
  }
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname)
}

const CHIME_EVERY_THREE_MINUTES = `  - id: thu-nghiem
    name: Nhạc hiệu thử nghiệm
    at: 00:00
    until: 24:00
    days: daily
    repeat: { every: 3m, length: 30s }
    policy: ca-ngay
    targets: all
    items:
      - { chime: nhac-hieu, name: Nhạc hiệu }`

/** What is to be undone at the end, newest first. */
type Undo = (() => Promise<unknown> | void)[]

async function openServer(options: Options, folder: string, undo: Undo): Promise<{ api: Api; url: string }> {
  if (options.server) return { api: createApi(options.server), url: options.server.url }
  const server = await startOwnServer({ folder: join(folder, 'server'), timetable: communeTimetable(CHIME_EVERY_THREE_MINUTES) })
  undo.push(() => server.stop())
  say(`Server: ${server.url}   administrator token: ${server.token}`)
  return { api: createApi(server), url: server.url }
}

async function startOne(options: Options, { api, url, folder, name, fault }: { api: Api; url: string; folder: string; name: string; fault: string }): Promise<AgentProcess> {
  const sinks = { null: 'null', wav: `wav:${join(folder, 'sound.wav')}`, fifo: `fifo:${join(folder, 'sound.fifo')}` }
  const area = options.area === null ? {} : { area: options.area }
  const identity = isEnrolled(folder) ? {} : await claimFor(api, url, { name, ...area })
  const env = { TL_SINK: sinks[options.sink], TL_MODEM: options.modem, TL_LOG_LEVEL: 'warn', ...identity, ...(options.spreadS > 0 ? { TL_FAKE_CLOCK: fault } : {}) }
  return startAgentProcess({ entry: AGENT_ENTRY, name, folder, env })
}

async function summary(api: Api, agents: readonly AgentProcess[]): Promise<string> {
  const ours = new Set(agents.map((agent) => agent.name))
  const clusters = (await api.clusters()).filter((cluster) => ours.has(cluster.name))
  const [held, due] = [clusters.reduce((n, c) => n + (c.cache?.held ?? 0), 0), clusters.reduce((n, c) => n + (c.cache?.due ?? 0), 0)]
  const dead = agents.filter((agent) => !agent.alive()).length
  const online = clusters.filter((c) => c.online).length
  return `${new Date().toISOString().slice(11, 19)}Z  online ${online}/${agents.length}  playing ${clusters.filter((c) => c.playing !== null).length}  files held ${held}/${due}${dead > 0 ? `  processes that ended ${dead}` : ''}`
}

/** Clusters that only this run knew, out of the registry again. */
async function revoke(api: Api, agents: readonly AgentProcess[]): Promise<void> {
  const ours = new Set(agents.map((agent) => agent.name))
  for (const { id, name } of await api.clusters()) if (ours.has(name)) await api.ask('DELETE', `/clusters/${id}`)
}

async function run(options: Options, stopped: Promise<void>, undo: Undo): Promise<void> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'tl-fleet-'))
  mkdirSync(folder, { recursive: true })
  if (options.folder === null) undo.push(() => rmSync(folder, { recursive: true, force: true }))
  if (!existsSync(AGENT_ENTRY)) {
    say('Building the agent…')
    buildAgent(dirname(AGENT_ENTRY))
  }
  const { api, url } = await openServer(options, folder, undo)
  const agents: AgentProcess[] = []
  if (options.folder === null && options.server) undo.push(() => revoke(api, agents))
  undo.push(() => Promise.all(agents.map((agent) => agent.stop())))
  // a second fleet on the same server must not meet the names of the first
  const tag = options.folder === null ? `${process.pid} · ` : ''
  const faults = clockFaults(options.agents, options.spreadS)
  let over = false
  void stopped.then(() => (over = true))
  for (const [n, fault] of faults.entries()) {
    if (over) return
    agents.push(await startOne(options, { api, url, fault, folder: join(folder, String(n + 1)), name: `Cụm thử ${tag}${n + 1}` }))
    await new Promise((done) => setTimeout(done, BETWEEN_STARTS_MS))
  }
  say(`${agents.length} agents run; their folders and logs: ${folder}`)
  while (!over) {
    say(await summary(api, agents))
    const pause = new Promise<void>((done) => setTimeout(done, SUMMARY_MS).unref())
    await Promise.race([pause, stopped])
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`)
    return options === USAGE ? 0 : 2
  }
  const stopped = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done())
  })
  const undo: Undo = []
  try {
    await run(options, stopped, undo)
    say('Stopping…')
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

process.exitCode = await main()
