import { checkAlarmBegan, checkAlarmEnded, isBesideAlarm } from './alarm-ear.ts'
import type { Bench, Ear, Heard } from './checker.ts'
import { firstClosed, isContested, mayCloseAt, slotsBetween, type ReadPlan, type ReadSlot } from './plan-reading.ts'
import type { Sounding } from './recorder.ts'

/** A box offline for days may be this wrong; nobody may be more. */
const MOST_WRONG_MS = 2_000
const OVERLAP_MS = 300
const AMPLIFIER_OFF_MS = 5_000
const NO_DATES = { openings: [], pauses: [] }

export const datedOf = (plan: ReadPlan, slot: ReadSlot): { openings: readonly { from: number; to: number }[]; pauses: readonly { from: number; to: number }[] } =>
  plan.policies[plan.sessions.find((s) => s.id === slot.session)?.policy ?? ''] ?? NO_DATES

export const toleranceOf = (ear: Ear): number => Math.min(MOST_WRONG_MS, ear.errMs() + 60)

/** The slots of a plan that let a file sound at an instant; the one whose position fits best comes first, unless it is just ending. */
function justified(plan: ReadPlan, sounding: Sounding, at: number, tolMs: number): ReadSlot[] {
  const position = sounding.offsetMs + at - sounding.from
  const fits = slotsBetween(plan, at - MOST_WRONG_MS, at + MOST_WRONG_MS).filter((slot) => slot.sha === sounding.sha && slot.start - tolMs <= at && at < slot.lastEnd + tolMs)
  const off = (slot: ReadSlot): number => Math.abs(at - slot.start - position) + (slot.lastEnd < at + tolMs ? 86_400_000 : 0)
  return fits.sort((a, b) => off(a) - off(b))
}

export function checkBegan(bench: Bench, ear: Ear, sounding: Sounding): void {
  const { fail } = bench
  const at = sounding.from
  const tolMs = toleranceOf(ear)
  if (bench.options.alarms.isClip(sounding.sha)) return watchSound(bench, ear, checkAlarmBegan(bench, ear, sounding, tolMs))
  const plan = ear.plan.value
  const slots = plan ? justified(plan, sounding, at, tolMs) : []
  const slot = slots[0] ?? null
  const heard: Heard = { sha: sounding.sha, offsetMs: sounding.offsetMs, from: at, to: null, slot, tolMs, lastEnd: Math.max(...slots.map((s) => s.lastEnd)), contested: plan !== null && slot !== null && isContested(plan, slot), cut: false }
  ear.sounding.add(heard)
  ear.heard.push(heard)
  bench.count('sounds')
  bench.say(ear, `sounds ${slot?.id ?? sounding.sha} from ${(at - (slot?.start ?? at)).toFixed(0)} at ${sounding.offsetMs.toFixed(0)}`)
  if (!ear.trusted.value) return fail(ear, 'sounds although its clock is untrusted')
  if (!plan || !slot) return fail(ear, `sounds ${sounding.sha.slice(0, 8)} which no plan in force there has now (rev ${plan?.rev ?? 0})`)
  const hours = bench.options.hoursOf(slot.session, ear.id)
  const state = (shift: number): string => (hours ? mayCloseAt(hours, datedOf(plan, slot), at + shift) : 'without a policy')
  if ([-tolMs, 0, tolMs].every((shift) => state(shift) !== 'open')) return fail(ear, `sounds ${slot.id} where its policy says ${state(0)}`)
  const now = ear.now.value
  if (now?.mute && ear.now.since < at - 1_000) return fail(ear, `sounds ${slot.id} although it is muted`)
  if (now && now.stop !== null && slot.sessionStart <= now.stop && now.stop < at - tolMs) return fail(ear, `sounds ${slot.id} after it was stopped`)
  watchSound(bench, ear, heard)
}

function watchSound({ options, fail }: Bench, ear: Ear, heard: Heard): void {
  options.world.after(50, () => {
    if (ear.sounding.has(heard) && !ear.amplifier.value) fail(ear, `sounds ${heard.slot?.id ?? heard.sha} into an amplifier that is off`)
  })
  options.world.after(OVERLAP_MS, () => {
    if (ear.sounding.has(heard) && [...ear.sounding].some((other) => other !== heard && other.from <= heard.from)) fail(ear, 'sounds twice at once')
  })
}

