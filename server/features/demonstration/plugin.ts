import { clockText, isoWithOffset, msOfDay } from '../../../shared/core/civil.ts'
import { every, wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { classify } from '../../../shared/core/signal-class.ts'
import { agentBundleIsThere } from '../../adapters/child-agents.ts'
import { createTerminal } from '../../adapters/terminal.ts'
import { liveTable, type LiveRow } from '../../core/live-table.ts'
import type { ClusterRecord, Stores } from '../../core/stores.ts'
import { AGENT_ENTRY, beginSession, startCommune, type CommuneServer } from './commune.ts'

export { beginSession, COMMUNE, COMMUNE_CLUSTERS, COMMUNE_TIMETABLE, startCommune, type CommuneServer } from './commune.ts'

export interface DemonstrationOptions {
  readonly server: CommuneServer
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

const DRAW_MS = 1_000
const RECENT_MS = 2 * 3_600_000

/** Prepares the bulletins, starts the three agents, and shows what they do. Returns what ends it. */
export async function runDemonstration(options: DemonstrationOptions): Promise<() => Promise<void>> {
  const { server, folder, log, say } = options
  if (!agentBundleIsThere(AGENT_ENTRY)) options.giveUp(`The agent is not built (${AGENT_ENTRY}). Run npm run build:agent, then npm start again.`)
  say('Chuẩn bị chương trình trình diễn (đọc bản tin bằng espeak-ng)… / Preparing the demonstration…')
  const { failures } = await server.prepare((step) => say(`  … ${step}`))
  for (const failure of failures) say(`  ${failure.what}: ${failure.vi} / ${failure.en}`)
  const sinkOf = (n: number, own: string): string => (options.sound && n === 0 ? 'alsa:default' : `wav:${own}/sound.wav`)
  const commune = await startCommune({ server, folder, log, say, sinkOf, apart: true })
  options.ready()
  const first = beginSession(server)
  say(`Buổi trình diễn đầu tiên: ${clockText(Math.floor(msOfDay(first) / 1000))} (${isoWithOffset(first)}), rồi cứ ba phút một lần.`)
  say(`Âm thanh của từng cụm: ${folder}/agents/1/sound.wav (và 2, 3)${options.sound ? '; cụm 1 phát ra loa của máy này' : ''}`)
  say('')
  const terminal = createTerminal(options.out)
  const stopDrawing = every(server.deps.clock, DRAW_MS, () => terminal.draw(liveTable(rowsOf(server), server.deps.clock.wall())))
  return async () => {
    stopDrawing()
    await commune.stop()
  }
}

function rowsOf({ stores, deps }: CommuneServer): LiveRow[] {
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
