import { once } from 'node:events'
import { join } from 'node:path'
import type { Agent } from '../../../agent/start-agent.ts'
import { createDisk } from '../../../agent/adapters/disk.ts'
import { becomeCluster } from '../../../agent/adapters/become-cluster.ts'
import { nodeCrypto } from '../../../agent/adapters/crypto.ts'
import { realClock } from '../../../agent/adapters/clock.ts'
import { readAgentSettings } from '../../../agent/core/agent-settings.ts'
import type { ClockFault } from '../../../agent/core/clock-fault.ts'
import type { Identity } from '../../../agent/core/claim.ts'
import { silentLog } from '../../../shared/core/log.ts'
import type { Api } from '../../fleet/api.ts'
import type { LinkEnd } from './emulator.ts'
import { forkIn } from './namespaces.ts'

/** One box of a bench. */
export interface BoxTask {
  readonly cluster: string
  readonly password: string
  readonly root: string
  readonly end: LinkEnd
  readonly fault: ClockFault
  readonly folder: string
  readonly sink: string
}
export interface BoxesTask {
  readonly boxes: readonly BoxTask[]
  /** Wall ms of the bench minus the machine's monotonic clock: the recordings' common time base. */
  readonly wallMinusHrMs: number
  /** TLS, with the authority in this file; null = plain. */
  readonly caFile: string | null
}
export interface BoxFacts {
  readonly clock: ReturnType<Agent['clock']>
  readonly playing: string | null
  readonly streams: ReturnType<Agent['streams']>
}
export interface HostAnswer {
  readonly facts: readonly BoxFacts[]
  /** Sentences of the agents' logs and how often they came. */
  readonly logged: readonly (readonly [string, number])[]
}

/** The boxes of a bench, spread over some processes. */
export interface Boxes {
  readonly facts: () => Promise<readonly BoxFacts[]>
  /** What the agents logged, summed. */
  readonly logged: () => Promise<ReadonlyMap<string, number>>
  /** All agents have ended and their recordings are whole. */
  stop(): Promise<void>
}

const START_MS = 120_000
const END_MS = 15_000

/** Wall ms minus the monotonic clock that all processes of the machine share. */
export const wallMinusHr = (): number => performance.timeOrigin + performance.now() - Number(process.hrtime.bigint() / 1_000n) / 1_000

/** The identity of a new cluster, by a claim, through the agent's own code. */
export async function enrolled(api: Api, url: string, options: { readonly name: string; readonly area: string; readonly folder: string; readonly caFile: string | null }): Promise<Identity> {
  const { name, area, folder, caFile } = options
  const { claim } = await api.ask<{ claim: string }>('POST', '/clusters/claims', { name, area })
  const settings = readAgentSettings({ TL_SERVER: url, TL_CLAIM: claim, TL_DATA: folder, ...(caFile === null ? {} : { TL_CA: caFile }) })
  if (!settings.ok) throw new Error(settings.why)
  const disk = await createDisk(join(folder, 'disk'))
  const identity = await becomeCluster({ settings: settings.value, disk, clock: realClock(), random: Math.random, crypto: nodeCrypto(), log: silentLog, version: 'bench', signal: new AbortController().signal })
  if (!identity.ok) throw new Error(identity.why)
  return identity.value
}

interface Host {
  /** What its boxes are doing. */
  ask(): Promise<HostAnswer>
  end(): Promise<void>
}

/** Starts the boxes, `perProcess` in each; resolves when all have started, whether or not their links are up. */
export async function startBoxes(task: BoxesTask, { namespace, perProcess, signal }: { readonly namespace: string | null; readonly perProcess: number; readonly signal: AbortSignal }): Promise<Boxes> {
  const hosts: Host[] = []
  const endAll = async (): Promise<void> => void (await Promise.all(hosts.map((host) => host.end())))
  try {
    const started: Promise<unknown>[] = []
    for (let at = 0; at < task.boxes.length; at += perProcess) {
      const { host, ready } = openHost({ ...task, boxes: task.boxes.slice(at, at + perProcess) }, namespace, signal)
      hosts.push(host)
      started.push(ready)
    }
    await Promise.all(started)
  } catch (error) {
    await endAll()
    throw error
  }
  const askAll = (): Promise<HostAnswer[]> => Promise.all(hosts.map((host) => host.ask()))
  return {
    facts: async () => (await askAll()).flatMap(({ facts }) => facts),
    logged: async () => {
      const all = new Map<string, number>()
      for (const { logged } of await askAll()) for (const [text, times] of logged) all.set(text, (all.get(text) ?? 0) + times)
      return all
    },
    stop: endAll,
  }
}

function openHost(task: BoxesTask, namespace: string | null, signal: AbortSignal): { readonly host: Host; readonly ready: Promise<HostAnswer> } {
  const child = forkIn(namespace, new URL('./boxes-host.ts', import.meta.url), task)
  const exited = once(child, 'exit')
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null
  const answer = (): Promise<HostAnswer> =>
    new Promise((done, fail) => {
      const settle = (tell: () => void): void => {
        clearTimeout(late)
        child.off('message', came)
        child.off('exit', ended)
        signal.removeEventListener('abort', aborted)
        tell()
      }
      const came = (message: HostAnswer): void => settle(() => done(message))
      const ended = (code: number | null): void => settle(() => fail(new Error(`a process with boxes ended with ${code}`)))
      const aborted = (): void => settle(() => fail(signal.reason as Error))
      const late = setTimeout(() => settle(() => fail(new Error('a process with boxes does not answer'))), START_MS)
      if (signal.aborted) return aborted()
      child.once('message', came)
      child.once('exit', ended)
      signal.addEventListener('abort', aborted)
    })
  let last: Promise<unknown> = Promise.resolve()
  const ask = (): Promise<HostAnswer> => {
    // one question after the other; whoever asked before hears of his own failure
    const next = last.then(() => undefined, () => undefined).then(() => {
      child.send('facts')
      return answer()
    })
    last = next
    return next
  }
  const end = async (): Promise<void> => {
    if (gone()) return
    const force = setTimeout(() => child.kill('SIGKILL'), END_MS)
    if (child.connected) child.disconnect()
    await exited
    clearTimeout(force)
  }
  return { host: { ask, end }, ready: answer() }
}
