import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { buildAgent, claimFor, startAgentProcess, type AgentProcess } from '../fleet/agent-process.ts'
import { createApi, type Api } from '../fleet/api.ts'
import { COMMUNE, communeTimetable, startOwnServer, type OwnServer } from '../fleet/own-server.ts'
import { makeCertificate } from './certificate.ts'

/** A real server and freshly built real agents, each in a process of its own, in one temporary folder. */
export interface StationUnderTest {
  readonly folder: string
  readonly server: OwnServer
  readonly api: Api
  /** Enrols and starts a cluster of the commune. */
  addAgent(name: string, env: Readonly<Record<string, string>>): Promise<AgentProcess>
  /** Makes a sound with ffmpeg (its lavfi words) and uploads it; returns the programme's id. */
  addSound(name: string, lavfi: string): Promise<string>
  /** Waits until every cluster is online and knows the time. */
  allReady(): Promise<void>
  stop(): Promise<void>
}

const READY_MS = 45_000
const LOOK_MS = 250

export async function openStation(options: { readonly tls: boolean; readonly signal: AbortSignal }): Promise<StationUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const agents: AgentProcess[] = []
  let server: OwnServer | null = null
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.stop()))
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const tls = options.tls ? makeCertificate(folder) : null
    const entry = buildAgent(join(folder, 'agent'))
    const opened = (server = await startOwnServer({ folder: join(folder, 'server'), timetable: communeTimetable(), ...(tls ? { tls } : {}) }))
    const api = createApi({ ...opened, ...(tls ? { ca: readFileSync(tls.certFile, 'utf8') } : {}) })
    return {
      folder, api, stop,
      server: opened,
      async addAgent(name, env) {
        const box = join(folder, `box-${agents.length + 1}`)
        const claim = await claimFor(api, opened.url, { name, area: COMMUNE })
        const agent = startAgentProcess({ entry, name, folder: box, env: { TL_LOG_LEVEL: 'info', ...claim, ...(tls ? { NODE_EXTRA_CA_CERTS: tls.certFile } : {}), ...env } })
        agents.push(agent)
        return agent
      },
      addSound: (name, lavfi) => upload(api, { name, lavfi, folder }),
      allReady: () => ready(api, agents, options.signal),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Makes a sound with ffmpeg (its lavfi words) and uploads it; returns the programme's id. */
export async function upload(api: Api, { name, lavfi, folder }: { name: string; lavfi: string; folder: string }): Promise<string> {
  const made = join(folder, 'made')
  mkdirSync(made, { recursive: true })
  const file = join(made, 'sound.wav')
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', lavfi, '-ar', '48000', '-ac', '1', file])
  // one person makes it and lets it on the air, as in a commune whose rule allows that
  await api.ask('PUT', '/areas/all/rules', { selfApproval: true })
  const form = new FormData()
  form.set('name', name)
  form.set('state', 'approved')
  form.set('file', new Blob([readFileSync(file)]), 'sound.wav')
  return (await api.ask<{ id: string }>('POST', '/programmes', form)).id
}

async function ready(api: Api, agents: readonly AgentProcess[], signal: AbortSignal): Promise<void> {
  for (const until = performance.now() + READY_MS; performance.now() < until; await pause(LOOK_MS, undefined, { signal })) {
    const clusters = await api.clusters()
    if (clusters.length === agents.length && clusters.every((c) => c.online && c.clock?.trusted === true)) return
    const dead = agents.find((agent) => !agent.alive())
    if (dead) throw new Error(`${dead.name} ended: ${readFileSync(join(dead.folder, 'agent.log'), 'utf8').slice(-500)}`)
  }
  throw new Error('Not every agent came online and learned the time.')
}

/** A session on one day for all clusters; `startMs` and `lengthMs` are whole seconds. */
export function sessionAt(id: string, { startMs, lengthMs, programme }: { readonly startMs: number; readonly lengthMs: number; readonly programme: string }): Session {
  const second = Math.round(msOfDay(wallMs(startMs)) / 1_000)
  return {
    id, name: id, targets: 'all', policy: 'ca-ngay', days: { once: civilDate(wallMs(startMs)) },
    at: clockText(second), until: clockText((second + Math.round(lengthMs / 1_000)) % 86_400),
    items: [{ file: programme }],
  }
}
