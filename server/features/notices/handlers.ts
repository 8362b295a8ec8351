import { wallMs } from '../../../shared/core/clock.ts'
import type { Targets } from '../../../shared/core/timetable.ts'
import { ADMINISTRATOR_IDENTITY, type Identity } from '../../core/identity.ts'
import { composeNotice, type NoticeRecord, type NoticeTemplate, type NoticeWhen } from '../../core/notice.ts'
import { identityOf } from '../../core/person-store.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { createApprovalHandlers } from '../approval/plugin.ts'
import { createMaking } from '../programmes/plugin.ts'
import { air, airRefusal, audienceFor, placedUnder, takeBack, type Aired, type AiringDeps } from './airing.ts'
import { clear, type Clearance } from './approving.ts'
import { MAKER_GONE, NOT_APPROVED_IN_TIME, NOTICE, OTHER_KEY, retired, TEMPLATE, wrongState } from './refusals.ts'
import { noticeView, type NoticeView } from './views.ts'

/** What somebody fills in. */
export interface NoticeOrder {
  readonly template: string
  readonly fields: Readonly<Record<string, string>>
  readonly targets: Targets
  /** Absent = made to be listened to first. */
  readonly when?: NoticeWhen
  /** Code of an area, or `station`; absent = the area that is addressed, where it is one. */
  readonly area?: string
  readonly voice?: string
  readonly speed?: number
  readonly approver?: string
}
export interface NoticeHandlers {
  list(who: Identity): NoticeView[]
  one(who: Identity, id: string): Outcome<NoticeView>
  make(who: Identity, order: NoticeOrder, key: string | null): Promise<Outcome<NoticeView>>
  /** Has one that was listened to sound, or one that could not. */
  order(who: Identity, id: string, wish: { readonly when: NoticeWhen; readonly approver?: string }): Promise<Outcome<NoticeView>>
  withdraw(who: Identity, id: string): Outcome<NoticeView>
  /** A programme was approved or sent back: what waits for it goes on. */
  decided(programme: string): void
  /** Goes on where the server before this one left off. */
  catchUp(): void
}

/** An approval that comes later is no "at once" any more. */
const NOW_LIFE_MS = 2 * 3_600_000
const MAX_LISTED = 200
const FOLDER = 'Thông báo'
const NOTHING_AIRED: Pick<Aired, 'skipped' | 'warnings'> = { skipped: [], warnings: [] }

