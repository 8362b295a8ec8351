import { Compile, type Validator } from 'typebox/compile'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { Result } from '../../shared/core/result.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { NowOrder, PlanOrder } from '../../shared/protocol/messages/orders.ts'
import { MAX_PLAN_INFLATED, PlanBody, type HeldPlan } from '../../shared/protocol/messages/plan.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { openOrder, parseJson, type OrderRefusal } from '../../shared/protocol/orders.ts'
import { fromUtf8, utf8 } from '../../shared/protocol/wire.ts'
import type { Disk } from '../core/ports.ts'
import type { Transfer } from './blocks.ts'

export interface DesiredDeps {
  readonly cluster: string
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  readonly now: () => WallMs | null
  readonly refused: (why: Refusal) => void
  readonly changed: () => void
  /** A new plan is in force. */
  readonly applied: () => void
  /** A body is lacking: look for it. */
  readonly lookFor: () => void
}
export interface Desired {
  load(): Promise<void>
  order(name: 'plan' | 'now', text: string): Promise<void>
  /** The time has become known: what waited for it is judged. */
  timeKnown(): Promise<void>
  plan(): HeldPlan | null
  immediate(): NowOrder | null
  floors(): { plan: number; now: number }
  pendingBody(): Transfer | null
  /** The pending body is on the disk. */
  bodyEnded(): Promise<void>
}

/** Order texts as they came: what is on the disk is verified again at every start. */
const HEAD = 'state/plan'
const NEXT = 'state/plan-next'
const NOW = 'state/now'
/** Compiled at the first plan: a body of some thousand starts is checked in a blink, also on a small box. */
let planCheck: Validator | null = null
const isPlanBody = (value: unknown): value is PlanBody => (planCheck ??= Compile(PlanBody)).Check(value)
const bodyName = (sha: string): string => `body/${sha}`

/**
 * The newest verified desired state. A newer head is kept before its body is fetched, so the floor holds at once;
 * the plan in force stays until the new body is whole.
 */
