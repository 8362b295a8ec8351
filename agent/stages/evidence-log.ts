import type { Cancel, Clock, Random, WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import { EvidenceRow } from '../../shared/protocol/messages/evidence.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { openOrder, parseJson } from '../../shared/protocol/orders.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { Value } from 'typebox/value'
import type { Disk } from '../core/ports.ts'

/** About four months of two sessions a day with ten items each; beyond it the oldest rows are lost, and counted. */
export const MAX_ROWS_WAITING = 2_500
const MAX_ROWS_SENT = 50
/** An acknowledgement that has not come by then: sent again. */
const RESEND_MS = 45_000
/** Two stretches of one slot begin further apart than a better clock moves the begin of one. */
const SAME_BEGIN_MS = 1_000
/** A checkpoint can only be of one of the newest. */
const TOLD_KEPT = 4
const ID_FILE = 'state/log'
const OPEN_FILE = 'state/playing'
const rowName = (n: number): string => `evidence/${String(n).padStart(9, '0')}`

export interface EvidenceLogDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  readonly now: () => WallMs | null
  readonly send: (payload: Uint8Array) => Promise<boolean>
  readonly refused: (why: Refusal) => void
}
export interface EvidenceLog {
  load(): Promise<void>
  start(): void
  stop(): void
  note(row: Omit<EvidenceRow, 'n'>): void
  /** The stretch under way, or null when none is. */
  checkpoint(row: Omit<EvidenceRow, 'n'> | null): void
  acknowledged(text: string): void
  linkUp(): void
  waiting(): number
  /** Resolves when all that was noted is on the disk. */
  settled(): Promise<void>
}

/** Rows wait on the disk, one file each, until the server says that it has them on its own. */
export function createEvidenceLog(deps: EvidenceLogDeps): EvidenceLog {
  const { disk, clock } = deps
  const rows = new Map<number, EvidenceRow>()
  let id = ''
  let next = 1
  let lost = 0
  /** The newest rows of sound, also those that the server has and this box has forgotten. */
  let told: readonly Told[] = []
  let sentAt: number | null = null
  let resend: Cancel = () => undefined
  let writing: Promise<void> = Promise.resolve()

  const later = (step: () => Promise<void>): void => {
    writing = writing.then(step).catch((error: unknown) => deps.log.error({ error: String(error) }, 'evidence not written'))
  }

  const saveId = (): Promise<void> => disk.writeAtomic(ID_FILE, utf8(JSON.stringify({ id, next, lost, told })))

  const send = (): void => {
    resend()
    if (rows.size === 0) return
    resend = clock.after(RESEND_MS, send)
    const oldest = [...rows.values()].slice(0, MAX_ROWS_SENT)
    sentAt = clock.mono()
    void deps.send(encodeMessage('evidence', { log: id, rows: oldest })).then((went) => {
      if (!went) sentAt = null
    })
  }

  const add = async (row: Omit<EvidenceRow, 'n'>): Promise<void> => {
    const whole: EvidenceRow = { n: next, ...row }
    await disk.writeAtomic(rowName(next), utf8(JSON.stringify(whole)))
    rows.set(next, whole)
    next++
    if (row.began !== undefined) told = [...told, { slot: row.slot, began: row.began }].slice(-TOLD_KEPT)
    for (const [n] of rows) {
      if (rows.size <= MAX_ROWS_WAITING) break
      rows.delete(n)
      lost++
      await disk.remove(rowName(n))
    }
    await saveId()
    if (sentAt === null) send()
  }

  const forget = async (upTo: number): Promise<void> => {
    for (const n of [...rows.keys()]) {
      if (n > upTo) break
      rows.delete(n)
      await disk.remove(rowName(n))
    }
    sentAt = null
    send()
  }

  /**
   * A crash may fall between the row of a stretch and the end of its checkpoint, and a checkpoint whose removal was not on
   * the disk comes back: the same stretch is not told twice, also when its row has been acknowledged since.
   */
  const isTold = (open: Omit<EvidenceRow, 'n'>): boolean =>
    [...told, ...rows.values()].some((row) => row.slot === open.slot && Math.abs((row.began ?? 0) - (open.began ?? 0)) < SAME_BEGIN_MS)

  const loadRows = async (): Promise<void> => {
    for (const file of (await disk.list('evidence/')).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const row = parseJson(await disk.read(file.name))
      if (!Value.Check(EvidenceRow, row)) {
        await disk.remove(file.name) // torn by a crash before it was whole: nothing that was promised
        continue
      }
      rows.set(row.n, row)
      next = Math.max(next, row.n + 1)
    }
  }

  return {
    load: async () => {
      const stored = parseJson(await disk.read(ID_FILE)) as { id?: unknown; next?: unknown; lost?: unknown; told?: unknown } | undefined
      if (typeof stored?.id === 'string' && typeof stored.next === 'number') {
        id = stored.id
        next = stored.next
        lost = typeof stored.lost === 'number' ? stored.lost : 0
        told = Array.isArray(stored.told) ? stored.told.filter(isToldRow) : []
      } else {
        id = toBase64Url(Uint8Array.from({ length: 8 }, () => Math.floor(deps.random() * 256)))
      }
      await loadRows()
      await saveId()
      const open = parseJson(await disk.read(OPEN_FILE)) as Omit<EvidenceRow, 'n'> | undefined
      if (open && Value.Check(EvidenceRow, { n: 1, ...open }) && !isTold(open)) await add(open)
      await disk.remove(OPEN_FILE)
    },
    start: send,
    stop: () => resend(),
    note: (row) => later(() => add(row)),
    checkpoint: (row) =>
      later(() => (row ? disk.writeAtomic(OPEN_FILE, utf8(JSON.stringify(row))) : disk.remove(OPEN_FILE))),
    acknowledged: (text) => {
      const opened = openOrder(text, 'ack', { ...deps, at: deps.now() })
      if (!opened.ok) return deps.refused(opened.code)
      if (opened.value.log === id) later(() => forget(opened.value.upTo))
    },
    linkUp: () => {
      sentAt = null
      send()
    },
    waiting: () => rows.size,
    settled: () => writing,
  }
}

interface Told {
  readonly slot: string
  readonly began: number
}
const isToldRow = (value: unknown): value is Told =>
  typeof value === 'object' && value !== null && 'slot' in value && typeof value.slot === 'string' && 'began' in value && typeof value.began === 'number'
