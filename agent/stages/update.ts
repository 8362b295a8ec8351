import { Value } from 'typebox/value'
import { every, monoMs, type Cancel, type Clock, type MonoMs, type Random, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { mayFollow } from '../../shared/core/update-follow.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { MAX_UPDATE_LIFE_MS, type UpdateOrder, type UpdateReport, type UpdateState, type UpdateWhy } from '../../shared/protocol/messages/update.ts'
import { openOrder, parseJson } from '../../shared/protocol/orders.ts'
import { PROTOCOL_VERSION } from '../../shared/protocol/topics.ts'
import { openRelease, type Release } from '../../shared/protocol/update-release.ts'
import { fromUtf8, utf8 } from '../../shared/protocol/wire.ts'
import type { Disk } from '../core/ports.ts'
import { WELL_FOR_MS } from '../core/update-boot.ts'
import type { HeldRelease, ReleaseSlots } from '../core/update-ports.ts'
import { afterStart, isFinal, NO_UPDATE, ordered, reportOf, settled, UpdateRecord } from '../core/update-state.ts'
import { createBlocks } from './blocks.ts'
import { createUpdateFetch, type UpdateFetch } from './update-fetch.ts'

export interface UpdateDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  readonly version: string
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  readonly want: (payload: Uint8Array) => Promise<boolean>
  readonly refused: (why: Refusal) => void
  /** What is reported of it has changed. */
  readonly changed: () => void
  /** Absent: nobody would start another program here. */
  readonly host?: UpdateHost
  /** Nothing sounds or is about to, no other file is wanted, and the SIM has enough for it. */
  readonly mayFetch: () => boolean
  /** Whether the SIM's budget of the day has room for so many bytes; asked before each file. */
  readonly mayPay: (bytes: number) => boolean
  /** So many came, and count as downloads of the day. */
  readonly notePaid: (bytes: number) => void
  /** Nothing sounds, and nothing is due for so long. */
  readonly isSilentFor: (ms: number) => boolean
  /** Connected, the time is known, and the plan of this revision, or a later one, is in force. */
  readonly isWell: (plan: number) => boolean
  readonly planRev: () => number
}
/** What keeps several programs of the agent, and starts one of them. */
export interface UpdateHost {
  readonly slots: ReleaseSlots
  /** Version of Node. */
  readonly node: string
  /** Ends this process in good order; the launcher starts what is to run next. */
  readonly restart: () => void
}
export interface UpdateStage {
  load(): Promise<void>
  start(): void
  order(text: string): void
  /** False for what is no block at all. */
  block(payload: Uint8Array): boolean
  linkUp(): void
  /** Absent before the first order. */
  report(): UpdateReport | undefined
  stop(): Promise<void>
}

const FILE = 'state/update'
const LOOK_MS = 5_000
/** Nothing is put in force while sound is due so soon. */
export const QUIET_BEFORE_UPDATE_MS = 1_800_000
/** The last word before the restart has so long to leave. */
const LEAVE_MS = 2_000

