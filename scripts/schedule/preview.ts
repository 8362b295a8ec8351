import { clockText, dateOfDayNumber, msOfDay, startOfDayNumber, weekdayOf } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { areaBook } from '../../shared/core/area.ts'
import { layOut, mediaRefOf, type LaidItem, type Layout } from '../../shared/core/layout.ts'
import { lunarOf } from '../../shared/core/lunar.ts'
import { DEFAULT_POLICY_NAME, policyBook } from '../../shared/core/policy-text.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Session, Targets, Timetable } from '../../shared/core/timetable.ts'
import { timeline, type Segment } from '../../shared/core/timeline.ts'
import { durationMs } from '../../shared/core/durations.ts'
import type { Lengths } from './lengths.ts'

export interface PreviewQuestion {
  /** Civil day number. */
  readonly day: number
  /** Indices of the sessions that admission refuses: they do not sound. */
  readonly refused: ReadonlySet<number>
  readonly lengths: Lengths
}

/** Someone who hears: a cluster that the file names, or an area with its clusters. */
interface Place {
  readonly name: string
  readonly sessions: readonly number[]
  readonly policy: string
}

/** Rows printed for one place; a session that comes round every few minutes has hundreds. */
const SHOWN_SEGMENTS = 60
const WEEKDAYS = ['thứ hai', 'thứ ba', 'thứ tư', 'thứ năm', 'thứ sáu', 'thứ bảy', 'chủ nhật']

const timeText = (at: WallMs): string => clockText(Math.round(msOfDay(at) / 1000))
const endText = (at: WallMs): string => (msOfDay(at) === 0 ? '24:00' : timeText(at))
const marked = (sure: boolean): string => (sure ? '' : ' (length unknown · chưa rõ thời lượng)')

const groupsOf = (targets: Targets): readonly string[] => (targets === 'all' ? [] : (targets.groups ?? []))

function clustersNamed(session: Session, timetable: Timetable): string[] {
  const inGroups = (timetable.groups ?? []).filter((g) => groupsOf(session.targets).includes(g.id)).flatMap((g) => g.clusters)
  return [...inGroups, ...(session.targets === 'all' ? [] : (session.targets.clusters ?? []))]
}

/** Without the station's records a cluster's area is not known: a cluster is shown with the sessions that name it; its area's come on top. */
function placesOf(timetable: Timetable, day: number): Place[] {
  const book = areaBook(timetable.areas, day)
  const roots = timetable.areas.filter((a) => a.parent === undefined)
  const rootPolicy = roots.map((a) => book.policyName(a.code)).find((p) => p !== undefined) ?? DEFAULT_POLICY_NAME
  const indices = timetable.sessions.map((_, n) => n)
  const session = (n: number): Session => timetable.sessions[n] as Session
  const names = [...new Set(timetable.sessions.flatMap((s) => clustersNamed(s, timetable)))]
  const clusters = names.map((name) => ({
    name,
    sessions: indices.filter((n) => session(n).targets === 'all' || clustersNamed(session(n), timetable).includes(name)),
    policy: rootPolicy,
  }))
  const areas = timetable.areas.filter((a) => book.on(a.code) === a && a.kind !== 'province').map((a) => ({
    name: `${a.name} (${a.code})`,
    sessions: indices.filter((n) => {
      const { targets } = session(n)
      return targets === 'all' || (targets.areas ?? []).some((code) => book.within(a.code, code))
    }),
    policy: book.policyName(a.code) ?? DEFAULT_POLICY_NAME,
  }))
  return [...together(areas), ...together(clusters)].filter((p) => p.sessions.length > 0)
}

/** Places that hear the same are shown once, with all their names. */
function together(places: readonly Place[]): Place[] {
  const same = new Map<string, Place>()
  for (const p of places) {
    const key = `${p.policy} ${p.sessions.join(',')}`
    const known = same.get(key)
    same.set(key, known ? { ...known, name: `${known.name}, ${p.name}` } : p)
  }
  return [...same.values()]
}

