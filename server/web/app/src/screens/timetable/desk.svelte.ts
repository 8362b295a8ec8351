import { untrack } from 'svelte'
import type { Answer, Sentence } from '../../lib/answer.ts'
import { flatAreas, type AreaNode, type FlatArea } from '../../lib/areas.ts'
import { ask } from '../../lib/ask.ts'
import { onStationEvent } from '../../lib/live.svelte.ts'
import { resource, type Resource } from '../../lib/resource.svelte.ts'
import { now } from '../../lib/tick.svelte.ts'
import { addDays, dateAt, mondayOf } from './dates.ts'
import { backTo, mergedSessions, requestOf, type Edit, type Step } from './edits.ts'
import { AREA_KEY, DRAFT_KEY, held, keep, seenIn, sitDown, turnTo, type Trouble } from './held.svelte.ts'
import type { ClashAnswer, DraftNews, DraftView, DraftWhole, Edited, Finding, Session, WeekView } from './views.ts'

/** What the timetable's pages share: which week and area, the draft that somebody works in, and how it is changed. */
export interface Desk {
  readonly draft: string | null
  readonly area: string | null
  readonly from: string
  readonly day: string
  readonly busy: boolean
  readonly trouble: Trouble | null
  readonly said: string | null
  readonly undoable: string | null
  readonly closed: Sentence | null
  /** Who else has just changed the draft that is shown, by name; what they did is on the page already. */
  readonly other: string | null
  readonly week: Resource<WeekView>
  readonly whole: Resource<DraftWhole | null>
  readonly areas: Resource<AreaNode[]>
  /** What sounds as it was published. */
  readonly inForce: Resource<Session[]>
  readonly flat: readonly FlatArea[]
  /** Sessions as the draft has them, or as they are in force; null until they are loaded. */
  readonly sessions: readonly Session[] | null
  show(what: { readonly area?: string | null; readonly day?: string }): void
  use(draft: string | null): void
  begin(name: string): Promise<Answer<DraftView>>
  discard(): Promise<Answer<DraftView>>
  /** Writes an edit into the draft; false where it does not stand there. */
  run(edit: Edit, answer?: ClashAnswer): Promise<boolean>
  undo(done: string): Promise<boolean>
  dismiss(): void
  say(text: string | null): void
  reload(): Promise<void>
}

const MOST_UNDO = 20
/** What is told of within this is shown together. */
const GATHER_MS = 300
/** Findings that a bar or a mark shows already. */
const SHOWN_OTHERWISE = new Set(['over-filled', 'under-filled', 'interrupts', 'never', 'no-cluster', 'unknown-relay', 'not-approved'])

/** For which area a draft is begun: for all that somebody may change, or for the one that is shown. */
export function areaOfDraft(rights: 'all' | readonly string[], shown: string | null): string | undefined {
  if (rights === 'all') return undefined
  return shown !== null ? shown : rights[0]
}

/** The finding of a session that a person has to look at now. */
const worthADialog = ({ level, code }: Finding): boolean => level === 'refused' || (level === 'warning' && !SHOWN_OTHERWISE.has(code))

