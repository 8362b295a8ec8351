import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildAgent, claimFor, startAgentProcess, type AgentProcess } from '../fleet/agent-process.ts'
import { createApi, type Api } from '../fleet/api.ts'
import { COMMUNE, communeTimetable } from '../fleet/own-server.ts'
import { openBuiltStation, type BuiltStation } from './built-station.ts'

/** A built station with agents of its own, at which something happens a few times a second until it is stopped. */
export interface BusyStation extends BuiltStation {
  readonly api: Api
  /** The one that stays. */
  readonly cluster: string
  /** Begins to make things happen. */
  begin(): Happenings
}
export interface Happenings {
  /** @throws once one of them has failed. */
  stillGoing(): void
  end(): Promise<void>
}

/** Something sounds for half of the time: presence, levels and what is on air change by themselves. */
const CHIMES = `  - id: nhac-hieu
    name: Nhạc hiệu thử nghiệm
    at: 00:00
    until: 24:00
    days: daily
    repeat: { every: 3m, length: 1m }
    policy: ca-ngay
    targets: all
    items:
      - { chime: nhac-hieu, name: Nhạc hiệu }`
/** Machine code is made of what runs often, for half an hour and more, and counts as heap: what pages hold would drown in it. */
const NO_MACHINE_CODE = '--js-flags=--jitless'
const EVENT_MS = 400
const SPAN_EVERY = 200
const DRILL_EVERY = 170
const RESTART_EVERY = 300
const INCIDENT_EVERY = 75
const READY_MS = 60_000

export async function openBusyStation(timetableFolder: string): Promise<BusyStation> {
  mkdirSync(timetableFolder, { recursive: true })
  const timetable = join(timetableFolder, 'lich.yaml')
  writeFileSync(timetable, communeTimetable(CHIMES))
  const built = await openBuiltStation({ env: { TL_TIMETABLE: timetable }, flags: [NO_MACHINE_CODE] })
  const agents: AgentProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.stop()))
    await built.stop()
  }
  try {
    const api = createApi(built)
    const entry = buildAgent(join(built.folder, 'agent'))
    const start = (n: number, claim: Readonly<Record<string, string>>): AgentProcess =>
      startAgentProcess({ entry, name: `Cụm ${n}`, folder: join(built.folder, `box-${n}`), env: { TL_LOG_LEVEL: 'warn', TL_SINK: 'null', TL_MODEM: 'sim:fair', ...claim } })
    for (const n of [1, 2]) agents.push(start(n, await claimFor(api, built.url, { name: `Cụm ${n} · Thôn Đông`, area: COMMUNE })))
    const clusters = await online(api, agents.length)
    for (const [n, id] of clusters.entries()) await api.ask('PATCH', `/clusters/${id}`, { lat: 11.7 + n / 100, lon: 108.4 + n / 100 })
    const restart = async (): Promise<void> => {
      await agents[1]?.stop()
      await pause(5_000)
      agents[1] = start(2, {})
    }
    return { ...built, stop, api, cluster: clusters[0] ?? '', begin: () => happenings({ api, cluster: clusters[0] ?? '', restart }) }
  } catch (error) {
    await stop()
    throw error
  }
}

async function online(api: Api, count: number): Promise<readonly string[]> {
  for (const until = performance.now() + READY_MS; performance.now() < until; await pause(250)) {
    const there = (await api.clusters()).filter((cluster) => cluster.online)
    if (there.length === count) return there.map(({ id }) => id)
  }
  throw new Error('Not every agent came online.')
}

/** A comment now, a pause then, a drill, a box that leaves and comes back: each reaches screens as an event. What is made is ended again, so that lists stay as long as they are. */
function happenings({ api, cluster, restart }: { readonly api: Api; readonly cluster: string; readonly restart: () => Promise<void> }): Happenings {
  let over = false
  const run = async (): Promise<void> => {
    const report = async (): Promise<string> => (await api.ask<{ id: string }>('POST', '/incidents', { cluster, words: 'Loa rè, bà con nghe không rõ từ sáng nay' })).id
    let incident = await report()
    for (let n = 1; !over; n++, await pause(EVENT_MS)) {
      if (n % RESTART_EVERY === 0) await restart()
      else if (n % DRILL_EVERY === 0) await drill(api)
      else if (n % INCIDENT_EVERY === 0) {
        // a history of thousands of lines is no part of an ordinary hour
        await api.ask('POST', `/incidents/${incident}/state`, { state: 'verified' })
        incident = await report()
      }
      else if (n % SPAN_EVERY === 0) {
        const span = await api.ask<{ id: string }>('POST', '/openings', { clusters: [cluster], to: new Date(Date.now() + 3_600_000).toISOString(), reason: 'thử nghiệm' })
        await api.ask('POST', `/openings/${span.id}/end`)
      } else await api.ask('POST', `/incidents/${incident}/comments`, { text: `Đã gọi lần ${n}` })
    }
  }
  let problem: unknown = null
  const running = run().catch((error: unknown) => void (problem = error))
  return {
    stillGoing() {
      if (problem !== null) throw new Error('what happens at the station has ended', { cause: problem })
    },
    async end() {
      over = true
      await running
    },
  }
}

async function drill(api: Api): Promise<void> {
  const { id } = await api.ask<{ id: string }>('POST', '/emergencies', { title: 'Diễn tập', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 1 })
  await pause(8_000)
  await api.ask('POST', `/emergencies/${id}/cancel`, { reason: 'xong', correction: null })
}
