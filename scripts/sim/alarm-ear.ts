import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import type { Bench, Ear, Heard } from './checker.ts'
import type { ReadSlot } from './plan-reading.ts'
import type { Sounding } from './recorder.ts'

/** An end that has come is silence by then. */
const ENDS_WITHIN_MS = 1_200
/** What was delivered so shortly before a power cut may not have reached the disk. */
const WRITTEN_MS = 500
/** From its begin to the sound of it, over whatever sounded (DESIGN §10). */
const SOUNDS_WITHIN_MS = 3_000
const STEADY_MS = 150_000
/** How long around an emergency nothing is asked of what is planned: what it cut off comes back by its own rule. */
const BESIDE_MS = 2 * 3_600_000
const LONGEST_MS = 3_600_000

const isAlarm = (heard: Heard): boolean => heard.slot?.session === 'alarm'
const messageOf = (order: AlertOrder): string => order.parts.at(-1)?.m ?? ''

/** What is planned was disturbed by an emergency, or may have been. */
export function isBesideAlarm(ear: Ear, slot: ReadSlot): boolean {
  const [from, to] = [slot.sessionStart - BESIDE_MS, slot.lastEnd + 60_000]
  for (const { order } of ear.alarms.values()) if (order.at < to && Math.min(order.exp, order.at + LONGEST_MS) > from) return true
  for (let i = ear.heard.length - 1; i >= 0; i--) {
    const heard = ear.heard[i] as Heard
    if (heard.from < from - LONGEST_MS) break
    if (isAlarm(heard) && heard.from < to && (heard.to ?? Infinity) > from) return true
  }
  return false
}

/** An order has reached a box, as the station said it. */
export function noteDelivered(bench: Bench, ear: Ear, order: AlertOrder): void {
  const known = ear.alarms.get(order.id)
  if (known && known.order.rev >= order.rev) return
  const { world } = bench.options
  bench.say(ear, `alert ${order.id} rev ${order.rev} ended ${String(order.ended)}`)
  ear.alarms.set(order.id, { order, at: world.now(), before: known?.order ?? null })
  if (order.ended === null) return
  world.after(ENDS_WITHIN_MS, () => {
    const still = [...ear.sounding].find((heard) => heard.slot?.id === `a.${order.id}`)
    if (still && ear.up.value && ear.trusted.value && ear.alarms.get(order.id)?.order === order && still.sha !== bench.options.alarms.clips.tone.sha) bench.fail(ear, `sounds the emergency ${order.id} on although its end has come`)
  })
}

/** A power cut: what had only just come may be as if it had never come. */
export function noteCut(ear: Ear, now: number): void {
  for (const told of ear.alarms.values()) if (now - told.at < WRITTEN_MS) told.at = Infinity
}

interface Claim {
  readonly order: AlertOrder
  readonly correction: boolean
}

/** The orders that let this clip sound here now. */
function claimsOf(ear: Ear, sha: string, { at, tolMs }: { readonly at: number; readonly tolMs: number }): Claim[] {
  return [...ear.alarms.values()].flatMap(({ order, at: cameAt, before }) => {
    const all = [order, ...(before && (cameAt === Infinity || at - cameAt < ENDS_WITHIN_MS) ? [before] : [])]
    return all.flatMap((one): Claim[] => {
      if (at >= one.exp + tolMs || at < one.at - tolMs) return []
      const asMessage = one.ended === null && one.parts.some(({ m }) => m === sha)
      const asCorrection = one.ended !== null && (one.corr ?? []).some(({ m }) => m === sha)
      return asMessage ? [{ order: one, correction: false }] : asCorrection ? [{ order: one, correction: true }] : []
    })
  })
}

const heardOf = (ear: Ear, sha: string, since: number): Heard[] => ear.heard.filter((heard) => heard.sha === sha && heard.from >= since - 1_000)

/** The first sound of a clip that only emergencies use. */
export function checkAlarmBegan(bench: Bench, ear: Ear, sounding: Sounding, tolMs: number): Heard {
  const { fail } = bench
  const at = sounding.from
  const claims = claimsOf(ear, sounding.sha, { at, tolMs }).sort((a, b) => b.order.at - a.order.at)
  const claim = claims[0]
  const id = claim ? `a.${claim.order.id}${claim.correction ? '.c' : ''}` : 'a.nobody'
  const slot: ReadSlot = { id, session: 'alarm', sha: sounding.sha, start: at, sessionStart: claim?.order.at ?? 0, end: claim?.order.exp ?? at, lastEnd: Math.max(at, ...claims.map(({ order }) => order.exp)) }
  const heard: Heard = { sha: sounding.sha, offsetMs: sounding.offsetMs, from: at, to: null, slot, tolMs, lastEnd: slot.lastEnd, contested: true, cut: false }
  ear.sounding.add(heard)
  ear.heard.push(heard)
  bench.count('sounds of emergencies')
  bench.say(ear, `sounds ${id} at ${sounding.offsetMs.toFixed(0)}`)
  if (!claim) fail(ear, `sounds ${sounding.sha.slice(0, 8)} of an emergency that is not in force here`)
  else if (!ear.trusted.value) fail(ear, 'sounds an emergency although its clock is untrusted')
  else if (claims.every(({ order }) => isStopped(ear, order, at))) fail(ear, `sounds ${id} after it was stopped`)
  else if (claims.every((one) => one.correction && !heardMessage(ear, one.order))) fail(ear, `corrects ${id} where its message has not sounded`)
  return heard
}

