import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import { unitFlags } from '../../scripts/fleet/agent-process.ts'
import { makeRelease, releaseKey, type MadeRelease } from '../../scripts/release-make.ts'
import type { RolloutView } from '../../server/features/updates/views.ts'
import { startLiveServer, type LiveServer } from './live-server.ts'
import { form } from './server-world.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** The agent as a box gets it, built into a folder. */
export function buildInstalled(folder: string): void {
  const made = spawnSync(process.execPath, [join(ROOT, 'scripts/build-agent.mjs'), '--out', folder, '--no-archive'], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
}

/** A box as systemd keeps it: whatever ends the launcher, it is started again. */
export interface LaunchedBox {
  /** Starts so far. */
  starts(): number
  err(): string
  /** As a power cut would end it; it comes back. */
  kill(): void
  stop(): Promise<void>
}

const RESTART_MS = 200

export function startLaunched(installed: string, env: Readonly<Record<string, string>>): LaunchedBox {
  let [starts, err, stopped] = [0, '', false]
  let child: ChildProcess
  let ended: Promise<void> = Promise.resolve()
  const start = (): void => {
    starts++
    child = spawn(process.execPath, [...unitFlags(), join(installed, 'launcher.mjs')], { cwd: installed, stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'], ...env } })
    child.stderr?.on('data', (text: Buffer) => void (err += text.toString()))
    ended = new Promise((done) => {
      child.once('exit', () => {
        if (!stopped) setTimeout(() => (stopped ? undefined : start()), RESTART_MS)
        done()
      })
    })
  }
  start()
  return {
    starts: () => starts,
    err: () => err,
    kill: () => void child.kill('SIGKILL'),
    stop: async () => {
      stopped = true
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), 8_000)
      await ended
      clearTimeout(force)
    },
  }
}

export interface ReleaseTexts {
  readonly version: string
  /** Takes the place of the first file. */
  readonly main?: string
  readonly back?: boolean
}
/** A release of what lies in `installed`, signed for this station. */
export function releaseFor(live: LiveServer, installed: string, { version, main, back = false }: ReleaseTexts): MadeRelease {
  const keys = releaseKey({ folder: join(live.folder, 'release-keys'), root: join(live.folder, 'data/keys/root.key') }, Date.now())
  if (!keys.ok) throw new Error(keys.why)
  const folder = join(live.folder, `agent-${version}`)
  mkdirSync(folder, { recursive: true })
  cpSync(installed, folder, { recursive: true })
  if (main !== undefined) writeFileSync(join(folder, 'main.mjs'), main)
  return makeRelease({ agent: folder, key: keys.value, now: Date.now(), version, back })
}

/** Hands a pack to the station; answers as HTTP does. */
export async function handIn(live: LiveServer, pack: Uint8Array): Promise<{ readonly status: number; readonly body: { readonly id?: string; readonly error?: { readonly code: string } } }> {
  const { payload, headers } = form([{ name: 'file', file: 'agent.release', value: pack }])
  const answer = await fetch(`${live.server.url}/api/v1/updates`, { method: 'POST', headers: { authorization: `Bearer ${live.server.token}`, ...headers }, body: payload })
  return { status: answer.status, body: (await answer.json()) as { id?: string; error?: { code: string } } }
}

export const bootOfBox = (data: string): { slot: string; trial: unknown; fell: { why: string } | null } => JSON.parse(readFileSync(join(data, 'releases/boot.json'), 'utf8')) as { slot: string; trial: unknown; fell: { why: string } | null }

export interface UpdateWorld {
  readonly live: LiveServer
  readonly box: LaunchedBox
  readonly cluster: string
  /** Folder of the program as it was installed, and of the box. */
  readonly installed: string
  readonly data: string
  /** Why rollouts halted by themselves. */
  readonly halts: string[]
  version(): string | null
  /** Hands a release in and rolls it out on the box; answers the rollout. */
  roll(texts: ReleaseTexts): Promise<string>
  rollAgain(release: string): Promise<string>
  board(rollout: string): Promise<RolloutView>
  /** The box is in this state within the time; tells what it is in otherwise. */
  comes(rollout: string, state: string, ms: number): Promise<true | string>
}

/** Asks every half second. */
export async function eventually(holds: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) if (await holds()) return true
  return false
}

/** A whole server, and one installed box under a launcher. */
export async function updateWorld(t: Test): Promise<UpdateWorld> {
  const live = await startLiveServer()
  const work = mkdtempSync(join(tmpdir(), 'tl-update-'))
  const [installed, data] = [join(work, 'installed'), join(work, 'data')]
  buildInstalled(installed)
  const { claim } = (await live.ask('POST /clusters/claims', { name: 'Cụm Đông' })).body as { claim: string }
  const box = startLaunched(installed, { TL_SERVER: live.server.url, TL_CLAIM: claim, TL_DATA: data, TL_SINK: `wav:${join(work, 'sound.wav')}`, TL_LOG_LEVEL: 'info', TL_TRIAL_S: '45' })
  t.teardown(async () => {
    await box.stop()
    await live.stop()
    rmSync(work, { recursive: true, force: true })
  })
  const { stores, deps } = live.server
  if (!(await eventually(() => stores.presence.all().some(({ online, planRev }) => online && planRev > 0), 60_000))) throw new Error(box.err())
  const cluster = stores.clusters.active()[0]?.id ?? ''
  const halts: string[] = []
  deps.events.onEvent(({ kind, detail }) => void (kind === 'update.halted' && halts.push((detail as { why: string }).why)))
  const board = async (rollout: string): Promise<RolloutView> => (await live.ask(`GET /rollouts/${rollout}`)).body as RolloutView
  const rollAgain = async (release: string): Promise<string> => {
    const rolled = await live.ask(`POST /updates/${release}/rollouts`, { targets: { clusters: [cluster] }, healthyMinutes: 1, throughSession: false, spreadMinutes: 0 })
    if (rolled.status !== 201) throw new Error(JSON.stringify(rolled.body))
    return (rolled.body as RolloutView).id
  }
  return {
    live, box, cluster, installed, data, halts, board, rollAgain,
    version: () => stores.presence.byCluster(cluster)?.agent ?? null,
    roll: async (texts) => {
      const { status, body } = await handIn(live, releaseFor(live, installed, texts).pack)
      if (status !== 201 || body.id === undefined) throw new Error(JSON.stringify(body))
      return rollAgain(body.id)
    },
    comes: async (rollout, state, ms) => {
      const now = async (): Promise<string | undefined> => (await board(rollout)).clusters?.[0]?.state
      if (await eventually(async () => (await now()) === state, ms)) return true
      return `${await now()} ${box.err()}`
    },
  }
}
