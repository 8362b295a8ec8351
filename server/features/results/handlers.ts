import { civilInstant, dayNumberOf, isoWithOffset, secondOfDay } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { resultPicture } from '../../core/result-picture.ts'
import { lackSentence, resultSentence, type SessionResult } from '../../core/result-of-session.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { askOf } from './runner.ts'
import type { ResultView } from './views.ts'

export interface ResultHandlers {
  latest(who: Identity, limit: number): ResultView[]
  /** Results of an occurrence in the areas that are seen; `fresh`: by what is known now. */
  of(who: Identity, session: string, occurrence: string, fresh: boolean): Promise<Outcome<ResultView[]>>
  picture(who: Identity, session: string, occurrence: string, area: string | null): Promise<Outcome<Uint8Array>>
}

const BAD_OCCURRENCE: Refusal = {
  status: 400, code: 'bad-occurrence', field: 'occurrence', en: 'Write the start of the session as 2026-11-23T05:30, Viet Nam time.', vi: 'Hãy ghi giờ bắt đầu của buổi phát như 2026-11-23T05:30.',
}
const NOT_YET: Refusal = {
  status: 404, code: 'no-result', en: 'There is no result of this session here: it is made five minutes after the session has ended.', vi: 'Chưa có kết quả của buổi phát này: kết quả có sau khi buổi phát kết thúc năm phút.',
}
const CHOOSE: Refusal = {
  status: 422, code: 'several-areas', field: 'area', en: 'This session had several areas: say which one the picture is to show.', vi: 'Buổi phát này có nhiều địa bàn: hãy chọn một địa bàn cho hình ảnh.',
}

/** `2026-11-23T05:30` in Viet Nam, or ms since 1970; null for anything else. */
export function instantOf(text: string): WallMs | null {
  if (/^\d{12,14}$/.test(text)) return wallMs(Number(text))
  const [, date = '', time = ''] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)$/.exec(text) ?? []
  return Number.isNaN(dayNumberOf(date)) || Number.isNaN(secondOfDay(time)) ? null : civilInstant(date, secondOfDay(time))
}

export function createResultHandlers(deps: ServerDeps): ResultHandlers {
  const { stores, access, reports } = deps
  const visible = (who: Identity, results: readonly SessionResult[]): SessionResult[] => {
    const sees = access.sees(who, 'station.read')
    return results.filter(({ area }) => sees(area === '' ? null : area))
  }
  const viewOf = (who: Identity, result: SessionResult): ResultView => {
    const { session, title, area, areaName, clusters, whole, part } = result
    const mayCall = access.sees(who, 'incident.report')(area === '' ? null : area)
    const minutes = (ms: number): number => Math.round(ms / 6_000) / 10
    return {
      session, title, area, areaName, clusters, whole, part, occurrence: isoWithOffset(result.occurrence), end: isoWithOffset(result.end),
      plannedMinutes: minutes(result.plannedMs), airedMinutes: minutes(result.airedMs), ...resultSentence(result),
      lacking: result.lacking.map((one) => ({
        cluster: one.cluster, name: one.name, online: one.online, why: lackSentence(one), reason: one.reason,
        call: one.call && { name: one.call.name, phone: mayCall ? (stores.care.caretakers.of(one.cluster)?.phone ?? null) : null },
      })),
    }
  }
  const found = async (who: Identity, session: string, occurrence: string, fresh: boolean): Promise<Outcome<SessionResult[]>> => {
    const at = instantOf(occurrence)
    if (at === null) return refused(BAD_OCCURRENCE)
    const title = stores.sessions.byId(session)?.name
    const kept = stores.reports.results(session, at)
    if (title === undefined && kept.length === 0) return notFound({ en: 'session', vi: 'buổi phát' }, session)
    const results = fresh ? await reports.run('results', askOf(deps, [{ session, title: title ?? kept[0]?.title ?? session, occurrence: at }])) : kept
    const seen = visible(who, results)
    return seen.length === 0 ? refused(NOT_YET) : accepted(seen)
  }
  return {
    latest: (who, limit) => visible(who, stores.reports.latestResults(wallMs(Number.MAX_SAFE_INTEGER), limit)).map((result) => viewOf(who, result)),
    async of(who, session, occurrence, fresh) {
      const results = await found(who, session, occurrence, fresh)
      return results.ok ? accepted(results.value.map((result) => viewOf(who, result))) : results
    },
    async picture(who, session, occurrence, area) {
      const results = await found(who, session, occurrence, false)
      if (!results.ok) return results
      const fitting = area === null ? results.value : results.value.filter((result) => result.area === area)
      const [one, another] = fitting
      if (!one) return refused(NOT_YET)
      return another ? refused(CHOOSE) : accepted(await reports.run('picture', { svg: resultPicture(one) }))
    },
  }
}
