import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from './api.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Where `npm run build:agent` puts the agent. */
export const AGENT_ENTRY = join(ROOT, 'dist', 'agent', 'main.mjs')
const END_MS = 8_000

/** One real agent: the built bundle in a process of its own. It ends with this program, however that ends. */
export interface AgentProcess {
  readonly name: string
  readonly folder: string
  readonly pid: number
  alive(): boolean
  stop(): Promise<void>
}
export interface AgentOptions {
  /** The bundle, `main.mjs`. */
  readonly entry: string
  readonly name: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

const unitText = (): string => readFileSync(join(ROOT, 'scripts', 'systemd', 'tieng-lang-agent.service'), 'utf8')

/** Node's flags on a real box, as its systemd unit sets them. */
export function unitFlags(): readonly string[] {
  const flags = /^ExecStart=\S+ (.*?) ?\S+launcher\.mjs$/m.exec(unitText())?.[1]
  if (flags === undefined) throw new Error('The unit tieng-lang-agent.service no longer starts launcher.mjs: correct unitFlags.')
  return flags.split(' ').filter((flag) => flag !== '')
}

/** How a real box's C library handles memory, as its systemd unit sets it: environment of the process. */
export const unitMemory = (): Readonly<Record<string, string>> => Object.fromEntries([...unitText().matchAll(/^Environment=(MALLOC_\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]))

/** Builds the agent as it stands into a folder; returns its first file. */
export function buildAgent(out: string): string {
  const made = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-agent.mjs'), '--out', out, '--no-archive'], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`The agent cannot be built: ${made.stderr}`)
  return join(out, 'main.mjs')
}

/** A box that was enrolled before needs no claim. */
export const isEnrolled = (folder: string): boolean => existsSync(join(folder, 'state', 'identity'))

/** What a box is given to enrol with. */
export async function claimFor(api: Api, url: string, cluster: { readonly name: string; readonly area?: string }): Promise<Record<string, string>> {
  const { claim } = await api.ask<{ claim: string }>('POST', '/clusters/claims', cluster)
  return { TL_SERVER: url, TL_CLAIM: claim, TL_NAME: cluster.name }
}

export function startAgentProcess({ entry, name, folder, env }: AgentOptions): AgentProcess {
  mkdirSync(folder, { recursive: true })
  const log = openSync(join(folder, 'agent.log'), 'a')
  const child = spawn(process.execPath, [...unitFlags(), entry], {
    stdio: ['pipe', 'ignore', log],
    // a Ctrl-C is for us, who then end the agents in order
    detached: true,
    env: { PATH: process.env['PATH'], TL_END_WITH_PARENT: '1', TL_DATA: folder, ...unitMemory(), ...env },
  })
  closeSync(log)
  const ended = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
  const alive = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    name,
    folder,
    pid: child.pid ?? 0,
    alive,
    async stop() {
      if (!alive()) return
      const force = setTimeout(() => child.kill('SIGKILL'), END_MS)
      child.kill('SIGTERM')
      await ended
      clearTimeout(force)
    },
  }
}

/** Clock errors spread evenly over ± `spreadS`, and crystals that run up to 100 ppm fast or slow in turn. */
export function clockFaults(count: number, spreadS: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => {
    const share = count === 1 ? 1 : (2 * n) / (count - 1) - 1
    const ppm = [100, -100, 60, -60, 20, -20][n % 6] ?? 0
    return `offset=${Math.round(share * spreadS * 1_000)},ppm=${ppm}`
  })
}
