import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../shared/core/log.ts'

export interface ChildAgent {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}
export interface ChildAgents {
  start(agent: ChildAgent): void
  stop(): Promise<void>
}

const RESTART_MS = 3_000
const END_MS = 8_000
/** Small heaps, and what is freed given back, as the systemd unit of a real box sets them. */
const NODE_FLAGS = ['--v8-pool-size=1', '--heap-growing-percent=20', '--max-semi-space-size=1', '--max-old-space-size=32']
const MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072' }

export interface ChildAgentsOrder {
  /** The agent's bundle. */
  readonly entry: string
  readonly log: Log
  /**
   * In sessions of their own, so that a Ctrl-C is for the server, which then ends its agents in order. Not where they must give way
   * to everybody: Linux shares the processor between sessions first, and asks who is nice only within one.
   */
  readonly apart: boolean
}

/** Agents as processes of their own, which end with this one: their standard input is a pipe that it holds. */
export function createChildAgents({ entry, log, apart }: ChildAgentsOrder): ChildAgents {
  const children = new Set<ChildProcess>()
  let stopping = false

  const start = (agent: ChildAgent): void => {
    if (stopping) return
    mkdirSync(agent.folder, { recursive: true })
    const logFile = openSync(join(agent.folder, 'agent.log'), 'a')
    const child = spawn(process.execPath, [...NODE_FLAGS, entry], {
      stdio: ['pipe', 'ignore', logFile],
      detached: apart,
      env: { PATH: process.env.PATH, TL_END_WITH_PARENT: '1', TL_DATA: agent.folder, ...MEMORY, ...agent.env },
    })
    closeSync(logFile)
    children.add(child)
    child.on('exit', (code) => {
      children.delete(child)
      if (stopping) return
      log.warn({ folder: agent.folder, code }, 'a demonstration agent ended, it is started again')
      setTimeout(() => start(agent), RESTART_MS)
    })
    child.on('error', (error) => log.error({ error: String(error) }, 'a demonstration agent cannot be started'))
  }

  return {
    start,
    stop: async () => {
      stopping = true
      await Promise.all([...children].map((child) => ended(child)))
    },
  }
}

export const agentBundleIsThere = (entry: string): boolean => existsSync(entry)

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  await new Promise<void>((done) => {
    const force = setTimeout(() => child.kill('SIGKILL'), END_MS)
    child.once('exit', () => {
      clearTimeout(force)
      done()
    })
    child.kill('SIGTERM')
  })
}
