import { civilDate, DAY_MS } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { Identity } from '../../core/identity.ts'
import { folderRef, type LibraryItem, type Version } from '../../core/programme-store.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { SearchQuestion } from '../../core/search-question.ts'
import type { ByteRange, ServerDeps } from '../../core/server-deps.ts'
import { mine, PROGRAMME, seen, sightOf } from './sight.ts'
import { comesRound, isNamedBy } from './use.ts'
import { programmeView, versionView, withPeaks, type ProgrammeView, type VersionView, type ViewContext } from './views.ts'

export interface ProgrammePage {
  readonly total: number
  readonly items: ProgrammeView[]
}
export interface FolderView {
  /** What a timetable calls it. */
  readonly ref: string
  readonly area: string | null
  readonly folder: string
  readonly programmes: number
  readonly airing: number
}
export interface Audio {
  readonly stream: NodeJS.ReadableStream
  readonly total: number
  readonly range: ByteRange
}
export type Reading = ReturnType<typeof createReading>

/** Days back in which the first airing of a programme is looked for, when it is asked for. */
const LOOK_BACK_DAYS = 3

export function viewContext({ stores, access, clock }: ServerDeps): ViewContext {
  const now = clock.wall()
  const book = access.book()
  return {
    versions: (programme) => stores.programmes.versions(programme),
    sessions: stores.sessions.all().filter((session) => comesRound(session, now)),
    areaName: (code) => book.on(book.merged(code))?.name ?? null,
  }
}

/** Notes the first airing from a timetable of late, where it is not known yet. */
export function noteAiring({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>, item: LibraryItem): LibraryItem {
  if (item.airedAt !== null || !item.airs) return item
  const now = clock.wall()
  const from = wallMs(now - LOOK_BACK_DAYS * DAY_MS)
  for (const session of stores.sessions.all().filter((one) => isNamedBy(one, item))) {
    const aired = occurrencesBetween(session, from, now).find(({ start, end }) => stores.programmes.hasSounded(item.id, start, end))
    if (!aired) continue
    stores.programmes.noteAired(item.id, aired.start)
    return { ...item, airedAt: aired.start }
  }
  return item
}

export function createReading(deps: ServerDeps) {
  const { programmes } = deps.stores
  const versionHeard = (who: Identity, id: string, n: number | undefined): Outcome<Pick<Version, 'sha'>> => {
    const found = seen(deps, who, id)
    if (!found.ok) return found
    const { item, sees } = found.value
    if (n !== undefined) {
      const version = programmes.version(id, n)
      return version && (sees === 'all' || version.state === 'approved') ? accepted(version) : notFound({ en: 'version', vi: 'phiên bản' }, String(n))
    }
    // whoever sees only what is on the air also hears nothing else
    const heard = sees === 'all' ? item : programmes.versions(id).find(({ state }) => state === 'approved')
    return heard ? accepted(heard) : notFound(PROGRAMME, id)
  }
  return {
    list(who: Identity, asked: Omit<SearchQuestion, 'today'>): ProgrammePage {
      const sight = sightOf(deps, who)
      const context = viewContext(deps)
      const { total, items } = programmes.search({ ...asked, today: civilDate(deps.clock.wall()) }, sight)
      return { total, items: items.map((item) => programmeView({ item, sees: programmes.sees(item, sight) ?? 'approved' }, context)) }
    },
    folders: (who: Identity): FolderView[] => programmes.folders(sightOf(deps, who)).map((one) => ({ ...one, ref: folderRef(one.area, one.folder) })),
    one(who: Identity, id: string): Outcome<ProgrammeView> {
      const found = seen(deps, who, id)
      if (!found.ok) return found
      const item = noteAiring(deps, found.value.item)
      return accepted(withPeaks(programmeView({ ...found.value, item }, viewContext(deps)), item.peaks))
    },
    versions(who: Identity, id: string): Outcome<VersionView[]> {
      const found = mine(deps, who, 'programme.read', id)
      return found.ok ? accepted(programmes.versions(id).map(versionView)) : found
    },
    async audio(who: Identity, id: string, { version, range }: { readonly version?: number; readonly range?: string }): Promise<Outcome<Audio>> {
      const heard = versionHeard(who, id, version)
      return heard.ok ? openSound(deps, heard.value.sha, range) : heard
    },
  }
}

/** Opens a stretch of a sound of the store. */
export async function openSound({ media }: Pick<ServerDeps, 'media'>, sha: string, wanted: string | undefined): Promise<Outcome<Audio>> {
  const total = await media.bytes(sha)
  if (total === null) return notFound({ en: 'sound', vi: 'bản ghi' }, sha)
  const range = rangeOf(wanted, total)
  if (!range) {
    return refused({
      status: 416,
      code: 'bad-range',
      en: `The range is not within the ${total} bytes of this recording: ask for one that is, or for all of it.`,
      vi: `Khoảng yêu cầu nằm ngoài ${total} byte của bản ghi: hãy yêu cầu lại, hoặc tải toàn bộ.`,
    })
  }
  const stream = await media.open(sha, range)
  return stream ? accepted({ stream, total, range }) : notFound({ en: 'sound', vi: 'bản ghi' }, sha)
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-50`; the whole without a header or with several ranges; null when outside. */
export function rangeOf(header: string | undefined, total: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return { from: 0, to: total - 1 }
  const from = first === '' ? Math.max(0, total - Number(last)) : Number(first)
  const to = first === '' || last === '' ? total - 1 : Math.min(Number(last), total - 1)
  return from < total && from <= to ? { from, to } : null
}