const newId = (deps: Pick<AiringDeps, 'secretBytes'>): string => [...deps.secretBytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const sentence = ({ code, en, vi, field }: Refusal): NonNullable<NoticeRecord['problem']> => ({ code, en, vi, ...(field === undefined ? {} : { field }) })

/** Is a template for the station of an area? Its own, those of the areas around it, and the whole station's. */
export const isFor = ({ access }: Pick<AiringDeps, 'access'>, template: Pick<NoticeTemplate, 'area'>, area: string | null): boolean =>
  template.area === null || (area !== null && access.book().chain(area).some(({ code }) => code === access.book().merged(template.area ?? '')))

export function createNoticeHandlers(deps: AiringDeps): NoticeHandlers {
  const { notices } = deps.stores
  const making = createMaking(deps)
  const approval = createApprovalHandlers(deps)
  const view = (notice: NoticeRecord, more: Partial<Clearance> & Partial<Aired> = {}): NoticeView => noticeView(deps, notice, more)
  const placesOf = (notice: Pick<NoticeRecord, 'targets'>): readonly string[] | 'all' => deps.access.areasOfTargets(notice.targets)
  const seen = (who: Identity, id: string): Outcome<NoticeRecord> => {
    const found = notices.byId(id)
    return found && (found.actor === who.actor || deps.access.concerns(who, 'programme.read')(placesOf(found))) ? accepted(found) : notFound(NOTICE, id)
  }
  const save = (actor: string, action: string, notice: NoticeRecord): NoticeRecord => {
    deps.decide({ actor, action, subject: notice.id, detail: { state: notice.state, when: notice.when, soundings: notice.soundings, problem: notice.problem?.code ?? null } }, () => notices.save(notice))
    return notice
  }
  const tell = (kind: string, notice: NoticeRecord): void => {
    const areas = placesOf(notice)
    deps.events.tell({ kind, at: deps.clock.wall(), areas: areas === 'all' ? [] : areas, subject: notice.id, detail: { name: notice.name, problem: notice.problem } })
  }

  /** What is approved goes out. `ids`: a second order must not meet the session of the first. */
  const goOut = (who: Identity, notice: NoticeRecord, when: NoticeWhen): Outcome<{ readonly notice: NoticeRecord; readonly aired: Aired }> => {
    const item = deps.stores.programmes.byId(notice.programme)
    const aired = air(deps, who, { id: `tb-${notice.id}-${newId(deps).slice(0, 4)}`, programme: notice.programme, ms: item?.ms ?? 0, title: notice.name, targets: notice.targets, when })
    if (!aired.ok) return aired
    const ordered = save(who.actor, 'notice.order', { ...notice, state: 'ordered', when, orderedAt: deps.clock.wall(), soundings: aired.value.soundings, problem: null })
    tell('notice.ordered', ordered)
    return accepted({ notice: ordered, aired: aired.value })
  }

  const order: NoticeHandlers['order'] = async (who, id, { when, approver }) => {
    const found = seen(who, id)
    if (!found.ok) return found
    const notice = found.value
    if (!['prepared', 'failed', 'returned'].includes(notice.state)) return wrongState(notice.state)
    const wrong = airRefusal(deps, who, { targets: notice.targets, when })
    if (wrong) return refused(wrong)
    const cleared = await clear(deps, approval, who, { programme: notice.programme, ...(approver === undefined ? {} : { approver }) })
    if (!cleared.ok) return cleared
    if (!cleared.value.approved) {
      const waiting = save(who.actor, 'notice.ask', { ...notice, state: 'waiting', when, orderedAt: deps.clock.wall(), actor: who.actor, actorName: who.name, problem: null })
      // the approver may have been quicker than the message to them
      goOn(waiting)
      return accepted(view(notices.byId(id) ?? waiting, cleared.value))
    }
    const gone = goOut(who, notice, when)
    if (gone.ok) return accepted(view(gone.value.notice, { ...cleared.value, ...gone.value.aired }))
    save(who.actor, 'notice.fail', { ...notice, state: 'failed', when, problem: sentence(gone.refusal) })
    return gone
  }

  const make: NoticeHandlers['make'] = async (who, wish, key) => {
    const known = key === null ? null : notices.byKey(`${who.actor} ${key}`)
    // the answer was lost on the link, and asked for again
    if (known) return known.template === wish.template && JSON.stringify(known.targets) === JSON.stringify(wish.targets) ? accepted(view(known)) : refused(OTHER_KEY)
    const template = deps.stores.notices.template(wish.template)
    if (!template) return notFound(TEMPLATE, wish.template)
    if (template.retired) return retired(template.name)
    const area = wish.area ?? onlyArea(wish.targets)
    const written = area === undefined || area === 'station' ? null : deps.access.book().merged(area)
    if (!isFor(deps, template, written)) return notFound(TEMPLATE, wish.template)
    const audience = audienceFor(deps, wish.targets)
    if (!audience.ok) return audience
    const wrong = wish.when === undefined ? deps.access.refusal(who, 'programme.write', placesOf(wish)) : airRefusal(deps, who, { targets: wish.targets, when: wish.when })
    if (wrong) return refused(wrong)
    const composed = composeNotice(template, wish.fields, stationOf(deps, written))
    if (!composed.ok) return refused({ status: 422, ...composed.fault })
    const id = newId(deps)
    const made = await making.create(who, { name: `${template.name} (${id.slice(0, 4)})`, folder: FOLDER, music: false, tags: ['thông báo'], ...(area === undefined ? {} : { area }) }, spoken(composed.text, wish))
    if (!made.ok) return made
    const notice: NoticeRecord = {
      id, key: key === null ? null : `${who.actor} ${key}`, template: template.id, version: template.version, name: template.name, area: made.value.area, fields: wish.fields, text: composed.text,
      targets: wish.targets, programme: made.value.id, state: 'prepared', when: null, orderedAt: null, actor: who.actor, actorName: who.name, createdAt: deps.clock.wall(), soundings: [], problem: null,
    }
    // two taps at once: the second one gets what the first has made
    const twin = notice.key === null ? null : notices.byKey(notice.key)
    if (twin) return accepted(view(twin))
    const { text: _, ...detail } = notice
    deps.decide({ actor: who.actor, action: 'notice.make', subject: id, detail }, () => notices.insert(notice))
    return wish.when === undefined ? accepted(view(notice)) : order(who, id, { when: wish.when, ...(wish.approver === undefined ? {} : { approver: wish.approver }) })
  }

  const makerOf = ({ actor }: NoticeRecord): Identity | null => {
    if (actor === ADMINISTRATOR_IDENTITY.actor) return ADMINISTRATOR_IDENTITY
    const person = deps.stores.people.byId(actor.replace(/^person:/, ''))
    return person && person.disabledAt === null ? identityOf(person) : null
  }
  const goOn = (notice: NoticeRecord): void => {
    const item = deps.stores.programmes.byId(notice.programme)
    const last = deps.stores.programmes.versions(notice.programme).at(-1)
    if (last?.state === 'returned') {
      tell('notice.returned', save('server', 'notice.return', { ...notice, state: 'returned', problem: { code: 'returned', en: last.reason ?? '', vi: last.reason ?? '' } }))
      return
    }
    // where nothing is played at once, nothing that is to sound at once is lost either
    if (item?.airs !== true || notice.when === null || (notice.when === 'now' && !deps.live)) return
    const placed = placedUnder(deps, `tb-${notice.id}-`)
    if (placed.length > 0) return tell('notice.ordered', save('server', 'notice.order', { ...notice, state: 'ordered', soundings: placed, problem: null }))
    const maker = makerOf(notice)
    const isLate = notice.when === 'now' && deps.clock.wall() - (notice.orderedAt ?? 0) > NOW_LIFE_MS
    const gone = !maker ? refused(MAKER_GONE) : isLate ? refused(NOT_APPROVED_IN_TIME) : goOut(maker, notice, notice.when)
    if (!gone.ok) tell('notice.failed', save('server', 'notice.fail', { ...notice, state: 'failed', problem: sentence(gone.refusal) }))
  }

  return {
    list(who) {
      const concerned = deps.access.concerns(who, 'programme.read')
      return notices.list(MAX_LISTED).filter((notice) => notice.actor === who.actor || concerned(placesOf(notice))).map((notice) => view(notice))
    },
    one(who, id) {
      const found = seen(who, id)
      return found.ok ? accepted(view(found.value)) : found
    },
    make,
    order,
    withdraw(who, id) {
      const found = seen(who, id)
      if (!found.ok) return found
      const notice = found.value
      if (notice.state === 'withdrawn') return accepted(view(notice))
      const refusal = notice.actor === who.actor ? null : deps.access.refusal(who, 'live.stop', placesOf(notice))
      if (refusal) return refused(refusal)
      const taken = takeBack(deps, who, { title: notice.name, soundings: notice.soundings })
      return taken.ok ? accepted(view(save(who.actor, 'notice.withdraw', { ...notice, state: 'withdrawn' }), NOTHING_AIRED)) : taken
    },
    decided: (programme) => notices.byProgramme(programme).filter(({ state }) => state === 'waiting').forEach(goOn),
    catchUp: () => notices.waiting().forEach(goOn),
  }
}

/** Where one area is addressed, the notice is that area's. */
const onlyArea = (targets: Targets): string | undefined => (targets !== 'all' && targets.areas?.length === 1 && !targets.groups?.length && !targets.clusters?.length ? targets.areas[0] : undefined)

/** A hamlet hears the station of its commune. */
function stationOf({ access }: Pick<AiringDeps, 'access'>, area: string | null): string | null {
  if (area === null) return null
  const chain = access.book().chain(area)
  return (chain.find(({ kind }) => kind === 'commune') ?? chain[0])?.name ?? null
}
const spoken = (text: string, { voice, speed }: NoticeOrder): { text: string; voice?: string; speed?: number } => ({ text, ...(voice === undefined ? {} : { voice }), ...(speed === undefined ? {} : { speed }) })

/** `2026-11-23T19:30:00+07:00`, as the API takes it. */
export const whenOf = (given: 'now' | 'next-session' | { readonly at: string }): NoticeWhen => (typeof given === 'object' ? { at: wallMs(Date.parse(given.at)) } : given)