export function createDesired(deps: DesiredDeps): Desired {
  const { disk, log } = deps
  let body: HeldPlan | null = null
  let head: PlanOrder | null = null
  let next: { order: PlanOrder; text: string } | null = null
  let now: NowOrder | null = null
  /** A body that the server signed and that is no plan: not fetched again, a newer head mends it. */
  let unfit: string | null = null
  /** A body that is on the disk already, while it is put in force: nobody is to fetch it meanwhile. */
  let arrived: string | null = null
  /** The newest order of each kind that came before the time was known: dates of orders and keys cannot be judged yet, and nothing sounds. */
  const waiting = new Map<'plan' | 'now', { rev: number; text: string }>()
  let last: Promise<void> = Promise.resolve()
  let nowWritten: Promise<void> = Promise.resolve()

  const context = (): Parameters<typeof openOrder>[2] => ({ ...deps, at: deps.now() })
  const floors = (): { plan: number; now: number } => ({ plan: next?.order.rev ?? head?.rev ?? 0, now: now?.rev ?? 0 })

  const readBody = async (order: PlanOrder): Promise<HeldPlan | null> => {
    const bytes = await disk.read(bodyName(order.sha))
    const plain = bytes && deps.deflate.inflate(bytes, MAX_PLAN_INFLATED)
    const value = parseJson(plain)
    return isPlanBody(value) ? { ...value, rev: order.rev } : null
  }

  /** Bodies that nobody needs: of plans before, of heads that were superseded too soon, and those that came back with a power cut. */
  const dropBodies = async (): Promise<void> => {
    const kept = [head, next?.order].flatMap((order) => (order ? [bodyName(order.sha)] : []))
    for (const { name } of await disk.list('body/')) if (!kept.includes(name)) await disk.remove(name)
  }

  /** Puts `next` in force when its body is there and sound. */
  const apply = async (): Promise<void> => {
    if (!next) return
    const { order, text } = next
    const read = await readBody(order)
    if (next?.order.rev !== order.rev) return
    if (!read) {
      unfit = order.sha
      deps.refused('damaged-body')
      await disk.remove(bodyName(order.sha))
      return
    }
    await disk.writeAtomic(HEAD, utf8(text))
    ;[head, body, next] = [order, read, null]
    await disk.remove(NEXT)
    await dropBodies()
    log.info({ rev: order.rev, sessions: read.sessions.length, media: read.media.length }, 'plan in force')
    deps.applied()
  }

  /** null when it is refused, or has to wait. */
  const judged = <T extends PlanOrder | NowOrder>(text: string, opened: Result<T, OrderRefusal>): T | null => {
    if (!opened.ok) deps.refused(opened.code)
    else if (deps.now() !== null) return opened.value
    else if (opened.value.rev > (waiting.get(opened.value.t)?.rev ?? 0)) waiting.set(opened.value.t, { rev: opened.value.rev, text })
    return null
  }

  const takePlan = async (text: string): Promise<void> => {
    const order = judged(text, openOrder(text, 'plan', context()))
    if (!order) return
    const floor = floors().plan
    // said again by a server that does not know what is held here: it is told
    if (order.rev === floor) return deps.changed()
    if (order.rev < floor) return deps.refused('rolled-back')
    await disk.writeAtomic(NEXT, utf8(text))
    const isThere = (await disk.readRange(bodyName(order.sha), 0, 1)) !== null
    if (isThere) arrived = order.sha
    next = { order, text }
    if (isThere) await apply()
    deps.lookFor()
    deps.changed()
  }

  const takeNow = async (text: string): Promise<void> => {
    const order = judged(text, openOrder(text, 'now', context()))
    if (!order || order.rev === now?.rev) return
    if (order.rev < (now?.rev ?? 0)) return deps.refused('rolled-back')
    // silence first, then the disk: a stop must not wait for an fsync
    now = order
    deps.changed()
    const write = (): Promise<void> => disk.writeAtomic(NOW, utf8(text))
    await (nowWritten = nowWritten.then(write, write))
  }

  const take = (name: 'plan' | 'now', text: string): Promise<void> => {
    if (name === 'now') return takeNow(text)
    // one at a time: two heads that cross must not both pass the floor; a failure is its own caller's to report
    const takeIt = (): Promise<void> => takePlan(text)
    return (last = last.then(takeIt, takeIt))
  }

  const loadText = async (name: string): Promise<string | null> => {
    const bytes = await disk.read(name)
    return bytes && fromUtf8(bytes)
  }

  return {
    load: async () => {
      const texts = { head: await loadText(HEAD), next: await loadText(NEXT), now: await loadText(NOW) }
      // stored orders were in date when they came; what ends them is the plan's horizon and a newer revision
      const stored = { ...deps, at: null }
      const heldNow = texts.now === null ? null : openOrder(texts.now, 'now', stored)
      if (heldNow?.ok) now = heldNow.value
      const heldHead = texts.head === null ? null : openOrder(texts.head, 'plan', stored)
      if (heldHead?.ok) {
        body = await readBody(heldHead.value)
        // without its body the head still is the floor
        if (body) head = heldHead.value
        else if (texts.head !== null) next = { order: heldHead.value, text: texts.head }
      }
      const heldNext = texts.next === null ? null : openOrder(texts.next, 'plan', stored)
      if (heldNext?.ok && texts.next !== null && heldNext.value.rev > floors().plan) next = { order: heldNext.value, text: texts.next }
      if (body) deps.applied()
      // the power may have failed between the last block and the change of plans
      if (next && (await disk.readRange(bodyName(next.order.sha), 0, 1)) !== null) await apply()
      await dropBodies()
      // what was damaged on the disk is not what the server signed: it is fetched again
      unfit = arrived = null
    },
    order: take,
    timeKnown: async () => {
      const texts = [...waiting]
      waiting.clear()
      for (const [name, { text }] of texts) await take(name, text)
    },
    plan: () => body,
    immediate: () => now,
    floors,
    pendingBody: () =>
      next && next.order.sha !== unfit && next.order.sha !== arrived ? { sha: next.order.sha, bytes: next.order.len, name: bodyName(next.order.sha) } : null,
    bodyEnded: async () => {
      arrived = next?.order.sha ?? null
      // in line with the heads: one that came meanwhile must not be forgotten with the one that is put in force
      await (last = last.then(apply, apply))
      deps.changed()
      deps.lookFor()
    },
  }
}
