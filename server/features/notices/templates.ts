import type { Identity } from '../../core/identity.ts'
import { templateFault, type NoticeTemplate, type NoticeWords } from '../../core/notice.ts'
import { NOTICE_SEEDS } from '../../core/notice-seeds.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { TEMPLATE } from './refusals.ts'
import { templateView, type TemplateView } from './views.ts'

export interface TemplateHandlers {
  list(who: Identity): TemplateView[]
  versions(who: Identity, id: string): Outcome<TemplateView[]>
  /** `area`: a code, or `station`. */
  create(who: Identity, area: string, words: NoticeWords): Outcome<TemplateView>
  /** A new version. */
  replace(who: Identity, id: string, words: NoticeWords): Outcome<TemplateView>
  retire(who: Identity, id: string): Outcome<TemplateView>
}

const TOO_MANY: Refusal = {
  status: 422, code: 'too-many-templates',
  en: 'A station has at most 300 templates: take one out of use first.', vi: 'Đài có tối đa 300 mẫu thông báo: xin bỏ bớt mẫu không dùng.',
}
const MAX_TEMPLATES = 300
const NO_SUCH_AREA: Refusal = { status: 422, code: 'unknown-area', field: '/area', en: 'There is no such area: choose one of the list, or "station".', vi: 'Không có địa bàn này: hãy chọn trong danh sách.' }

/** What every station begins with is there, unless it was changed or taken out of use. */
export function seedTemplates({ stores, decide, clock }: Pick<ServerDeps, 'stores' | 'decide' | 'clock'>): void {
  const missing = NOTICE_SEEDS.filter(({ id }) => stores.notices.template(id) === null)
  if (missing.length === 0) return
  decide({ actor: 'server', action: 'notice.seed', subject: 'templates', detail: missing.map(({ id }) => id) }, () => {
    for (const seed of missing) stores.notices.addTemplate({ ...seed, version: 1, area: null, author: 'server', authorName: '', at: clock.wall(), retired: false })
  })
}

export function createTemplateHandlers(deps: ServerDeps): TemplateHandlers {
  const { notices } = deps.stores
  const placeOf = (area: string | null): readonly string[] | 'all' => (area === null ? 'all' : [area])
  /** Those of areas around theirs as well: they may use them. */
  const isSeen = (who: Identity) => {
    const concerned = deps.access.concerns(who, 'programme.read')
    return ({ area }: NoticeTemplate): boolean => area === null || concerned([area])
  }
  const found = (who: Identity, id: string): Outcome<NoticeTemplate> => {
    const template = notices.template(id)
    return template && isSeen(who)(template) ? accepted(template) : notFound(TEMPLATE, id)
  }
  const tidy = ({ name, text, fields }: NoticeWords): NoticeWords => ({ name: name.normalize('NFC').trim(), text: text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim(), fields })
  const add = (who: Identity, action: string, template: Omit<NoticeTemplate, 'author' | 'authorName' | 'at'>): Outcome<TemplateView> => {
    const fault = templateFault(template)
    if (fault) return refused({ status: 422, ...fault })
    const whole = { ...template, author: who.actor, authorName: who.name, at: deps.clock.wall() }
    deps.decide({ actor: who.actor, action, subject: template.id, detail: whole }, () => notices.addTemplate(whole))
    return accepted(templateView(whole))
  }
  const mine = (who: Identity, id: string): Outcome<NoticeTemplate> => {
    const template = found(who, id)
    const refusal = template.ok ? deps.access.refusal(who, 'programme.write', placeOf(template.value.area)) : null
    return refusal ? refused(refusal) : template
  }
  return {
    list: (who) => notices.templates().filter(isSeen(who)).map(templateView),
    versions(who, id) {
      const template = found(who, id)
      return template.ok ? accepted(notices.templateVersions(id).map(templateView)) : template
    },
    create(who, given, words) {
      const area = given === 'station' ? null : (deps.access.book().on(deps.access.book().merged(given))?.code ?? undefined)
      if (area === undefined) return refused(NO_SUCH_AREA)
      const refusal = deps.access.refusal(who, 'programme.write', placeOf(area))
      if (refusal) return refused(refusal)
      if (notices.templates().length >= MAX_TEMPLATES) return refused(TOO_MANY)
      const id = [...deps.secretBytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      return add(who, 'notice.template', { id, version: 1, area, ...tidy(words), retired: false })
    },
    replace(who, id, words) {
      const template = mine(who, id)
      if (!template.ok) return template
      const { version, area } = template.value
      return add(who, 'notice.template', { id, version: version + 1, area, ...tidy(words), retired: false })
    },
    retire(who, id) {
      const template = mine(who, id)
      if (!template.ok) return template
      if (template.value.retired) return accepted(templateView(template.value))
      return add(who, 'notice.retire', { ...template.value, version: template.value.version + 1, retired: true })
    },
  }
}