const isStopped = (ear: Ear, order: AlertOrder, at: number): boolean => {
  const stop = ear.now.value?.stop ?? null
  return stop !== null && order.at <= stop && at > stop + 2_000 && ear.now.since < at - 2_000
}

/** Of the emergency's own message: its clip is nobody else's for hours. */
const heardMessage = (ear: Ear, order: AlertOrder): boolean => heardOf(ear, messageOf(order), order.at - 2_000).some((heard) => heard.slot?.id === `a.${order.id}`)

export function checkAlarmEnded(bench: Bench, ear: Ear, heard: Heard): void {
  const { fail, options } = bench
  const to = options.world.now()
  const { slot } = heard
  if (!slot) return
  if (to > heard.lastEnd + heard.tolMs) fail(ear, `sounds ${slot.id} ${(to - heard.lastEnd).toFixed(0)} ms past its expiry`)
  const told = ear.alarms.get(slot.id.split('.')[1] ?? '')
  if (!told || heard.sha !== messageOf(told.order)) return
  const lengthMs = told.order.parts.at(-1)?.ms ?? 0
  const whole = heardOf(ear, heard.sha, told.order.at).filter((one) => (one.to ?? one.from) - one.from >= lengthMs - 300)
  // a power cut in its last moment, or before that was on the disk, costs one more
  const unwritten = ear.downs.filter((down) => whole.some(({ to: end }) => end !== null && down >= end && down - end < WRITTEN_MS)).length
  const cuts = ear.heard.filter((one) => one.cut && one.from >= told.order.at - 1_000).length + unwritten
  if (whole.length > told.order.times + cuts) fail(ear, `sounds ${slot.id} ${whole.length} times, and ${told.order.times} were ordered`)
}

const steady = (ear: Ear, since: number): boolean =>
  [ear.up, ear.trusted, ear.online, ear.clear].every((course) => course.value && course.since < since)

const outranks = (a: AlertOrder, b: AlertOrder): boolean => (a.danger - b.danger || a.auth - b.auth || a.at - b.at) > 0

/** The most urgent one cuts in at once: asked when its sound must be there. */
export function checkOnTime(bench: Bench, ear: Ear, order: AlertOrder): void {
  const now = bench.options.world.now()
  const told = ear.alarms.get(order.id)
  const held = order.parts.every(({ m }) => m !== undefined && ear.holding(m).value && ear.holding(m).since < order.at - 10_000)
  if (!told || told.order.rev !== order.rev || told.at > order.at + 1_000 || !held || !steady(ear, order.at - 60_000) || isStopped(ear, order, now)) return
  const others = [...ear.alarms.values()].filter(({ order: other }) => other.id !== order.id && other.exp > now - 60_000)
  if (others.some(({ order: other }) => !outranks(order, other) || other.ended !== null)) return
  bench.count('emergencies asked for at their begin')
  const began = heardOf(ear, order.parts[0]?.m ?? '', order.at).some((heard) => heard.from <= order.at + SOUNDS_WITHIN_MS)
  if (!began) bench.fail(ear, `does not sound ${order.id} within ${SOUNDS_WITHIN_MS} ms of its begin`)
}
export const ASKED_AFTER_MS = SOUNDS_WITHIN_MS + 500

/** The board says what was heard: no sounding that nobody heard, and none unreached that sounded. */
export function checkVerdict(bench: Bench, ear: Ear, { id, at, verdict }: { readonly id: string; readonly at: number; readonly verdict: string }): void {
  const order = ear.alarms.get(id)?.order
  const heard = order ? order.parts.some(({ m }) => heardOf(ear, m ?? '', at).some((one) => one.slot?.id === `a.${id}` || one.sha === bench.options.alarms.clips.tone.sha)) : false
  bench.count('verdicts')
  if (!heard && (verdict === 'sounding' || verdict === 'finished')) bench.fail(ear, `is shown with the emergency ${id} ${verdict}, and nobody heard it`)
  const told = ear.up.value && ear.online.value && ear.online.since < bench.options.world.now() - STEADY_MS
  if (order && heardMessage(ear, order) && told && (verdict === 'unreached' || verdict === 'ordered')) bench.fail(ear, `has sounded the emergency ${id} and is shown as ${verdict}`)
}

/** What was accepted is heard wherever it could be: asked when it is over. `stationSince`: since when the station is there. */
export function checkReached(bench: Bench, ear: Ear, order: AlertOrder, stationSince: number): void {
  const now = bench.options.world.now()
  const held = order.parts.every(({ m }) => m !== undefined && ear.holding(m).value && ear.holding(m).since < now - STEADY_MS)
  const rivals = [...ear.alarms.values()].some(({ order: other }) => other.id !== order.id && other.exp > order.at && other.at < now)
  if (!held || rivals || !steady(ear, now - STEADY_MS) || stationSince > now - STEADY_MS || isStopped(ear, order, now)) return
  bench.count('emergencies asked for at their end')
  if (!heardMessage(ear, order)) bench.fail(ear, `was reached by nothing of the emergency ${order.id}, which it could have sounded`)
}
