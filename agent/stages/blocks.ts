import type { Cancel, Clock } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { BLOCK_BYTES, blockCount, blockLength, decodeBlock } from '../../shared/protocol/blocks.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { MAX_BLOCKS_IN_FLIGHT } from '../../shared/protocol/messages/want.ts'
import { fromBase64Url, toBase64Url } from '../../shared/protocol/wire.ts'
import type { Disk } from '../core/ports.ts'

/** A block that has not come by then is asked for again. */
const BLOCK_TIMEOUT_MS = 6_000
/** Asked for so often without any block: the server does not have it, and other files wait. */
const MAX_UNANSWERED = 10
/** Every so many blocks the map of what is there goes to the disk: at most this much is fetched twice after a crash. */
const MAP_EVERY = 16

export interface BlocksDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly log: Log
  readonly want: (payload: Uint8Array) => Promise<boolean>
  /** Folder of what has not come whole; `part` when absent. */
  readonly parts?: string
}
export interface Transfer {
  readonly sha: string
  readonly bytes: number
  /** Where the verified file goes. */
  readonly name: string
}
/** `stalled`: the server does not give it or the disk does not take it; what came stays for another time. */
export type TransferEnd = 'done' | 'damaged' | 'stalled'

export interface BlocksStage {
  /** Starts or resumes one file; `ended` comes once. Only one transfer at a time. */
  begin(transfer: Transfer, ended: (end: TransferEnd) => void): void
  busy(): boolean
  current(): string | null
  /** False for what is no block at all; one that nobody waits for is ordinary. */
  block(payload: Uint8Array): boolean
  /** Link is up again: ask at once. */
  linkUp(): void
  /** Gives the current transfer up; what came stays on the disk for later. */
  drop(): void
  /** As drop, and nothing is written any more when it resolves. */
  stop(): Promise<void>
}

interface Running {
  readonly transfer: Transfer
  /** The transfer's hash as bytes: every block carries it. */
  readonly sha: Uint8Array | null
  readonly ended: (end: TransferEnd) => void
  readonly have: Uint8Array
  readonly count: number
  missing: number
  readonly asked: Map<number, number>
  /** All blocks before this one are there. */
  first: number
  unsaved: number
  /** Questions in a row that left this box and brought nothing. */
  unanswered: number
  went: boolean
}

/** Fetches one file at a time in blocks of 8 KiB, at most two under way, and resumes after any drop. */
export function createBlocks(deps: BlocksDeps): BlocksStage {
  const { clock, disk } = deps
  let running: Running | null = null
  let generation = 0
  let timer: Cancel = () => undefined
  let writing: Promise<void> = Promise.resolve()

  const part = (t: Transfer): string => `${deps.parts ?? 'part'}/${t.sha}`
  const map = (t: Transfer): string => `${part(t)}.map`

  const fail = (what: string) => (error: unknown) => deps.log.error({ error: String(error) }, what)

  const askMore = (): void => {
    timer()
    const r = running
    if (!r || r.missing === 0) return
    const now = clock.mono()
    for (const [i, at] of r.asked) if (now - at >= BLOCK_TIMEOUT_MS) r.asked.delete(i)
    const wanted: number[] = []
    while (r.have[r.first] === 1) r.first++
    for (let i = r.first; i < r.count && r.asked.size < MAX_BLOCKS_IN_FLIGHT; i++) {
      if (r.have[i] === 1 || r.asked.has(i)) continue
      r.asked.set(i, now)
      wanted.push(i)
    }
    if (wanted.length > 0) void deps.want(encodeMessage('want', { f: r.transfer.sha, i: wanted })).then((went) => void (r.went ||= went))
    timer = clock.after(BLOCK_TIMEOUT_MS, askAgain)
  }

  const askAgain = (): void => {
    const r = running
    if (r?.went && ++r.unanswered >= MAX_UNANSWERED) return stall(r.ended, generation)
    if (r) r.went = false
    askMore()
  }

  const stall = (ended: Running['ended'], own: number): void => {
    if (own !== generation) return
    drop()
    ended('stalled')
  }

  const finish = async (r: Running, own: number): Promise<void> => {
    const { transfer } = r
    const sum = await disk.sha256(part(transfer))
    if (own !== generation) return
    const good = sum !== null && toBase64Url(sum) === transfer.sha
    if (good) await disk.rename(part(transfer), transfer.name)
    else await disk.remove(part(transfer))
    await disk.remove(map(transfer))
    if (own === generation) {
      running = null
      timer()
    } else if (!good) return
    // the file is there, also when another transfer has begun meanwhile: else it would be fetched once more
    r.ended(good ? 'done' : 'damaged')
  }

  const store = async (r: Running, own: number, index: number, bytes: Uint8Array): Promise<void> => {
    await disk.writeAt(part(r.transfer), index * BLOCK_BYTES, bytes)
    if (own !== generation) return
    r.missing--
    if (r.missing === 0) return finish(r, own)
    if (++r.unsaved >= MAP_EVERY) {
      r.unsaved = 0
      await disk.writeAtomic(map(r.transfer), r.have)
    }
  }

  const open = async (transfer: Transfer, ended: (end: TransferEnd) => void, own: number): Promise<void> => {
    const count = blockCount(transfer.bytes)
    const stored = await disk.read(map(transfer))
    if (own !== generation) return
    const have = stored?.length === count ? stored.slice() : new Uint8Array(count)
    const missing = have.reduce((n, b) => n + (b === 1 ? 0 : 1), 0)
    running = { transfer, sha: fromBase64Url(transfer.sha), ended, have, count, missing, asked: new Map(), first: 0, unsaved: 0, unanswered: 0, went: false }
    if (missing === 0) await finish(running, own)
    else askMore()
  }

  const drop = (): void => {
    generation++
    running = null
    timer()
  }

  return {
    begin: (transfer, ended) => {
      const own = ++generation
      void open(transfer, ended, own).catch((error: unknown) => {
        fail('transfer not opened')(error)
        stall(ended, own)
      })
    },
    busy: () => running !== null,
    current: () => running?.transfer.sha ?? null,
    block: (payload) => {
      const block = decodeBlock(payload)
      const r = running
      if (!block) return false
      if (!r) return true
      if (!r.sha?.every((b, i) => b === block.sha[i])) return true
      const { index, bytes } = block
      if (index >= r.count || r.have[index] === 1 || bytes.length !== blockLength(r.transfer.bytes, index)) return true
      r.unanswered = 0
      r.have[index] = 1
      r.asked.delete(index)
      const [own, copy] = [generation, bytes.slice()]
      const failed = (error: unknown): void => {
        fail('block not stored')(error)
        stall(r.ended, own)
      }
      writing = writing.then(() => (own === generation ? store(r, own, index, copy) : undefined)).catch(failed)
      askMore()
      return true
    },
    linkUp: () => {
      running?.asked.clear()
      askMore()
    },
    drop,
    stop: () => {
      drop()
      return writing
    },
  }
}
