import type { Test } from 'tap'
import type { Session } from '../../shared/core/timetable.ts'
import type { DifferenceView, DraftView, Edited, PublishedView } from '../../server/features/timetable/views.ts'
import { ask, type Answer, type Method, type ServerWorld } from './server-world.ts'
import { peopleWorld, personIn, type Browser } from './people-world.ts'

/** Clusters of the commune 24958 (one of them in the hamlet) and of its neighbour 24961. */
export const CLUSTERS = { hamlet: 'aaaaaaaaaa', centre: 'aaaaaaaaab', next: 'bbbbbbbbbb' } as const

export interface DeskWorld extends ServerWorld {
  /** Operator and approver of the commune 24958, the operator of its neighbour, and of the province. */
  readonly operator: Browser
  readonly approver: Browser
  readonly neighbour: Browser
  readonly province: Browser
}

/** Two communes with clusters, and the people of their desks. */
export async function deskWorld(t: Test, folder?: string): Promise<DeskWorld> {
  const world = await peopleWorld(t, folder)
  const { clusters } = world.deps.stores
  for (const [id, name, area] of [[CLUSTERS.hamlet, 'Cụm Đông', '24958-dong'], [CLUSTERS.centre, 'Cụm Chợ', '24958'], [CLUSTERS.next, 'Cụm Bên', '24961']] as const) {
    clusters.insert({ id, name, created: world.clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    clusters.join(id, area, '2026-01-01')
  }
  const operator = await personIn(world, 'Nguyễn Văn An', [{ role: 'operator', areas: ['24958'] }])
  const approver = await personIn(world, 'Lê Thị Bình', [{ role: 'approver', areas: ['24958'] }])
  const neighbour = await personIn(world, 'Trần Văn Cường', [{ role: 'operator', areas: ['24961'] }])
  const province = await personIn(world, 'Phạm Thị Dung', [{ role: 'approver', areas: ['68'] }])
  world.told.length = 0
  return { ...world, operator, approver, neighbour, province }
}

/** An afternoon session of the commune with a text of one minute or so. */
export const session = (over: Partial<Session> = {}): Session => ({
  id: 'chieu', name: 'Buổi chiều', at: '17:00', until: '18:00', days: 'daily', targets: { areas: ['24958'] }, items: [{ speak: 'Xin chào bà con' }], ...over,
})

/** A sound that the library holds, approved unless told otherwise. */
export function programme(world: ServerWorld, id: string, over: Partial<Parameters<ServerWorld['deps']['stores']['programmes']['insert']>[0]> = {}): string {
  world.deps.stores.programmes.insert({
    id, name: `Bài ${id}`, folder: '', sha: id.padEnd(43, 'A'), bytes: 1_000, ms: 600_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(), kind: 'file', music: false, key: null, createdAt: world.clock.wall(), ...over,
  })
  return id
}

type Question = `${Method} ${string}`
const under = (question: Question): Question => question.replace(' /', ' /api/v1/') as Question
export const as = (who: Browser, question: Question, body?: unknown, headers?: Record<string, string>): Promise<Answer> => who.ask(under(question), body, headers)
export const asAdministrator = (world: ServerWorld, question: Question, body?: unknown): Promise<Answer> => ask(world.app, under(question), body)

export async function draftOf(who: Browser, area?: string, name = 'Tuần tới'): Promise<string> {
  const made = await as(who, 'POST /timetable/drafts', { name, ...(area === undefined ? {} : { area }) })
  if (made.status !== 201) throw new Error(made.text)
  return (made.body as DraftView).id
}
export async function put(who: Browser, draft: string, doc: Session): Promise<Edited> {
  const answer = await as(who, `PUT /timetable/drafts/${draft}/sessions/${doc.id}`, doc)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body as Edited
}
export async function difference(who: Browser, draft: string): Promise<DifferenceView> {
  const answer = await as(who, `GET /timetable/drafts/${draft}/difference`)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body as DifferenceView
}
export async function published(who: Browser, draft: string, wish: object = {}): Promise<PublishedView> {
  const answer = await as(who, `POST /timetable/drafts/${draft}/publish`, wish)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body as PublishedView
}
