import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { SessionTemplate } from '../../core/timetable-store.ts'
import type { DraftDesk } from './draft-desk.ts'
import { newId } from './identities.ts'
import { SESSION, unknownArea } from './refusals.ts'
import type { NewTemplate, TemplateView } from './work-views.ts'

export interface TemplateHandlers {
  /** Those of the reader's areas and of areas above them, and the station's. */
  list(who: Identity): TemplateView[]
  find(who: Identity, id: string): Outcome<SessionTemplate>
  save(who: Identity, wish: NewTemplate): Outcome<TemplateView>
  remove(who: Identity, id: string): Outcome<{ id: string }>
}

const TEMPLATE = { en: 'template', vi: 'mẫu buổi phát' }
const MAX_TEMPLATES = 500

const viewOf = ({ id, name, area, createdAt, sessions }: SessionTemplate): TemplateView => ({ id, name, area, createdAt: isoWithOffset(createdAt), sessions: [...sessions] })

export function createTemplateHandlers(deps: ServerDeps, desk: DraftDesk): TemplateHandlers {
  const { stores, access, clock } = deps
  const { templates } = stores.desk
  const sees = (who: Identity): ((template: SessionTemplate) => boolean) => {
    const concerned = access.concerns(who, 'timetable.draft')
    return ({ area }) => concerned(area === null ? 'all' : [area])
  }
  const find: TemplateHandlers['find'] = (who, id) => {
    const found = templates.byId(id)
    return found && sees(who)(found) ? accepted(found) : notFound(TEMPLATE, id)
  }
  return {
    find,
    list: (who) => templates.all().filter(sees(who)).map(viewOf),
    save(who, { name, area = null, draft, sessions }) {
      const book = access.book()
      if (area !== null && book.on(book.merged(area)) === undefined) return refused(unknownArea(area))
      const wrong = access.refusal(who, 'timetable.draft', area === null ? 'all' : [area])
      if (wrong) return refused(wrong)
      const opened = draft === undefined ? null : desk.open(who, draft)
      if (opened && !opened.ok) return opened
      const concerned = access.concerns(who, 'station.read')
      const all = (opened?.value.merged ?? stores.sessions.all()).filter(({ targets }) => concerned(access.areasOfTargets(targets)))
      const lost = sessions.find((id) => !all.some((session) => session.id === id))
      if (lost !== undefined) return notFound(SESSION, lost)
      if (templates.all().length >= MAX_TEMPLATES) return refused(FULL)
      const template: SessionTemplate = { id: newId(deps), name: name.normalize('NFC').trim(), area, owner: who.actor, createdAt: clock.wall(), sessions: all.filter(({ id }) => sessions.includes(id)) }
      deps.decide({ actor: who.actor, action: 'template.save', subject: template.id, detail: { name, area, sessions } }, () => templates.insert(template))
      return accepted(viewOf(template))
    },
    remove(who, id) {
      const found = find(who, id)
      if (!found.ok) return found
      const { area, name } = found.value
      const wrong = access.refusal(who, 'timetable.draft', area === null ? 'all' : [area])
      if (wrong) return refused(wrong)
      deps.decide({ actor: who.actor, action: 'template.remove', subject: id, detail: { name } }, () => templates.remove(id))
      return accepted({ id })
    },
  }
}

const FULL = {
  status: 422,
  code: 'too-many-templates',
  en: `There are ${MAX_TEMPLATES} templates already: remove those that are no longer used.`,
  vi: `Đã có ${MAX_TEMPLATES} mẫu buổi phát: hãy xoá bớt mẫu không còn dùng.`,
} as const
