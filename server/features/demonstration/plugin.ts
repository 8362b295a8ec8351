import { civilDate, clockText, isoWithOffset, msOfDay } from '../../../shared/core/civil.ts'
import { every, wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { classify } from '../../../shared/core/signal-class.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { agentBundleIsThere, createChildAgents, type ChildAgent } from '../../adapters/child-agents.ts'
import { createTerminal } from '../../adapters/terminal.ts'
import { liveTable, type LiveRow } from '../../core/live-table.ts'
import type { DecisionListener } from '../../core/server-deps.ts'
import type { ClusterRecord, Stores } from '../../core/stores.ts'

/** The part of the running server that the demonstration uses. */
export interface DemonstratedServer {
  readonly app: { inject(request: { method: 'POST'; url: string; headers: Record<string, string>; payload: object }): Promise<{ statusCode: number; body: string }> }
  readonly stores: Stores
  readonly deps: { readonly clock: Clock; readonly listener: DecisionListener }
  readonly token: string
  readonly url: string
  readonly mqttUrl: string
  prepare(say: (step: string) => void): Promise<{ readonly failures: readonly { readonly what: string; readonly vi: string; readonly en: string }[] }>
}
export interface DemonstrationOptions {
  readonly server: DemonstratedServer
  readonly folder: string
  readonly log: Log
  /** One of the three plays on the machine's sound device. */
  readonly sound: boolean
  readonly say: (line: string) => void
  /** Where the table is drawn. */
  readonly out: NodeJS.WriteStream
  /** Called when everything runs. */
  readonly ready: () => void
  readonly giveUp: (why: string) => never
}

/** Three made-up clusters; their modems are simulated, and say so. */
const CLUSTERS = [
  { name: 'Cụm 1 · Nhà văn hóa', area: '99901-t1', modem: 'sim:good' },
  { name: 'Cụm 2 · Chợ', area: '99901-t2', modem: 'sim:fair' },
  { name: 'Cụm 3 · Trường học', area: '99901-t3', modem: 'sim:flapping' },
] as const
const SESSION = 'trinh-dien'
/** From the word Ready to the first sound: long enough for files to arrive, short enough to wait for. */
const FIRST_SESSION_AFTER_MS = 30_000
const DRAW_MS = 1_000
const RECENT_MS = 2 * 3_600_000

/** Prepares the bulletins, starts the three agents, and shows what they do. Returns what ends it. */
export async function runDemonstration(options: DemonstrationOptions): Promise<() => Promise<void>> {
  const { server, folder, say } = options
  const entry = 'dist/agent/main.mjs'
  if (!agentBundleIsThere(entry)) options.giveUp(`The agent is not built (${entry}). Run npm run build:agent, then npm start again.`)
  say('Chuẩn bị chương trình trình diễn (đọc bản tin bằng espeak-ng)… / Preparing the demonstration…')
  const { failures } = await server.prepare((step) => say(`  … ${step}`))
  for (const failure of failures) say(`  ${failure.what}: ${failure.vi} / ${failure.en}`)
  const agents = createChildAgents(entry, options.log)
  for (const [n, cluster] of CLUSTERS.entries()) {
    const agent = await agentOf(options, cluster, n)
    if (agent !== null) agents.start(agent)
  }
  options.ready()
  const first = beginSession(server)
  say(`Buổi trình diễn đầu tiên: ${clockText(Math.floor(msOfDay(first) / 1000))} (${isoWithOffset(first)}), rồi cứ ba phút một lần.`)
  say(`Âm thanh của từng cụm: ${folder}/agents/1/sound.wav (và 2, 3)${options.sound ? '; cụm 1 phát ra loa của máy này' : ''}`)
  say('')
  const terminal = createTerminal(options.out)
  const stopDrawing = every(server.deps.clock, DRAW_MS, () => terminal.draw(liveTable(rowsOf(server), server.deps.clock.wall())))
  return async () => {
    stopDrawing()
    await agents.stop()
  }
}

/** Enrols a cluster through the same door as a real one, unless it is enrolled already. */
async function agentOf(options: DemonstrationOptions, { name, area, modem }: (typeof CLUSTERS)[number], n: number): Promise<ChildAgent | null> {
  const { server } = options
  const folder = `${options.folder}/agents/${n + 1}`
  const sink = options.sound && n === 0 ? 'alsa:default' : `wav:${folder}/sound.wav`
  const env: Record<string, string> = { TL_SINK: sink, TL_MODEM: modem, TL_NAME: name, TL_MQTT_URL: server.mqttUrl }
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
function beginSession(server: DemonstratedServer): WallMs {
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

function rowsOf({ stores, deps }: DemonstratedServer): LiveRow[] {
  const now = deps.clock.wall()
  return stores.clusters.active().map((cluster) => rowOf(stores, cluster, now))
}

function rowOf(stores: Stores, cluster: ClusterRecord, now: WallMs): LiveRow {
  const presence = stores.presence.byCluster(cluster.id)
  const { beat } = stores.telemetry.latest(cluster.id)
  const planned = stores.planned.between(wallMs(now - RECENT_MS), wallMs(now + 60_000), cluster.id)
  const itemOf = (slot: string): string => planned.find((p) => p.slot === slot)?.item ?? slot
  const last = stores.evidence.between(wallMs(now - RECENT_MS), now, cluster.id).at(-1)
  const playing = presence?.online === true ? presence.playing : null
  return {
    cluster: cluster.name,
    online: presence?.online ?? false,
    playing: playing && { item: itemOf(playing.slot), since: wallMs(playing.since) },
    signal: beat?.r ? { rsrpDbm: beat.r[0], class: classify(beat.r).class, simulated: cluster.simulated } : null,
    bufferMs: playing && beat?.b !== undefined ? beat.b : null,
    held: presence?.held ?? 0,
    due: presence?.dueFiles ?? 0,
    last: last ? { item: itemOf(last.slot), seconds: last.ms / 1000, levelDb: last.level ?? null, startErrorMs: last.began === undefined ? null : last.began - last.due } : null,
  }
}
