import { wallMs, type WallMs } from './clock.ts'
import type { Because } from './timeline-answer.ts'
import { allowedSpans, EMERGENCY, isVoice, type House, type Item, type Span } from './timeline-item.ts'
import { endOfSound, endOfTurn, type Run, topOf } from './timeline-ladder.ts'

/** A stretch of sound, `to` exclusive; `offsetMs` is the position at `from`. An emergency goes round: it begins again whenever its length is through. */
export interface Play {
  readonly item: Item
  readonly from: WallMs
  readonly to: WallMs
  readonly offsetMs: number
  readonly because: Because
}

export interface Swept {
  /** Ascending, never two at once. */
  readonly plays: readonly Play[]
  /** What ended an item that might have gone on: the id of a slot, or the code of a bound. */
  readonly endedBy: ReadonlyMap<Item, string>
}

interface Sweep {
  readonly house: House
  /** Ascending by start. */
  readonly items: readonly Item[]
  readonly plays: Play[]
  readonly endedBy: Map<Item, string>
  now: WallMs
  /** How many of the items have fallen due. */
  admitted: number
  runs: Run[]
  current: { readonly run: Run; readonly because: Because } | null
  /** The id of the slot that sounded last: what the waiting ones waited for. */
  lastSounded: string
}

const spanOf = (run: Run): Span | undefined => run.spans[run.span]
const followsLive = (run: Run): boolean => run.joinsLive || run.item.slot.resume === 'where-it-would-be-now'

function finish(sweep: Sweep, run: Run, endedBy: string | null): void {
  run.over = true
  if (sweep.current?.run === run) sweep.current = null
  if (endedBy !== null) sweep.endedBy.set(run.item, endedBy)
}

function admit(sweep: Sweep): void {
  for (let item = sweep.items[sweep.admitted]; item && item.start <= sweep.now; item = sweep.items[++sweep.admitted]) {
    const spans = allowedSpans(item, sweep.house)
    const joinsLive = (spans[0]?.from ?? item.start) > item.start
    if (spans.length > 0)
      sweep.runs.push({ item, spans, span: 0, begunAt: null, offsetMs: 0, since: item.start, repeated: 0, joinsLive, over: false })
  }
}

/** Takes an item out that has come to its end, and moves it over the bounds that have passed. */
function settle(sweep: Sweep, run: Run): void {
  const { now } = sweep
  const { item } = run
  const loops = item.rung === EMERGENCY && !isVoice(item.slot)
  if (loops && sweep.current?.run === run) {
    repeatUntil(run, now)
    if (run.repeated >= item.repeats) return finish(sweep, run, null)
  }
  if (!loops && sweep.current?.run === run && endOfSound(run) <= now) return finish(sweep, run, null)
  for (let span = spanOf(run); span && span.to <= now; span = spanOf(run)) {
    run.span++
    run.joinsLive = true
    if (sweep.current?.run === run) sweep.current = null
    const next = spanOf(run)
    if (!next) return finish(sweep, run, null)
    if (run.begunAt !== null && item.slot.resume === 'drop') return finish(sweep, run, next.after)
  }
  if (!loops && followsLive(run) && item.start + item.lengthMs <= now) finish(sweep, run, null)
}

/** Cuts the sounding item off for `by`. */
function interrupt(sweep: Sweep, run: Run, by: Run): void {
  run.offsetMs += sweep.now - run.since
  run.since = sweep.now
  sweep.current = null
  if (run.item.rung !== EMERGENCY && run.item.slot.resume === 'drop') finish(sweep, run, by.item.slot.id)
}

/** Music that has begun does not come back after an emergency, even if something else had cut it off before (DESIGN §3). */
function dropMusic(sweep: Sweep, by: Run): void {
  for (const run of sweep.runs)
    if (run.item.slot.music && run.item.rung !== EMERGENCY && run.begunAt !== null) finish(sweep, run, by.item.slot.id)
}

