import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { practiceBase } from '../../core/practice.ts'
import { accepted, answer, refusals, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { NOT_OFFERED, NOT_OPEN, NOT_THIS_WAY, REFUSED } from './refusals.ts'
import { practiceView, PracticeView, RoleBody, WayIn } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

/** The real station's side: to open the made-up commune, to go in, to end it. */
export function addPracticeRoutes(app: App, { practice = null }: Pick<ServerDeps, 'practice'>): void {
  const tags = ['practice']
  const config = { action: 'practice.use' } as const
  const view = { 200: PracticeView, ...refusals }
  app.get('/practice', { config, schema: { tags, summary: 'Whether a practice commune is open', response: view } }, () => practiceView(practice && practice.state()))
  app.post('/practice', { config, schema: { tags, summary: 'Open the practice commune: a station of its own on this machine, with three made-up clusters and no loudspeaker', response: view } }, (request, reply) => {
    const opened = practice?.open(request.who) ?? null
    if (!opened) return answer(reply, refused(NOT_OFFERED))
    return answer(reply, opened.ok ? accepted(practiceView(opened.value)) : refused(REFUSED[opened.code]))
  })
  app.delete('/practice', { config, schema: { tags, summary: 'End the practice commune, for everybody who is in it', response: view } }, async (request, reply) =>
    answer(reply, practice ? accepted(practiceView(await practice.end(request.who))) : refused(NOT_OFFERED)),
  )
  app.post('/practice/tickets', { config, schema: { tags, summary: 'A way into the practice commune, without a password, in a role of one’s choice', body: RoleBody, response: { 201: WayIn, ...refusals } } }, async (request, reply) => {
    const way = async (): Promise<Outcome<{ url: string }>> => {
      if (!practice) return refused(NOT_OFFERED)
      const made = await practice.ticket({ role: request.body.role, home: `${request.protocol}://${request.host}/tap-duot` })
      if (!made) return refused(NOT_OPEN)
      const base = practiceBase(request, made.ports, practice.url)
      // behind #: browsers send that to nobody, so no log has it
      return base === null ? refused(NOT_THIS_WAY) : accepted({ url: `${base}/vao-tap-duot#${made.ticket}` })
    }
    return answer(reply, await way(), 201)
  })
}
