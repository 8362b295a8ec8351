import { Type, type Static } from 'typebox'
import { civilDate, civilDayNumber, isoWithOffset, MINUTE_MS, startOfDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { staggerOf } from '../../../shared/core/slot.ts'
import { onAirAt, type Because } from '../../../shared/core/timeline.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import { becauseText } from '../../core/because-text.ts'
import { reportOf, type SlotEvidence } from '../../core/evidence-report.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { titleBeside } from '../../core/slot-title.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { openSound, type Audio } from '../programmes/plugin.ts'
import { heardAgain } from './listening.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Instant = Type.String({ description: 'ISO 8601 with offset' })
const Words = { en: Type.String(), vi: Type.String() }

const ItemView = Type.Object({
  slot: Type.String(),
  title: Type.String(),
  session: nullable(Type.String({ description: 'name of the session; null beside the timetable' })),
  kind: Type.Enum(['timetable', 'live', 'emergency']),
  from: Instant,
  to: Instant,
  sounded: nullable(Type.Boolean({ description: 'null while it is not known' })),
  listen: Type.Boolean({ description: 'whether it may be heard again here' }),
})
export const PoleDay = Type.Object({
  name: Type.String(),
  area: nullable(Type.String()),
  date: Type.String({ description: 'YYYY-MM-DD' }),
  online: Type.Boolean({ description: 'whether the station hears of the pole' }),
  now: Type.Object({ do: Type.Enum(['play', 'silence']), title: nullable(Type.String()), ...Words, until: nullable(Type.String({ description: 'the next instant at which anything changes' })) }),
  items: Type.Array(ItemView, { description: 'of today, in order' }),
})
export type PoleDay = Static<typeof PoleDay>
type ItemView = Static<typeof ItemView>

const POLE = { en: 'pole', vi: 'cột loa' }
const TOO_MANY: Refusal = {
  status: 429, code: 'too-many-looks', retryAfterS: 30,
  en: 'This page was opened too often from one address: wait half a minute and try again.', vi: 'Trang này được mở quá nhiều lần từ một nơi: xin chờ nửa phút rồi thử lại.',
}
const NOT_TO_HEAR: Refusal = {
  status: 404, code: 'not-to-hear',
  en: 'This cannot be heard again here: choose an item of today that has a button for it.', vi: 'Nội dung này không nghe lại được ở đây: hãy chọn nội dung hôm nay có nút nghe lại.',
}

/** A row of houses behind one address looks at its pole after an announcement; a script asks much more. */
const LOOKS = { burst: 120, refillMs: 500 }
/** A player asks for a recording in several stretches. */
const LISTENS = { burst: 60, refillMs: 2_000 }
/** Until then the report of the pole may be under way. */
const REPORTED_AFTER_MS = 10 * MINUTE_MS
const DAY_LONGEST_BEFORE_MS = 6 * 3_600_000
const NO_PLAN = { en: 'The timetable has not reached this pole yet.', vi: 'Cụm loa này chưa có lịch phát.' }

export interface PoleHandlers {
  day(code: string, address: string): Outcome<PoleDay>
  sound(code: string, slot: string, from: { readonly address: string; readonly range: string | undefined }): Promise<Outcome<Audio>>
}

export function createPoleHandlers(deps: ServerDeps): PoleHandlers {
  const { stores, access, clock } = deps
  const looks = createAttemptLimit(LOOKS.burst, LOOKS.refillMs)
  const listens = createAttemptLimit(LISTENS.burst, LISTENS.refillMs)

  const poleOf = (code: string): Outcome<ClusterRecord> => {
    const id = stores.care.poleCodes.clusterOf(code)
    const record = id === null ? null : stores.clusters.byId(id)
    return record && record.revokedAt === null ? accepted(record) : notFound(POLE, code)
  }
  /** Areas that the pole lies in, from its hamlet up. */
  const areasAbove = (cluster: string): ReadonlySet<string> => new Set(access.areasOfCluster(cluster).flatMap((area) => [area, ...access.book().chain(area).map(({ code }) => code)]))

  return {
    day(code, address) {
      if (!looks.take(address, clock.mono())) return refused(TOO_MANY)
      const pole = poleOf(code)
      if (!pole.ok) return pole
      const { id, name } = pole.value
      const now = clock.wall()
      const areas = areasAbove(id)
      const past = soundedToday(deps, id, now)
      const listen = (row: SlotEvidence): boolean => heardAgain(row, areas, stores.programmes) !== null
      const known = new Set(past.map(({ slot }) => slot))
      const items = [...past.map((row) => pastView(deps, row, { now, listen: listen(row) })), ...coming(deps, id, now).filter(({ slot }) => !known.has(slot))]
      const [area] = access.areasOfCluster(id)
      return accepted({
        name, area: area === undefined ? null : (access.book().on(area)?.name ?? null), date: civilDate(now), online: stores.presence.byCluster(id)?.online ?? false,
        now: nowView(deps, id, now), items: items.sort((a, b) => Date.parse(a.from) - Date.parse(b.from)),
      })
    },
    async sound(code, slot, { address, range }) {
      if (!listens.take(address, clock.mono())) return refused(TOO_MANY)
      const pole = poleOf(code)
      if (!pole.ok) return pole
      const row = soundedToday(deps, pole.value.id, clock.wall()).find((one) => one.slot === slot)
      const sha = row ? heardAgain(row, areasAbove(pole.value.id), stores.programmes) : null
      return sha === null ? refused(NOT_TO_HEAR) : openSound(deps, sha, range)
    },
  }
}

type PoleDeps = Pick<ServerDeps, 'stores' | 'clock' | 'slotsFor'>

/** What was due or sounded on a pole on the civil day of `now`, by now. */
function soundedToday({ stores }: PoleDeps, cluster: string, now: WallMs): SlotEvidence[] {
  const start = startOfDayNumber(civilDayNumber(now))
  const from = wallMs(start - DAY_LONGEST_BEFORE_MS)
  const report = reportOf(stores.planned.between(from, wallMs(now + 1), cluster), stores.evidence.between(from, wallMs(now + 1), cluster), {
    now,
    reportedRev: (id) => stores.presence.byCluster(id)?.planRev ?? 0,
  })
  return report.filter(({ end }) => end > start)
}

function pastView({ stores }: PoleDeps, row: SlotEvidence, { now, listen }: { readonly now: WallMs; readonly listen: boolean }): ItemView {
  const { slot, planned, began, end } = row
  const kind = planned ? 'timetable' : slot.startsWith('l.') ? 'live' : 'emergency'
  return {
    slot, kind, listen,
    title: planned?.item ?? titleBeside(stores, slot) ?? slot,
    session: planned ? (stores.sessions.byId(planned.session)?.name ?? null) : null,
    from: isoWithOffset(wallMs(began ?? row.due)), to: isoWithOffset(wallMs(end)),
    sounded: began !== null ? true : end + REPORTED_AFTER_MS < now ? false : null,
  }
}

/** What the plan still has for today. */
function coming({ slotsFor, stores }: PoleDeps, cluster: string, now: WallMs): ItemView[] {
  const plan = slotsFor(cluster, now)
  if (!plan) return []
  const tomorrow = startOfDayNumber(civilDayNumber(now) + 1)
  return plan.slots.flatMap((slot) => {
    const start = slot.start + staggerOf(slot, plan.view.staggerIndex)
    if (slot.class === 'emergency' || slot.class === 'live' || start <= now || start >= tomorrow) return []
    const session = /^(.+)\.[0-9a-z]+$/.exec(slot.session)?.[1] ?? slot.session
    return [{
      slot: slot.id, title: plan.titleOf(slot.id) ?? slot.id, session: stores.sessions.byId(session)?.name ?? null, kind: 'timetable' as const,
      from: isoWithOffset(wallMs(start)), to: isoWithOffset(wallMs(Math.min(start + slot.lengthMs, slot.end))), sounded: null, listen: false,
    }]
  })
}

/** Why, without the words in which a person gave a reason: these are for the station. */
function withoutReason(because: Because): Because {
  if (!('reason' in because)) return because
  const { reason: _, ...rest } = because
  return rest
}

function nowView({ slotsFor, stores }: PoleDeps, cluster: string, now: WallMs): PoleDay['now'] {
  const plan = slotsFor(cluster, now)
  if (!plan) return { do: 'silence', title: null, ...NO_PLAN, until: null }
  const onAir = onAirAt(plan.slots, plan.policies, plan.view, now)
  const titleOf = (slot: string): string => stores.planned.one(slot, cluster)?.item ?? plan.titleOf(slot) ?? titleBeside(stores, slot) ?? slot
  return {
    do: onAir.do,
    title: onAir.do === 'play' ? titleOf(onAir.slot.id) : null,
    ...becauseText(withoutReason(onAir.because), titleOf),
    until: onAir.until === null || !Number.isFinite(onAir.until) ? null : isoWithOffset(onAir.until),
  }
}