function begin(sweep: Sweep, run: Run): void {
  const { now } = sweep
  const { slot, start, rung } = run.item
  const span = spanOf(run)
  const after = span?.after && span.from === now ? span.after : sweep.lastSounded
  const rule = rung === EMERGENCY && !isVoice(slot) ? 'from-the-beginning' : followsLive(run) ? 'where-it-would-be-now' : slot.resume
  const back = run.begunAt !== null
  if (rule === 'where-it-would-be-now') run.offsetMs = now - start
  else if (!back || rule === 'from-the-beginning') run.offsetMs = 0
  run.since = now
  if (!back || rung === EMERGENCY) run.begunAt = now
  const because: Because = back
    ? { code: 'resumed', slot: slot.id, rule, after }
    : now === start
      ? { code: 'due', slot: slot.id, class: slot.class }
      : { code: 'late', slot: slot.id, after }
  sweep.current = { run, because }
}

/** Begins the repeat of an emergency that holds `at`, or ends at it; counts those that are through. A repeat that was cut off does not count. */
function repeatUntil(run: Run, at: WallMs): void {
  const { lengthMs } = run.item
  const begun = Math.max(0, Math.ceil((at - run.since) / lengthMs) - 1)
  run.repeated += Math.floor((at - run.since) / lengthMs)
  if (begun === 0) return
  run.since = wallMs(run.since + begun * lengthMs)
  run.begunAt = run.since
}

function decide(sweep: Sweep): void {
  const { now } = sweep
  const ready = sweep.runs.filter((run) => (spanOf(run)?.from ?? Infinity) <= now)
  const top = topOf(ready, sweep.current?.run ?? null, now)
  if (!top) return
  if (top.item.rung === EMERGENCY) dropMusic(sweep, top)
  if (sweep.current?.run !== top) {
    if (sweep.current) interrupt(sweep, sweep.current.run, top)
    begin(sweep, top)
  } else if (endOfSound(top) <= now) {
    top.since = now
    top.begunAt = now
  }
}

/** The next instant at which the decision may differ; Infinity when all is over. */
function nextChange(sweep: Sweep): WallMs {
  let next: number = sweep.items[sweep.admitted]?.start ?? Infinity
  const emergencies = sweep.runs.filter((run) => run.item.rung === EMERGENCY)
  for (const run of sweep.runs) {
    const opens = spanOf(run)?.from ?? Infinity
    if (opens > sweep.now) next = Math.min(next, opens)
  }
  const run = sweep.current?.run
  // an emergency that is alone repeats without anybody to decide about: a week of it is one step
  const alone = run?.item.rung === EMERGENCY && emergencies.length === 1
  const further = run && alone ? (run.item.repeats - run.repeated - 1) * run.item.lengthMs : 0
  if (run) next = Math.min(next, endOfTurn(run, emergencies) + further, spanOf(run)?.to ?? Infinity)
  return wallMs(next)
}

/** Writes down what sounds until `to`; an answer that did not change goes on. */
function note(sweep: Sweep, to: WallMs): void {
  if (!sweep.current) return
  const { now, plays } = sweep
  const { run, because } = sweep.current
  const offsetMs = run.offsetMs + now - run.since
  const last = plays.at(-1)
  // whoever begins anew has a reason of its own, so the same reason is the same sound
  const goesOn = last?.because === because && last.to === now
  if (goesOn) plays[plays.length - 1] = { ...last, to }
  else plays.push({ item: run.item, from: now, to, offsetMs, because })
  sweep.lastSounded = run.item.slot.id
}

/**
 * Walks once through the items of a busy period (ascending by start) from event to event: something falls due, ends, repeats, or
 * a bound rises or falls. Costs events × items at the same time.
 */
export function sweepItems(items: readonly Item[], house: House): Swept {
  const start = items[0]?.start
  const sweep: Sweep = {
    house,
    items,
    plays: [],
    endedBy: new Map(),
    now: start ?? wallMs(0),
    admitted: 0,
    runs: [],
    current: null,
    lastSounded: '',
  }
  while (sweep.now < Infinity && items.length > 0) {
    admit(sweep)
    for (const run of sweep.runs) settle(sweep, run)
    sweep.runs = sweep.runs.filter((run) => !run.over)
    decide(sweep)
    const next = nextChange(sweep)
    note(sweep, next)
    sweep.now = next
  }
  return { plays: sweep.plays, endedBy: sweep.endedBy }
}
