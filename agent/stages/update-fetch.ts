import type { Clock } from '../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { UpdateWhy } from '../../shared/protocol/messages/update.ts'
import type { Release, ReleaseFile } from '../../shared/protocol/update-release.ts'
import { fromUtf8, toBase64Url } from '../../shared/protocol/wire.ts'
import type { Disk } from '../core/ports.ts'
import type { ReleaseSlots } from '../core/update-ports.ts'
import type { BlocksStage } from './blocks.ts'

export interface UpdateFetchDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly disk: Disk
  readonly log: Log
  readonly blocks: BlocksStage
  readonly slots: ReleaseSlots
  readonly mayPay: (bytes: number) => boolean
  readonly notePaid: (bytes: number) => void
  /** A transfer has ended: take the next step. */
  readonly look: () => void
}
export interface Wanted {
  readonly m: string
  readonly bytes: number
  /** What the manifest stands for, or why it is not taken. */
  readonly judged: (manifest: Uint8Array) => Release | UpdateWhy
}
export interface UpdateFetch {
  /** Goes as far as it can without waiting for a block: `more` is to come, all is `ready`, or why it never will be. */
  step(): Promise<'more' | 'ready' | UpdateWhy>
  /** Once the manifest has been judged. */
  release(): Release | null
  /** Held of what has to be fetched. */
  permille(): number
  /** Whether the last step ended because the SIM may pay for no more today. */
  isShort(): boolean
}

/** The server does not give it, or it comes damaged: tried again after this, so often in all. */
const RETRY_MS = 600_000
const MOST_FAILURES = 6
/** While a release is put in place the disk holds it twice, once as it travels. */
const ROOM = 1.5

const heldName = (sha: string): string => `release/${sha}`

/** Brings one release into the place beside the program that runs, from wherever it was left. */
export function createUpdateFetch(deps: UpdateFetchDeps, { m, bytes, judged }: Wanted): UpdateFetch {
  const { blocks, clock, disk, log, slots } = deps
  let release: Release | null = null
  let manifest = ''
  /** null until what is there has been looked at. */
  let lacking: ReleaseFile[] | null = null
  let total = 0
  let failures = 0
  let notBefore = Number.NEGATIVE_INFINITY
  let short = false

  /** The file, once it is on the disk; else its transfer is under way, or will be. */
  const fetched = async (sha: string, length: number): Promise<Uint8Array | null> => {
    const held = await disk.read(heldName(sha))
    if (held?.length === length) return held
    if (blocks.busy() || clock.mono() < notBefore) return null
    short = !deps.mayPay(length)
    if (short) return null
    blocks.begin({ sha, bytes: length, name: heldName(sha) }, (end) => {
      if (end !== 'stalled') deps.notePaid(length)
      if (end !== 'done') {
        failures++
        notBefore = clock.mono() + RETRY_MS
        log.warn({ file: sha, end, failures }, 'a file of a release could not be fetched')
      }
      deps.look()
    })
    return null
  }

  const open = async (): Promise<Release | UpdateWhy | null> => {
    const text = await fetched(m, bytes)
    if (!text) return null
    const found = judged(text)
    if (typeof found === 'string') return found
    const free = await disk.free()
    if (free !== null && free < found.files.reduce((sum, file) => sum + file.bytes + file.packedBytes, 0) * ROOM) return 'no-space'
    manifest = fromUtf8(text) ?? ''
    return found
  }
  const lookRound = async ({ files }: Release): Promise<void> => {
    await slots.prepare(m)
    const found: ReleaseFile[] = []
    for (const file of files) if (!(await slots.holds(file)) && !(await slots.copy(file))) found.push(file)
    lacking = found
    total = found.reduce((sum, { packedBytes }) => sum + packedBytes, 0)
  }
  /** False while it has not come. */
  const place = async (file: ReleaseFile): Promise<boolean | UpdateWhy> => {
    const packed = await fetched(file.packed, file.packedBytes)
    if (!packed) return false
    const plain = deps.deflate.inflate(packed, Math.max(1, file.bytes))
    // the manifest names both forms: what does not fit was wrong when it was signed
    if (plain?.length !== file.bytes || toBase64Url(deps.crypto.sha256(plain)) !== file.sha) return 'damaged'
    await slots.put(file, plain)
    await disk.remove(heldName(file.packed))
    return true
  }
  const close = async ({ files }: Release): Promise<'more' | 'ready' | UpdateWhy> => {
    const wrong = await slots.close(manifest, files)
    if (wrong.length === 0) return 'ready'
    log.warn({ wrong }, 'files of a release are not what was written')
    lacking = null
    return ++failures >= MOST_FAILURES ? 'damaged' : 'more'
  }

  const step = async (): Promise<'more' | 'ready' | UpdateWhy> => {
    short = false
    if (failures >= MOST_FAILURES) return 'unfetchable'
    const found = release ?? (await open())
    if (found === null) return 'more'
    if (typeof found === 'string') return found
    release = found
    if (lacking === null) await lookRound(found)
    for (let [file] = lacking ?? []; file; [file] = lacking ?? []) {
      const placed = await place(file)
      if (typeof placed === 'string') return placed
      if (!placed) return 'more'
      lacking = (lacking ?? []).slice(1)
    }
    return close(found)
  }
  return {
    step,
    isShort: () => short,
    release: () => release,
    permille: () => (lacking === null || total === 0 ? 0 : Math.round(1_000 * (1 - lacking.reduce((sum, { packedBytes }) => sum + packedBytes, 0) / total))),
  }
}
