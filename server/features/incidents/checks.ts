import { Type, type Static } from 'typebox'
import { civilDate, civilDayNumber, dateOfDayNumber, dayNumberOf, isoWithOffset } from '../../../shared/core/civil.ts'
import { Targets } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import type { CheckTask, CheckTemplate } from '../../core/incident-care.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createIncidentBook, newId } from './book.ts'
import { BAD_FINDINGS, DONE_ALREADY, NO_SUCH_DATE, NO_SUCH_TEMPLATE } from './refusals.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const strict = { additionalProperties: false } as const
const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const Item = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })

export const TemplateBody = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }), everyDays: Type.Integer({ minimum: 1, maximum: 1_100 }), items: Type.Array(Item, { minItems: 1, maxItems: 40 }) },
  strict,
)
export const TemplateView = Type.Object({ id: Type.String(), ...TemplateBody.properties })
export const ScheduleBody = Type.Object({ template: Type.String({ maxLength: 40 }), targets: Targets, due: DateText }, strict)
export const DoneBody = Type.Object(
  {
    findings: Type.Array(Type.Object({ item: Type.Integer({ minimum: 0, maximum: 39 }), ok: Type.Boolean(), note: Type.Optional(Type.String({ maxLength: 500 })) }, strict), { maxItems: 40 }),
    note: Type.Optional(Type.String({ maxLength: 1_000 })),
  },
  strict,
)
export const CheckView = Type.Object({
  id: Type.String(), template: Type.String(), name: Type.String(), cluster: Type.String(), clusterName: Type.String(), due: Type.String(), overdue: Type.Boolean(),
  doneAt: nullable(Type.String()), doneBy: nullable(Type.String()),
  items: Type.Array(Type.Object({ text: Type.String(), ok: nullable(Type.Boolean()), note: nullable(Type.String()) })),
  note: nullable(Type.String()), incident: nullable(Type.String()),
})
export type CheckView = Static<typeof CheckView>

export interface CheckHandlers {
  templates(): CheckTemplate[]
  putTemplate(who: Identity, id: string, body: Static<typeof TemplateBody>): Outcome<CheckTemplate>
  removeTemplate(who: Identity, id: string): Outcome<{ id: string }>
  calendar(who: Identity, from: string, to: string): Outcome<CheckView[]>
  schedule(who: Identity, body: Static<typeof ScheduleBody>): Outcome<CheckView[]>
  done(who: Identity, id: string, body: Static<typeof DoneBody>): Outcome<CheckView>
  remove(who: Identity, id: string): Outcome<{ id: string }>
}

const CHECK = { en: 'check', vi: 'lần kiểm tra' }
const TEMPLATE = { en: 'checklist', vi: 'mẫu kiểm tra' }

const viewOf = ({ stores, clock }: ServerDeps, task: CheckTask): CheckView => {
  const template = stores.care.checks.template(task.template)
  const { id, cluster, due, doneAt, doneBy, note, incident } = task
  const finding = (item: number) => task.findings.find((one) => one.item === item)
  return {
    id, template: task.template, name: template?.name ?? task.template, cluster, clusterName: stores.clusters.byId(cluster)?.name ?? cluster, due,
    overdue: doneAt === null && due < civilDate(clock.wall()),
    doneAt: doneAt === null ? null : isoWithOffset(doneAt), doneBy: doneBy?.name ?? null,
    items: (template?.items ?? []).map((text, item) => ({ text, ok: finding(item)?.ok ?? null, note: finding(item)?.note ?? null })),
    note, incident,
  }
}

const blank = (deps: ServerDeps, template: string, cluster: string, due: string): CheckTask => ({
  id: newId(deps.random), template, cluster, due, doneAt: null, doneBy: null, findings: [], note: null, incident: null,
})

