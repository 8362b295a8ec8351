import type { Test } from 'tap'
import type { ProgrammeView } from '../../server/features/programmes/plugin.ts'
import type { ServerDeps } from '../../server/core/server-deps.ts'
import { createFindMedia } from '../../server/features/programmes/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { civilDate } from '../../shared/core/civil.ts'
import { personIn, type Browser } from './people-world.ts'
import { AREAS, ask, form, serverWorld, type Answer, type ServerWorld } from './server-world.ts'

export const OTHER_COMMUNE = '24961'
export const COMMUNE = '24958'
export const PROVINCE = '68'

/** Bytes that the made-up importer takes, different for each mark. */
export const soundOf = (mark: string): Buffer => Buffer.concat([Buffer.from('OggS'), Buffer.alloc(500, 7), Buffer.from(mark)])

export interface LibraryWorld extends ServerWorld {
  /** One part-time operator and one approver in each of two communes, and one of each for the province. */
  readonly operator: Browser
  readonly approver: Browser
  readonly elsewhere: Browser
  readonly elsewhereApprover: Browser
  readonly province: Browser
  readonly provinceApprover: Browser
  /** Kinds of events that were told. */
  readonly events: string[]
  upload(who: Browser, name: string, fields?: Record<string, string>, mark?: string): Promise<Answer>
  /** Uploaded by the one, approved by the other. */
  approved(by: Browser, and: Browser, name: string, fields?: Record<string, string>): Promise<ProgrammeView>
  /** What the timetable finds under a reference just now, by hash. */
  found(ref: string, audience?: readonly string[]): readonly string[]
}

/** A province with two communes that do not see each other's drafts. */
export async function libraryWorld(t: Test, over: Partial<ServerDeps> = {}): Promise<LibraryWorld> {
  const world = await serverWorld(t, over)
  for (const area of [...AREAS, { code: OTHER_COMMUNE, name: 'Xã Hiệp Thạnh', kind: 'commune', parent: PROVINCE }]) await ask(world.app, 'POST /api/v1/areas', area)
  const person = (name: string, role: string, area: string): Promise<Browser> => personIn(world, name, [{ role, areas: [area] }])
  const events: string[] = []
  world.deps.events.onEvent(({ kind }) => void events.push(kind))
  const upload: LibraryWorld['upload'] = (who, name, fields = {}, mark = name) => {
    const { payload, headers } = form([...Object.entries({ name, ...fields }).map(([field, value]) => ({ name: field, value })), { name: 'file', value: soundOf(mark), file: 'ghi-am.webm' }])
    return who.ask('POST /api/v1/programmes', payload, headers)
  }
  const finder = createFindMedia(world.deps.stores.programmes, world.deps.crypto)
  return {
    ...world,
    operator: await person('Chị Hoa', 'operator', COMMUNE),
    approver: await person('Anh Bình', 'approver', COMMUNE),
    elsewhere: await person('Ông Tư', 'operator', OTHER_COMMUNE),
    elsewhereApprover: await person('Bà Sáu', 'approver', OTHER_COMMUNE),
    province: await person('Cô Lan', 'operator', PROVINCE),
    provinceApprover: await person('Chú Năm', 'approver', PROVINCE),
    events,
    upload,
    async approved(by, and, name, fields = {}) {
      const made = await upload(by, name, { state: 'pending', ...fields })
      if (made.status !== 201) throw new Error(made.text)
      const { id, work } = made.body as ProgrammeView
      const answer = await and.ask(`POST /api/v1/programmes/${id}/approve`, { version: work[0]?.version ?? 0 })
      if (answer.status !== 200) throw new Error(answer.text)
      return answer.body as ProgrammeView
    },
    found(ref, audience = ['vi']) {
      const now = world.clock.wall()
      const occurrence = { session: 'sang', start: now, end: wallMs(now + 3_600_000), date: civilDate(now) }
      return (finder.findFor(audience)({ kind: 'file', ref }, occurrence) ?? []).map(({ sha }) => sha)
    },
  }
}
