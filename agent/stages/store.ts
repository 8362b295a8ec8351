import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type Cancel, type Clock, type Random, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { slotsOf, type HeldPlan, type PlanBody } from '../../shared/protocol/messages/plan.ts'
import type { NowOrder } from '../../shared/protocol/messages/orders.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import { dueTimes, hasRoom, nextFile, startJitterMs, type WantedFile } from '../core/cache-policy.ts'
import type { Disk } from '../core/ports.ts'
import type { BlocksStage, Transfer, TransferEnd } from './blocks.ts'
import { createDesired, type Desired } from './desired.ts'

export interface StoreDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  readonly blocks: BlocksStage
  /** Files that emergencies need: before everything else, whatever the budget says. */
  readonly alertFiles: () => readonly WantedFile[]
  /** Every file that an emergency may still sound: a new plan does not take it away. Absent = none. */
  readonly alertMedia?: () => readonly string[]
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  readonly refused: (why: Refusal) => void
  /** Plan, immediate state or held media changed. */
  readonly changed: () => void
}
export interface StoreStage {
  load(): Promise<void>
  order(name: 'plan' | 'now', text: string): void
  /** The time is known: orders that came before are judged. */
  timeKnown(): void
  plan(): HeldPlan | null
  immediate(): NowOrder | null
  /** Newest verified revisions: the floors. */
  floors(): { plan: number; now: number }
  holds(media: string): boolean
  /** Files of the plan held, in all, and the first lacking ones. */
  inventory(): { held: number; due: number; missing: string[] }
  /** Whether the SIM may pay today for so many bytes of something that is no file of the plan: a release. */
  mayPay(bytes: number): boolean
  /** They came, and count as this day's downloads. */
  notePaid(bytes: number): void
  /** A file turned out to be damaged: fetched again. */
  discard(media: string): void
  linkUp(): void
  /** The files that emergencies need are others now. */
  alertsChanged(): void
  /** While live audio sounds only what cannot wait is fetched: emergencies, the plan itself, what is due within minutes. */
  pause(paused: boolean): void
  stop(): Promise<void>
}

/** A file whose transfer was damaged is tried again after this, then after twice as long, up to the longest: it is paid for each time. */
const DAMAGED_RETRY_MS = 60_000
const LONGEST_RETRY_MS = 6 * 3_600_000
/** One that the server does not give, or the disk does not take; sooner when the link comes back. */
const STALLED_RETRY_MS = 600_000
/** While something is lacking it is looked for so often. */
const LOOK_MS = 60_000
const LOOK_AHEAD_MS = 9 * 86_400_000
/** Due so soon, a file is fetched beside live audio: a notice that is read in ten minutes must not wait for the end of a relay. */
const CANNOT_WAIT_MS = 600_000
/** After the link's return the clock's questions have it for themselves: behind files on a slow link their answers would come late, and unevenly. */
export const CLOCK_FIRST_MS = 1_500
/** Name of a media file on the disk. */
export const mediaName = (sha: string): string => `media/${sha}`