/** Fetches the release that the station wants, puts it beside the program that runs, goes over to it when nothing sounds, and lets it prove itself. */
export function createUpdate(deps: UpdateDeps): UpdateStage {
  const { clock, disk, log, host } = deps
  const blocks = createBlocks({ clock, disk, log, want: deps.want, parts: 'release-part' })
  let record: UpdateRecord = NO_UPDATE
  let runs: HeldRelease | null = null
  let trialPlan: number | null = null
  let wellSince: MonoMs | null = null
  let goUntil: number | null = null
  let notBefore: MonoMs = monoMs(0)
  let fetch: UpdateFetch | null = null
  let told = 0
  /** What the SIM may fetch today is spent. */
  let short = false
  let looking: Cancel = () => undefined
  let leaving = false
  let last: Promise<void> = Promise.resolve()

  const at = (): number => Math.round(deps.now() ?? clock.wall())
  const keep = async (next: UpdateRecord): Promise<void> => {
    record = next
    await disk.writeAtomic(FILE, utf8(JSON.stringify(record)))
    deps.changed()
  }
  const settle = (st: UpdateState, why?: UpdateWhy): Promise<void> => {
    log.info({ st, why: why ?? null, rev: record.rev }, 'update')
    if (isFinal(st)) forget()
    return keep(settled(record, st, { at: at(), ...(why === undefined ? {} : { why }) }))
  }
  /** What was fetched and not put in place. */
  const forget = (): void => {
    blocks.drop()
    fetch = null
    short = false
  }
  const noteShort = (is: boolean): void => {
    if (short === is) return
    short = is
    deps.changed()
  }
  const sweep = async (): Promise<void> => {
    for (const folder of ['release/', 'release-part/']) for (const { name } of await disk.list(folder)) await disk.remove(name)
  }

  const judged = (manifest: Uint8Array, { node }: UpdateHost): Release | UpdateWhy => {
    const opened = openRelease(fromUtf8(manifest) ?? '', { ...deps, at: deps.now() })
    if (!opened.ok) return opened.code
    const follows = mayFollow(opened.value, { version: deps.version, floor: record.floor, protocol: PROTOCOL_VERSION, node })
    return follows.ok ? opened.value : follows.code
  }

  const getReady = async (own: UpdateHost): Promise<void> => {
    if (record.m === null || clock.mono() < notBefore) return
    if (!deps.mayFetch()) return blocks.drop()
    fetch ??= createUpdateFetch({ ...deps, blocks, slots: own.slots, look }, { m: record.m, bytes: record.b, judged: (manifest) => judged(manifest, own) })
    // without the time nobody knows which day's budget it is
    if (record.st === 'waiting' && !deps.mayPay(record.b)) return noteShort(deps.now() !== null)
    if (record.st === 'waiting') await settle('downloading')
    const came = await fetch.step()
    noteShort(came === 'more' && fetch.isShort() && deps.now() !== null)
    if (came === 'ready') return settle('ready')
    if (came !== 'more') return settle('failed', came)
    const permille = fetch.permille()
    if (permille - told < 100) return
    told = permille
    deps.changed()
  }

  const goOver = async ({ slots, restart }: UpdateHost): Promise<void> => {
    const [now, release] = [deps.now(), fetch?.release() ?? null]
    // after a restart what lies there is looked at again
    if (release === null) return settle('downloading')
    if (now === null || goUntil === null || now >= goUntil || !deps.isSilentFor(QUIET_BEFORE_UPDATE_MS) || record.m === null) return
    leaving = true
    await slots.flip({ m: record.m, n: release.n, plan: deps.planRev() })
    log.info({ version: release.version, n: release.n }, 'going over to another release')
    record = settled(record, 'trial', { at: at() })
    deps.changed()
    clock.after(LEAVE_MS, restart)
  }

  /** A release on trial has the word of its launcher that it will be left unless it says in time that all is well. */
  const prove = async ({ slots }: UpdateHost, plan: number): Promise<void> => {
    wellSince = deps.isWell(plan) ? (wellSince ?? clock.mono()) : null
    if (wellSince === null || clock.mono() - wellSince < WELL_FOR_MS) return
    await slots.confirm()
    trialPlan = null
    log.info({ n: runs?.n ?? 0 }, 'this release has proved itself')
    record = { ...record, floor: Math.max(record.floor, runs?.n ?? 0) }
    if (record.m === runs?.m) await settle('done')
    else await keep(record)
    await sweep()
  }

  const step = async (): Promise<void> => {
    if (leaving) return
    if (host && trialPlan !== null) return prove(host, trialPlan)
    if (record.m === null || isFinal(record.st)) return looking()
    if (!host) return settle('failed', 'not-here')
    return record.st === 'ready' ? goOver(host) : getReady(host)
  }
  const failed = (error: unknown): Promise<void> | undefined => {
    log.error({ error: String(error) }, 'update')
    const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    return isFinal(record.st) || leaving ? undefined : settle('failed', isFull ? 'no-space' : 'disk')
  }
  const queued = (work: () => Promise<void>): void => {
    last = last.then(work).catch(failed).catch((error: unknown) => log.error({ error: String(error) }, 'update not noted'))
  }
  function look(): void {
    queued(step)
  }
  const watch = (): void => {
    looking()
    looking = every(clock, LOOK_MS, look)
    look()
  }

  const take = async ({ rev, m, b, spread, go }: UpdateOrder): Promise<void> => {
    if (rev < record.rev) return deps.refused('rolled-back')
    goUntil = go ?? null
    if (rev === record.rev) return look()
    forget()
    if (record.m !== m) await sweep()
    told = 0
    notBefore = monoMs(clock.mono() + deps.random() * spread)
    await keep(ordered(record, { rev, m, b }, { at: at(), runs: trialPlan === null ? (runs?.m ?? null) : null }))
    watch()
  }

  return {
    load: async () => {
      const stored = parseJson(await disk.read(FILE))
      if (Value.Check(UpdateRecord, stored)) record = stored
      if (!host) return
      const boot = await host.slots.boot()
      runs = await host.slots.release()
      if (boot.trial && boot.slot === host.slots.running) trialPlan = boot.trial.plan
      const found = afterStart(record, boot, { at: at(), running: host.slots.running, runs: runs?.m ?? null })
      if (found !== record) await keep(found)
    },
    start: () => {
      if (trialPlan !== null || (record.m !== null && !isFinal(record.st))) watch()
    },
    order: (text) => {
      const now = deps.now()
      // an order of long ago could come again: without the time it cannot be told
      if (now === null) return deps.refused('clock-untrusted')
      const opened = openOrder(text, 'update', { ...deps, at: now })
      if (!opened.ok) return deps.refused(opened.code)
      if (opened.value.exp > now + MAX_UPDATE_LIFE_MS) return deps.refused('expired')
      queued(() => take(opened.value))
    },
    block: blocks.block,
    linkUp: () => {
      blocks.linkUp()
      if (record.m !== null && !isFinal(record.st)) look()
    },
    report: () => (record.rev === 0 ? undefined : reportOf(record, { n: runs?.n ?? 0, permille: fetch?.permille() ?? null, short })),
    stop: async () => {
      looking()
      await last
      await blocks.stop()
    },
  }
}