/** Belongs in a component's script. */
export function createDesk(): Desk {
  untrack(sitDown)
  $effect.pre(() => {
    const today = dateAt(now())
    untrack(() => turnTo(today))
  })
  const weekPath = (): string => `/timetable/week?${new URLSearchParams({ from: held.from, ...(held.area === null ? {} : { area: held.area }), ...(held.draft === null ? {} : { draft: held.draft }) })}`
  const inForce = resource(() => ask<Session[]>('GET', '/sessions'), ['timetable'])
  const areas = resource(() => ask<AreaNode[]>('GET', '/areas'), ['area'])
  const whole = resource<DraftWhole | null>(async () => {
    const id = held.draft
    if (id === null) return { ok: true, value: null }
    const answer = await ask<DraftWhole>('GET', `/timetable/drafts/${id}`)
    // published or discarded elsewhere, or not ours any more
    if (!answer.ok && held.draft === id && (answer.kind === 'refused' || answer.kind === 'forbidden')) close(answer.sentence)
    return answer
  }, ['timetable'])
  const week = resource(() => ask<WeekView>('GET', weekPath()), ['timetable', 'policy', 'programme', 'pause', 'opening', 'mourning', 'cluster.'])
  const flat = $derived(areas.value ? flatAreas(areas.value) : [])
  const sessions = $derived(inForce.value && (held.draft === null || whole.value) ? mergedSessions(inForce.value, whole.value?.list ?? []) : null)
  let version: number | null = null
  /** An edit whose answer got lost: it may stand there already. */
  let unsure: { readonly edit: Edit; readonly version: number } | null = null
  $effect(() => {
    if (whole.value) version = whole.value.version
  })
  /** Changes of the draft that were told of, until it is known whose they are: of one's own the stream may tell before their answer is here. */
  let heard: readonly DraftNews[] = []
  const own = new Set<number>()
  let gather: ReturnType<typeof setTimeout> | undefined
  $effect(() => {
    const forget = onStationEvent((event) => {
      if (event?.kind !== 'draft.changed' || event.subject !== held.draft) return
      heard = [...heard, event.detail as DraftNews]
      clearTimeout(gather)
      gather = setTimeout(() => void catchUp(), GATHER_MS)
    })
    return () => {
      forget()
      clearTimeout(gather)
    }
  })
  /** Shows what others have done to the draft, and tells who: nothing that is being typed is touched. */
  async function catchUp(): Promise<void> {
    clearTimeout(gather)
    if (held.busy) return void (gather = setTimeout(() => void catchUp(), GATHER_MS))
    const news = heard
    heard = []
    const isBehind = news.some(({ version: n, what }) => what === 'discarded' || n > (whole.value?.version ?? 0))
    if (isBehind) await Promise.all([whole.load(), week.load()])
    const last = news.findLast(({ version: n, what }) => what !== 'discarded' && !own.has(n))
    if (last && held.draft !== null) held.other = last.by
  }

  function use(draft: string | null): void {
    held.draft = draft
    Object.assign(held, { undo: [], shown: [], trouble: null, said: null, closed: null, other: null })
    heard = []
    own.clear()
    version = null
    keep(DRAFT_KEY, draft)
  }
  function close(sentence: Sentence): void {
    use(null)
    held.closed = sentence
  }
  const reload = async (): Promise<void> => void (await Promise.all([whole.load(), week.load(), inForce.load()]))

  const send = (step: Step, answer: ClashAnswer | undefined): Promise<Answer<Edited>> => {
    const { method, path, body } = requestOf(step, answer)
    return ask<Edited>(method, `/timetable/drafts/${held.draft}${path}`, { ...(body === undefined ? {} : { body }), headers: version === null ? {} : { 'if-match': String(version) } })
  }

  /** What came of a step that was not written. */
  async function failed(edit: Edit, answer: Exclude<Answer<Edited>, { ok: true }>): Promise<Trouble | null> {
    if (answer.kind === 'offline') {
      unsure = { edit, version: version ?? 0 }
      return { kind: 'failed', edit, answer }
    }
    if (answer.sentence.code === 'draft-changed') {
      await reload()
      const mine = unsure?.edit === edit && whole.value?.version === unsure.version + 1
      unsure = null
      return mine ? null : { kind: 'changed', edit }
    }
    if (answer.kind === 'refused' && answer.sentence.field === '/answer') return { kind: 'clash', edit, sentence: answer.sentence }
    return { kind: 'failed', edit, answer }
  }

  async function write(edit: Edit, steps: readonly Step[], answer: ClashAnswer | undefined): Promise<{ readonly trouble: Trouble | null; readonly changed: readonly string[]; readonly findings: readonly Finding[] }> {
    const changed: string[] = []
    let findings: Finding[] = []
    for (const step of steps) {
      const came = await send(step, answer)
      if (!came.ok) return { trouble: await failed(edit, came), changed, findings }
      version = came.value.version
      own.add(version)
      changed.push(...came.value.changed)
      findings = [...findings.filter(({ path }) => !came.value.findings.some((one) => one.path === path)), ...came.value.findings]
    }
    unsure = null
    return { trouble: null, changed, findings }
  }

  async function run(edit: Edit, answer?: ClashAnswer): Promise<boolean> {
    if (held.draft === null || held.busy || !sessions) return false
    const before = sessions
    const steps = edit.steps(before)
    held.trouble = null
    held.said = null
    held.other = null
    if (typeof steps === 'string') {
      held.trouble = { kind: 'cannot', why: steps }
      return false
    }
    held.busy = true
    const { trouble, changed, findings } = await write(edit, steps, answer)
    if (changed.length > 0) held.undo = [...held.undo, { done: edit.done, before: new Map(changed.map((id) => [id, before.find((one) => one.id === id) ?? null])) }].slice(-MOST_UNDO)
    await Promise.all([whole.load(), week.load()])
    held.busy = false
    held.trouble = trouble
    if (trouble) return false
    const fresh = findings.filter((one) => worthADialog(one) && !held.shown.includes(one.vi))
    held.shown = [...held.shown, ...fresh.map(({ vi }) => vi)]
    held.said = edit.done
    edit.stands?.()
    if (fresh.length > 0) held.trouble = { kind: 'findings', findings: fresh }
    return true
  }

  return {
    get draft() { return held.draft },
    get area() { return held.area },
    get from() { return held.from },
    get day() { return held.day },
    get busy() { return held.busy },
    get trouble() { return held.trouble },
    get said() { return held.said },
    get undoable() { return held.undo.at(-1)?.done ?? null },
    get closed() { return held.closed },
    get other() { return held.other },
    get flat() { return flat },
    get sessions() { return sessions },
    week, whole, areas, inForce, use, run,
    show({ area, day }) {
      if (area !== undefined) keep(AREA_KEY, (held.area = area))
      if (day === undefined) return
      held.day = day
      held.from = mondayOf(day)
    },
    async begin(name) {
      const area = areaOfDraft(seenIn('timetable.draft'), held.area)
      held.busy = true
      const answer = await ask<DraftView>('POST', '/timetable/drafts', { body: { name, ...(area === undefined ? {} : { area }) } })
      held.busy = false
      if (answer.ok) use(answer.value.id)
      return answer
    },
    async discard() {
      held.busy = true
      const answer = await ask<DraftView>('DELETE', `/timetable/drafts/${held.draft}`)
      held.busy = false
      if (answer.ok) use(null)
      return answer
    },
    async undo(done) {
      const last = held.undo.at(-1)
      if (!last) return false
      const stack = held.undo.slice(0, -1)
      const isBack = await run({ done, steps: (now) => backTo(last.before, now) })
      // going back is no step to go back from
      if (isBack) held.undo = stack
      return isBack
    },
    dismiss() {
      held.trouble = null
      held.closed = null
      held.other = null
    },
    say: (text) => void (held.said = text),
    reload,
  }
}

/** The seven dates of the week that is shown. */
export const datesOf = (from: string): string[] => Array.from({ length: 7 }, (_, n) => addDays(from, n))