function slotsOf(session: Session, occurrence: Occurrence, layout: Layout, policy: string): Slot[] {
  const id = `${session.id}.${occurrence.start}`
  return layout.items.map((item: LaidItem, n) => ({
    id: `${id}.${n}`,
    session: id,
    class: item.class,
    start: wallMs(occurrence.start + item.at),
    end: occurrence.end,
    lengthMs: item.len,
    source: item.stream === undefined
      ? { kind: 'file', media: item.media ?? '' }
      : { kind: 'stream', stream: item.stream, substitute: item.media },
    resume: item.resume,
    policy,
    music: item.music,
    order: item.order,
    staggerMs: session.stagger === undefined ? 0 : durationMs(session.stagger),
    issuedAt: occurrence.start,
  }))
}

interface Sounding {
  readonly timetable: Timetable
  readonly question: PreviewQuestion
  readonly from: WallMs
  readonly to: WallMs
}

function segmentLines(place: Place, { timetable, question, from, to }: Sounding): string[] {
  const names = new Map<string, string>()
  const slots = place.sessions.filter((n) => !question.refused.has(n)).flatMap((n) => {
    const session = timetable.sessions[n] as Session
    return occurrencesBetween(session, from, to).flatMap((occurrence) => {
      const layout = layOut(session, occurrence, question.lengths.find)
      const made = slotsOf(session, occurrence, layout, session.policy ?? place.policy)
      made.forEach((slot, i) => names.set(slot.id, `${session.name} · ${layout.items[i]?.name ?? ''}`))
      return made
    })
  })
  const view = { staggerIndex: 0, stoppedAt: null, muted: false }
  const sounding = timeline(slots, policyBook(timetable), view, from, to)
    .flatMap((s: Segment) => (s.onAir.do === 'play' ? [{ from: s.from, to: s.to, name: names.get(s.onAir.slot.id) ?? s.onAir.slot.id, offset: s.onAir.offsetMs }] : []))
  const lines = sounding.slice(0, SHOWN_SEGMENTS).map((s) =>
    `  ${timeText(s.from)}–${endText(s.to)}  ${s.name}${s.offset > 0 ? ` (from ${Math.round(s.offset / 1000)} s)` : ''}`)
  const left = sounding.length - lines.length
  return left > 0 ? [...lines, `  … and ${left} more · và ${left} mục nữa`] : lines.length > 0 ? lines : ['  (silence · không phát)']
}

function sessionLines(session: Session, index: number, { question, from, to }: Sounding): string[] {
  const occurrences = occurrencesBetween(session, from, to).filter((o) => o.start >= from)
  const first = occurrences[0]
  const title = `${session.name} [${session.id}]`
  if (question.refused.has(index)) return [`✗ ${title}: refused, see below · bị từ chối, xem bên dưới`]
  if (!first) return [`– ${title}: not on this day · không phát ngày này`]
  const rounds = occurrences.length > 1 ? `, ${occurrences.length} × from ${timeText(first.start)}` : ''
  const layout = layOut(session, first, question.lengths.find)
  const unsure = session.items.some((i) => !('relay' in i) && !question.lengths.isKnown(mediaRefOf(i)))
  const items = layout.items.map((i) => `    ${timeText(wallMs(first.start + i.at))}  ${i.name}${i.stream === undefined ? '' : ` (relay · tiếp âm ${i.stream})`}`)
  return [`✓ ${title}: ${timeText(first.start)}–${endText(first.end)}${rounds}${marked(!unsure)}`, ...items]
}

/** What the timetable does on a day: session by session, then place by place as the one rule of the timeline decides. */
export function previewLines(timetable: Timetable, question: PreviewQuestion): string[] {
  const { day } = question
  const sounding = { timetable, question, from: startOfDayNumber(day), to: startOfDayNumber(day + 1) }
  const lunar = lunarOf(day)
  const leap = lunar.leap ? ' nhuận' : ''
  return [
    `${timetable.station} · ${dateOfDayNumber(day)} (${WEEKDAYS[weekdayOf(day) - 1]}, ${lunar.day}/${lunar.month}${leap} âm lịch)`,
    '',
    'Sessions · Buổi phát:',
    ...timetable.sessions.flatMap((s, n) => sessionLines(s, n, sounding)),
    ...placesOf(timetable, day).flatMap((p) => ['', `${p.name}:`, ...segmentLines(p, sounding)]),
  ]
}
