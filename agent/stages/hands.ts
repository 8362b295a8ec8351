import { Value } from 'typebox/value'
import type { WallMs, Clock } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { blockCount, BLOCK_BYTES, encodeBlock } from '../../shared/protocol/blocks.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { MAX_SERVICE_LIFE_MS, type Served, type Service, type ServiceOrder, type ServiceWhy } from '../../shared/protocol/messages/service.ts'
import { openOrder, parseJson } from '../../shared/protocol/orders.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { admit, afterStart, ServiceBook, type Serviced } from '../core/hands-book.ts'
import type { Disk } from '../core/ports.ts'

/** What an act of service comes to. */
export type Act =
  | { readonly st: 'done'; readonly facts?: Served['facts']; readonly file?: { readonly kind: 'log' | 'sound'; readonly bytes: Uint8Array } }
  | { readonly st: 'failed' | 'refused'; readonly why: ServiceWhy; readonly facts?: Served['facts'] }
  /** It ends this process: what comes of it is told after the next start. */
  | { readonly st: 'taken'; readonly afterwards: () => void }
export type ServiceActs = { readonly [K in Service]?: (order: ServiceOrder) => Promise<Act> }

export interface HandsDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Pick<Disk, 'read' | 'writeAtomic'>
  readonly log: Log
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  readonly send: (name: 'served' | 'piece', payload: Uint8Array) => Promise<boolean>
  readonly refused: (why: Refusal) => void
  /** What this box can do. */
  readonly acts: ServiceActs
}
export interface HandsStage {
  load(): Promise<void>
  order(text: string): void
  linkUp(): void
  stop(): Promise<void>
}

const FILE = 'state/service'
/** Attachments that could not be sent yet wait in memory: two of the greatest are a megabyte. */
const MAX_FILES = 2
/** A restart waits so long for its answer to leave. */
const LEAVE_MS = 1_000

/** Does what a technician asks from afar: each order once, whoever sends it again, and over a restart as well. */
export function createHands(deps: HandsDeps): HandsStage {
  const { clock, disk, log } = deps
  let book: readonly Serviced[] = []
  const files = new Map<string, Uint8Array>()
  let last: Promise<void> = Promise.resolve()
  let sending: Promise<void> = Promise.resolve()

  const save = (): Promise<void> => disk.writeAtomic(FILE, utf8(JSON.stringify(book)))
  const replace = (one: Serviced): void => void (book = book.map((old) => (old.id === one.id ? one : old)))
  const queued = (step: () => Promise<void>): void => {
    last = last.then(step).catch((error: unknown) => log.error({ error: String(error) }, 'service'))
  }

  const sendFile = async (sha: string, bytes: Uint8Array): Promise<boolean> => {
    const hash = deps.crypto.sha256(bytes)
    for (let index = 0; index < blockCount(bytes.length); index++) {
      if (!(await deps.send('piece', encodeBlock({ sha: hash, index, bytes: bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES) })))) return false
    }
    files.delete(sha)
    return true
  }
  const tell = async (one: Serviced): Promise<void> => {
    if (!(await deps.send('served', encodeMessage('served', one.served)))) return
    const now = book.find(({ id }) => id === one.id)
    // what was said meanwhile is newer
    if (now?.served === one.served && !now.told) {
      replace({ ...now, told: true })
      await save()
    }
    const sha = one.served.file?.sha
    const bytes = sha === undefined ? undefined : files.get(sha)
    if (sha !== undefined && bytes) await sendFile(sha, bytes)
  }
  const say = (one: Serviced): void => {
    sending = sending.then(() => tell(one)).catch((error: unknown) => log.error({ error: String(error) }, 'service not told'))
  }

  const finish = async (order: ServiceOrder, act: Act): Promise<void> => {
    const one = book.find(({ id }) => id === order.id)
    if (!one) return
    const served: Served = { id: order.id, st: act.st, at: Math.round(deps.now() ?? one.served.at), ...('why' in act ? { why: act.why } : {}), ...('facts' in act && act.facts ? { facts: act.facts } : {}), ...('file' in act && act.file ? { file: keepFile(act.file) } : {}) }
    const next = { ...one, told: false, served }
    replace(next)
    await save()
    say(next)
    if (act.st === 'taken') clock.after(LEAVE_MS, act.afterwards)
  }
  const keepFile = ({ kind, bytes }: { kind: 'log' | 'sound'; bytes: Uint8Array }): NonNullable<Served['file']> => {
    const sha = toBase64Url(deps.crypto.sha256(bytes))
    files.set(sha, bytes)
    for (const old of files.keys()) if (files.size > MAX_FILES) files.delete(old)
    return { sha, bytes: bytes.length, kind }
  }

  const take = async (order: ServiceOrder, at: WallMs): Promise<void> => {
    const admitted = admit(book, order, at)
    if (!admitted.take) {
      if (admitted.again) return say(admitted.again)
      return void deps.send('served', encodeMessage('served', { id: order.id, st: 'refused', at: Math.round(at), why: admitted.why }))
    }
    book = admitted.book.map((one) => (one.id === order.id ? { ...one, served: { ...one.served, at: Math.round(at) } } : one))
    // on the disk before it is done: a crash in between must not do it twice
    await save()
    log.info({ id: order.id, do: order.do }, 'service')
    const act = deps.acts[order.do]
    const outcome = act ? act(order).catch((error: unknown): Act => {
      log.error({ do: order.do, error: String(error) }, 'service failed')
      return { st: 'failed', why: 'failed', facts: { error: String(error).slice(0, 160) } }
    }) : Promise.resolve<Act>({ st: 'refused', why: 'not-here' })
    // a tone or ten seconds of listening hold up no other order
    void outcome.then((done) => queued(() => finish(order, done)))
  }

  return {
    load: async () => {
      const stored = parseJson(await disk.read(FILE))
      if (Value.Check(ServiceBook, stored)) book = afterStart(stored)
    },
    order: (text) => {
      const at = deps.now()
      // an order that has expired and was forgotten could come again: without the time it cannot be told
      if (at === null) return deps.refused('clock-untrusted')
      const opened = openOrder(text, 'service', { ...deps, at })
      if (!opened.ok) return deps.refused(opened.code)
      if (opened.value.exp > at + MAX_SERVICE_LIFE_MS) return deps.refused('expired')
      queued(() => take(opened.value, at))
    },
    linkUp: () => {
      for (const one of book) if (!one.told || (one.served.file && files.has(one.served.file.sha))) say(one)
    },
    stop: async () => {
      await last
      await sending
    },
  }
}
