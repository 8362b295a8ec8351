import { civilDate, clockText, msOfDay } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { createChildAgents, type ChildAgent } from '../../adapters/child-agents.ts'
import type { DecisionListener } from '../../core/server-deps.ts'
import type { Stores } from '../../core/stores.ts'

/** The part of the running server that the made-up commune uses. */
export interface CommuneServer {
  readonly app: { inject(request: { method: 'POST' | 'PUT'; url: string; headers: Record<string, string>; payload: object }): Promise<{ statusCode: number; body: string }> }
  readonly stores: Stores
  readonly deps: { readonly clock: Clock; readonly listener: DecisionListener }
  readonly token: string
  readonly url: string
  readonly mqttUrl: string
  prepare(say: (step: string) => void): Promise<{ readonly failures: readonly { readonly what: string; readonly vi: string; readonly en: string }[] }>
}
export interface CommuneOptions {
  readonly server: CommuneServer
  readonly folder: string
  readonly log: Log
  readonly say: (line: string) => void
  /** Where a box plays, by its number from 0 and its folder; as TL_SINK. */
  readonly sinkOf: (n: number, folder: string) => string
  /** As ChildAgentsOrder. */
  readonly apart: boolean
}

export const AGENT_ENTRY = 'dist/agent/main.mjs'
/** The commune's timetable. */
export const COMMUNE_TIMETABLE = 'schedules/trinh-dien.yaml'
/** The commune itself. */
export const COMMUNE = '99901'
/** Three made-up clusters; their modems are simulated, and say so. */
const CLUSTERS = [
  { name: 'Cụm 1 · Nhà văn hoá', area: '99901-t1', modem: 'sim:good' },
  { name: 'Cụm 2 · Chợ', area: '99901-t2', modem: 'sim:fair' },
  { name: 'Cụm 3 · Trường học', area: '99901-t3', modem: 'sim:flapping' },
] as const
export const COMMUNE_CLUSTERS = CLUSTERS.length
const SESSION = 'trinh-dien'
/** From the word Ready to the first sound: long enough for files to arrive, short enough to wait for. */
const FIRST_SESSION_AFTER_MS = 30_000

/** Starts the three boxes; its bulletins are spoken before. Answers what ends them. */
export async function startCommune(options: CommuneOptions): Promise<{ stop(): Promise<void> }> {
  const { log, apart } = options
  const agents = createChildAgents({ entry: AGENT_ENTRY, log, apart })
  for (const [n, cluster] of CLUSTERS.entries()) {
    const agent = await agentOf(options, cluster, n)
    if (agent !== null) agents.start(agent)
  }
  return agents
}

/** Enrols a cluster through the same door as a real one, unless it is enrolled already. */
async function agentOf(options: CommuneOptions, { name, area, modem }: (typeof CLUSTERS)[number], n: number): Promise<ChildAgent | null> {
  const { server } = options
  const folder = `${options.folder}/agents/${n + 1}`
  const env: Record<string, string> = { TL_SINK: options.sinkOf(n, folder), TL_MODEM: modem, TL_NAME: name, TL_MQTT_URL: server.mqttUrl }
  const known = server.stores.clusters.byName(name)
  if (known && known.revokedAt === null) return { folder, env }
  const answer = await server.app.inject({
    method: 'POST', url: '/api/v1/clusters/claims', headers: { authorization: `Bearer ${server.token}` }, payload: { name, area },
  })
  if (answer.statusCode >= 300) {
    options.say(`${name}: ${answer.body}`)
    return null
  }
  const { claim } = JSON.parse(answer.body) as { claim: string }
  return { folder, env: { ...env, TL_SERVER: server.url, TL_CLAIM: claim } }
}

/** Moves the demonstration's session so that it begins soon, at any hour, and comes round from there. */
export function beginSession(server: CommuneServer): WallMs {
  const { clock, listener } = server.deps
  const first = wallMs(Math.ceil((clock.wall() + FIRST_SESSION_AFTER_MS) / 1000) * 1000)
  const second = Math.floor(msOfDay(first) / 1000)
  const [at, until] = [clockText(second), clockText((second + 86_399) % 86_400)]
  const session = server.stores.sessions.byId(SESSION)
  if (session) {
    // from this instant of the day to a second before it on the next: all around the clock
    const moved: Session = { ...session, at, until, days: { from: civilDate(first) } }
    server.stores.sessions.put(moved, clock.wall())
    listener.timetableChanged()
  }
  return first
}