export function checkEnded(bench: Bench, ear: Ear, sounding: Sounding): void {
  const heard = [...ear.sounding].find((h) => h.from === sounding.from && h.sha === sounding.sha)
  if (!heard) return
  ear.sounding.delete(heard)
  const to = bench.options.world.now()
  heard.to = to
  ear.silentSince = to
  bench.say(ear, `silent ${heard.slot?.id ?? heard.sha} after ${(to - heard.from).toFixed(0)}${heard.cut ? ' by a power cut' : ''}`)
  armAmplifierCheck(bench, ear)
  const { slot, tolMs } = heard
  if (slot?.session === 'alarm') return checkAlarmEnded(bench, ear, heard)
  const plan = ear.plan.value
  if (!slot || !plan) return
  if (to > heard.lastEnd + tolMs) bench.fail(ear, `sounds ${slot.id} ${(to - heard.lastEnd).toFixed(0)} ms past its end`)
  const hours = bench.options.hoursOf(slot.session, ear.id)
  const closed = hours && firstClosed(hours, datedOf(plan, slot), heard.from + tolMs, to - tolMs)
  const known = ear.plan.since < to - 2_000 && heard.lastEnd === slot.lastEnd
  if (closed !== null && known && to - Math.max(closed, ear.plan.since + 2_000) > tolMs) bench.fail(ear, `sounds ${slot.id} on into hours in which its policy says silence`)
  checkTwice(bench, ear, heard)
}

/** The same part of the same slot is heard once. */
function checkTwice(bench: Bench, ear: Ear, heard: Heard): void {
  const { slot } = heard
  const plan = ear.plan.value
  if (!slot || !plan) return
  if (isContested(plan, slot) || isBesideAlarm(ear, slot)) heard.contested = true
  if (heard.contested) return
  const end = (h: Heard): number => h.offsetMs + ((h.to ?? h.from) - h.from)
  for (let i = ear.heard.length - 1; i >= 0; i--) {
    const other = ear.heard[i] as Heard
    if (other.from < slot.start - 60_000) break
    if (other === heard || other.contested || other.slot?.id !== slot.id || other.slot.start !== slot.start || other.sha !== heard.sha) continue
    const again = Math.min(end(other), end(heard)) - Math.max(other.offsetMs, heard.offsetMs)
    if (again > 30 + heard.tolMs + other.tolMs) bench.fail(ear, `sounds ${again.toFixed(0)} ms of ${slot.id} twice`)
    // a correction of the clock may set the position back by its error, but not make a stretch of its own
    else if (again > 5 && other.to !== null && !other.cut && other.to >= slot.end - 200 && heard.from >= other.to) bench.fail(ear, `begins the end of ${slot.id} again after it was over`)
  }
}

export function checkAmplifier(bench: Bench, ear: Ear, on: boolean): void {
  const { world } = bench.options
  ear.amplifier.turn(world.now(), on)
  if (on) armAmplifierCheck(bench, ear)
  else if (ear.up.value)
    // a fade may outlast it, and an item that follows directly switches it on again
    world.after(100, () => {
      if (!ear.amplifier.value && ear.sounding.size > 0 && ear.up.value) bench.fail(ear, 'switches the amplifier off in the middle of sound')
    })
}

function armAmplifierCheck(bench: Bench, ear: Ear): void {
  const { world } = bench.options
  if (!ear.amplifier.value) return
  world.after(AMPLIFIER_OFF_MS, () => {
    const idle = world.now() - Math.max(ear.amplifier.since, ear.silentSince)
    if (ear.amplifier.value && ear.sounding.size === 0 && idle >= AMPLIFIER_OFF_MS - 1) bench.fail(ear, 'leaves the amplifier on without sound')
  })
}

/** A new plan has been in force for a moment: what sounds must be in it. */
export function checkPlanTurn(bench: Bench, ear: Ear): void {
  const plan = ear.plan.value
  if (!plan || !ear.up.value || bench.options.world.now() - ear.plan.since < 1_999) return
  for (const heard of ear.sounding) {
    if (heard.slot?.session === 'alarm') continue
    if (justified(plan, heard, bench.options.world.now(), heard.tolMs).length === 0) bench.fail(ear, `sounds on what the plan in force no longer has (rev ${plan.rev})`)
  }
}

/** A stop or a mute has reached it: silence. */
export function checkStopped(bench: Bench, ear: Ear): void {
  const now = ear.now.value
  if (!now || bench.options.world.now() - ear.now.since < 999) return
  for (const { slot } of ear.sounding) {
    if (now.mute && slot?.session !== 'alarm') bench.fail(ear, 'sounds on although it was muted')
    else if (slot && now.stop !== null && slot.sessionStart <= now.stop) bench.fail(ear, `sounds ${slot.id} on although it was stopped`)
  }
}