/** What was done leads to the next visit, and what was found to an incident. Inside a transaction. */
function finish(deps: ServerDeps, who: Identity, { task, template }: { readonly task: CheckTask; readonly template: CheckTemplate }, body: Static<typeof DoneBody>): CheckTask {
  const { stores, clock } = deps
  const bad = body.findings.filter(({ ok }) => !ok)
  const words = bad.map(({ item, note }) => `${template.items[item] ?? ''}${note === undefined || note === '' ? '' : `: ${note}`}`).join('; ').slice(0, 1_000)
  const incident = bad.length === 0 ? null : createIncidentBook(deps).open({
    kind: 'check-finding', cause: { kind: 'cluster', id: task.cluster }, source: 'check', words, actor: who.actor, quiet: false,
    fallen: [{ cluster: task.cluster, kind: 'check-finding', since: clock.wall(), en: words, vi: words }],
  })
  const done: CheckTask = { ...task, doneAt: clock.wall(), doneBy: { actor: who.actor, name: who.name }, findings: body.findings, note: body.note ?? null, incident: incident?.id ?? null }
  stores.care.checks.putTask(done)
  if (!stores.care.checks.openOf(task.cluster, task.template)) {
    stores.care.checks.putTask(blank(deps, task.template, task.cluster, dateOfDayNumber(civilDayNumber(clock.wall()) + template.everyDays)))
  }
  return done
}

export function createCheckHandlers(deps: ServerDeps): CheckHandlers {
  const { stores, access } = deps
  const { checks } = stores.care
  const find = (who: Identity, id: string): Outcome<CheckTask> => {
    const task = checks.task(id)
    if (!task) return notFound(CHECK, id)
    const refusal = access.refusal(who, 'incident.work', access.areasOfCluster(task.cluster))
    return refusal ? refused(refusal) : accepted(task)
  }
  return {
    templates: () => checks.templates(),
    putTemplate(who, id, body) {
      const template = { id, ...body }
      deps.decide({ actor: who.actor, action: 'check-template.put', subject: id, detail: body }, () => checks.putTemplate(template))
      return accepted(template)
    },
    removeTemplate(who, id) {
      if (!checks.template(id)) return notFound(TEMPLATE, id)
      deps.decide({ actor: who.actor, action: 'check-template.remove', subject: id }, () => checks.removeTemplate(id))
      return accepted({ id })
    },
    calendar(who, from, to) {
      const wrong = [['from', from], ['to', to]].find(([, date]) => Number.isNaN(dayNumberOf(date ?? '')))
      if (wrong) return refused(NO_SUCH_DATE(wrong[0] ?? 'from'))
      const sees = access.sees(who, 'incident.read')
      const seen = ({ cluster }: CheckTask): boolean => {
        const areas = access.areasOfCluster(cluster)
        return areas.length === 0 ? sees(null) : areas.some(sees)
      }
      return accepted(checks.between(from, to).filter(seen).map((task) => viewOf(deps, task)))
    },
    schedule(who, { template, targets, due }) {
      if (!checks.template(template)) return refused(NO_SUCH_TEMPLATE)
      if (Number.isNaN(dayNumberOf(due))) return refused(NO_SUCH_DATE('/due'))
      const refusal = access.refusal(who, 'incident.work', access.areasOfTargets(targets))
      if (refusal) return refused(refusal)
      const { clusters, unknown } = access.audience(targets)
      const [first] = unknown
      if (first) return notFound({ en: first.kind, vi: 'nơi' }, first.name)
      const tasks = clusters.map((cluster) => ({ ...(checks.openOf(cluster, template) ?? blank(deps, template, cluster, due)), due }))
      deps.decide({ actor: who.actor, action: 'check.schedule', subject: template, detail: { targets, due, clusters: tasks.length } }, () => tasks.forEach((task) => checks.putTask(task)))
      return accepted(tasks.map((task) => viewOf(deps, task)))
    },
    done(who, id, body) {
      const found = find(who, id)
      if (!found.ok) return found
      if (found.value.doneAt !== null) return refused(DONE_ALREADY)
      const template = checks.template(found.value.template)
      const answered = new Set(body.findings.map(({ item }) => item))
      if (!template || answered.size !== body.findings.length || template.items.some((_, item) => !answered.has(item)) || answered.size !== template.items.length) return refused(BAD_FINDINGS)
      const done = deps.decide({ actor: who.actor, action: 'check.done', subject: id, detail: body }, () => finish(deps, who, { task: found.value, template }, body))
      const incident = done.incident === null ? null : stores.incidents.byId(done.incident)
      if (incident) createIncidentBook(deps).tell('incident.opened', incident)
      return accepted(viewOf(deps, done))
    },
    remove(who, id) {
      const found = find(who, id)
      if (!found.ok) return found
      if (found.value.doneAt !== null) return refused(DONE_ALREADY)
      deps.decide({ actor: who.actor, action: 'check.remove', subject: id }, () => checks.removeTask(id))
      return accepted({ id })
    },
  }
}