/** Content-addressed files and the desired state, on disk, verified. */
export function createStore(deps: StoreDeps): StoreStage {
  const { blocks, clock, disk, log } = deps
  const held = new Set<string>()
  /** Transfers that failed lately, by file: not before this monotonic instant, and how often they came damaged. */
  const failures = new Map<string, { notBefore: number; damaged: number }>()
  let files: WantedFile[] = []
  let spent = { day: 0, bytes: 0 }
  let paused = false
  let stopped = false
  let wake: Cancel = () => undefined
  let resume: Cancel = () => undefined
  /** This plan's files have had their moment of chance: the rest follows without another. */
  let spread = false
  /** Until the clock has asked its questions, monotonic. */
  let clockFirstUntil = Number.NEGATIVE_INFINITY

  const desired: Desired = createDesired({ ...deps, applied: () => void planApplied().catch(failed) , lookFor: () => fetchNext() })
  const failed = (error: unknown): void => log.error({ error: String(error) }, 'store')

  const list = (body: PlanBody): WantedFile[] => {
    const from = deps.now() ?? wallMs(body.from)
    const due = dueTimes(slotsOf(body, from, wallMs(from + LOOK_AHEAD_MS)))
    return body.media.map((m) => ({ sha: m.sha, bytes: m.bytes, due: due.get(m.sha) ?? null, pinned: m.pin ?? false }))
  }

  const planApplied = async (): Promise<void> => {
    const body = desired.plan()
    if (!body) return
    files = list(body)
    spread = false
    const keep = new Set([...[...files, ...deps.alertFiles()].map((f) => f.sha), ...(deps.alertMedia?.() ?? [])])
    for (const sha of failures.keys()) if (!keep.has(sha)) failures.delete(sha)
    const gone = [...held].filter((sha) => !keep.has(sha))
    for (const sha of gone) held.delete(sha)
    // what still sounds one of them lets go of it first
    deps.changed()
    for (const sha of gone) if (!held.has(sha)) await disk.remove(mediaName(sha))
    fetchNext()
    await dropParts(keep)
  }

  /** What came of transfers that nobody needs any more. */
  const dropParts = async (keep: ReadonlySet<string>): Promise<void> => {
    for (const { name } of await disk.list('part/')) {
      const sha = name.slice('part/'.length).replace('.map', '')
      const lacking = keep.has(sha) && !held.has(sha)
      if (!lacking && sha !== blocks.current() && sha !== desired.pendingBody()?.sha) await disk.remove(name)
    }
  }

  /** Whatever came was paid for, also when it was no use. */
  const noteEnd = ({ sha, bytes }: Pick<WantedFile, 'sha' | 'bytes'>, end: TransferEnd): void => {
    if (end !== 'stalled') notePaid(bytes)
    if (end === 'done') return void failures.delete(sha)
    const damaged = (failures.get(sha)?.damaged ?? 0) + (end === 'damaged' ? 1 : 0)
    const waitMs = end === 'stalled' ? STALLED_RETRY_MS : Math.min(LONGEST_RETRY_MS, DAMAGED_RETRY_MS * 2 ** (damaged - 1))
    failures.set(sha, { damaged, notBefore: clock.mono() + waitMs })
    log.warn({ file: sha, end, waitMs }, 'a file could not be fetched, it is tried again')
  }
  const notePaid = (bytes: number): void => {
    const day = civilDayNumber(deps.now() ?? wallMs(0))
    spent = { day, bytes: (spent.day === day ? spent.bytes : 0) + bytes }
    void saveSpent().catch(failed)
  }
  /** What the budget of this civil day has to do with. */
  const paidOn = (now: WallMs): { readonly fetchedToday: number; readonly budget: number } => ({ fetchedToday: spent.day === civilDayNumber(now) ? spent.bytes : 0, budget: desired.plan()?.budget ?? 0 })
  const isReady = ({ sha }: { readonly sha: string }): boolean => (failures.get(sha)?.notBefore ?? 0) <= clock.mono()
  const saveSpent = (): Promise<void> => disk.writeAtomic('state/spent', utf8(JSON.stringify(spent)))

  const begin = (file: WantedFile): void => {
    blocks.begin({ sha: file.sha, bytes: file.bytes, name: mediaName(file.sha) }, (end) => {
      if (end === 'done') {
        held.add(file.sha)
        log.info({ media: file.sha, bytes: file.bytes }, 'media held')
      }
      noteEnd(file, end)
      deps.changed()
      fetchNext()
    })
  }

  const fetchBody = (body: Transfer): void => {
    if (blocks.current() === body.sha) return
    blocks.begin(body, (end) => {
      noteEnd(body, end)
      if (end === 'done') return void desired.bodyEnded().catch(failed)
      // the files of the plan in force must not wait for it
      fetchNext()
    })
  }

  /** The SIM's data is nearly spent: only what emergencies need is still paid for, and plans. */
  const isFrugal = (): boolean => desired.immediate()?.frugal === true
  const mayFetch = (file: WantedFile): boolean => (isFrugal() ? file.pinned : !paused || cannotWait(file))
  const cannotWait = ({ due }: WantedFile): boolean => due !== null && due - (deps.now() ?? 0) < CANNOT_WAIT_MS

  function fetchNext(): void {
    wake()
    if (stopped) return
    const alertFile = deps.alertFiles().find((f) => !held.has(f.sha) && isReady(f))
    if (alertFile) return blocks.current() === alertFile.sha ? undefined : begin(alertFile)
    const clockLeftMs = clockFirstUntil - clock.mono()
    if (clockLeftMs > 0) return void (wake = clock.after(Math.max(1, clockLeftMs), fetchNext))
    const body = desired.pendingBody()
    if (body && isReady(body)) return fetchBody(body)
    if (blocks.busy()) return
    const now = deps.now() ?? wallMs(desired.plan()?.from ?? 0)
    const file = nextFile(files.filter((f) => isReady(f) && mayFetch(f)), { now, held, ...paidOn(now) })
    if (!file) {
      if (body || files.some((f) => !held.has(f.sha))) wake = clock.after(LOOK_MS, fetchNext)
      return
    }
    // without the time nobody knows how soon it is due
    const wait = spread || deps.now() === null ? 0 : startJitterMs(file, now, deps.random)
    if (wait > 0) spread = true
    if (wait > 0) wake = clock.after(wait, fetchNext)
    else begin(file)
  }

  /** What is under way and may wait, or is not to be paid for, is left for later. */
  const spare = (): void => {
    const current = blocks.current()
    const goesOn = current === desired.pendingBody()?.sha || [...deps.alertFiles(), ...files.filter(mayFetch)].some((f) => f.sha === current)
    if ((paused || isFrugal()) && !goesOn) blocks.drop()
    fetchNext()
  }

  return {
    load: async () => {
      for (const file of await disk.list('media/')) held.add(file.name.slice('media/'.length))
      const value = parseJson(await disk.read('state/spent')) as { day?: number; bytes?: number } | undefined
      if (typeof value?.day === 'number' && typeof value.bytes === 'number') spent = { day: value.day, bytes: value.bytes }
      await desired.load()
    },
    order: (name, text) => void desired.order(name, text).then(name === 'now' ? spare : undefined).catch(failed),
    timeKnown: () => void desired.timeKnown().catch(failed),
    plan: () => desired.plan(),
    immediate: () => desired.immediate(),
    floors: () => desired.floors(),
    holds: (media) => held.has(media),
    inventory: () => {
      const missing = files.filter((f) => !held.has(f.sha)).sort((a, b) => (a.due ?? Number.MAX_SAFE_INTEGER) - (b.due ?? Number.MAX_SAFE_INTEGER))
      return { held: files.length - missing.length, due: files.length, missing: missing.slice(0, 16).map((f) => f.sha) }
    },
    mayPay: (bytes) => {
      const now = deps.now()
      return now !== null && !isFrugal() && hasRoom(paidOn(now), bytes)
    },
    notePaid,
    discard: (media) => {
      held.delete(media)
      void disk.remove(mediaName(media)).then(fetchNext, failed)
    },
    linkUp: () => {
      for (const [sha, { damaged }] of failures) if (damaged === 0) failures.delete(sha)
      clockFirstUntil = clock.mono() + CLOCK_FIRST_MS
      resume()
      // what an emergency needs goes on at once
      if (deps.alertFiles().some(({ sha }) => sha === blocks.current())) blocks.linkUp()
      else resume = clock.after(CLOCK_FIRST_MS, blocks.linkUp)
      fetchNext()
    },
    alertsChanged: fetchNext,
    pause: (value) => {
      paused = value
      spare()
    },
    stop: async () => {
      wake()
      resume()
      stopped = true
      await blocks.stop()
      await saveSpent()
    },
  }
}
