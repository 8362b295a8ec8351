import { civilDate, DAY_MS } from '../../../shared/core/civil.ts'
import { every, wallMs, type Cancel, type WallMs } from '../../../shared/core/clock.ts'
import { rulesOf } from '../../core/approval.ts'
import type { LibraryItem, Version } from '../../core/programme-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { noteAiring } from './reading.ts'
import { keepRotations } from './rotations.ts'
import { UPLOAD_LIFE_MS } from './uploads.ts'
import { comesRound, isNamedBy } from './use.ts'

type UpkeepDeps = Pick<ServerDeps, 'stores' | 'access' | 'clock' | 'uploads' | 'originals' | 'listener' | 'log'>

const HOUR_MS = 3_600_000

/** Whether the file of a programme is still wanted: a session that comes round names it, its dates are not over, or it waits to be judged. */
function isInUse(deps: UpkeepDeps, item: LibraryItem, now: WallMs, coming: (item: LibraryItem) => boolean): boolean {
  const hasDates = item.validFrom !== null || item.validTo !== null
  return coming(item) || (hasDates && (item.validTo === null || item.validTo >= civilDate(now))) || item.state !== 'approved'
}

/**
 * Lets go of files as they were handed in, older than their area keeps them. A file that several programmes came from
 * stays as long as one of them wants it. The sound itself stays for good.
 */
export async function sweepOriginals(deps: UpkeepDeps): Promise<number> {
  const { programmes, sessions } = deps.stores
  const now = deps.clock.wall()
  const rounds = sessions.all().filter((session) => comesRound(session, now))
  const isWanted = ({ programme, createdAt }: Pick<Version, 'programme' | 'createdAt'>): boolean => {
    const item = programmes.byId(programme)
    const area = item?.area ?? null
    if (now - createdAt < rulesOf(deps, area).originalDays * DAY_MS) return true
    return item !== null && isInUse(deps, item, now, (one) => rounds.some((session) => isNamedBy(session, one)))
  }
  const wanted = new Map<string, boolean>()
  for (const version of programmes.withOriginal()) {
    const { original } = version
    if (original !== null) wanted.set(original, wanted.get(original) === true || isWanted(version))
  }
  const gone = [...wanted].filter(([, keep]) => !keep).map(([sha]) => sha)
  for (const sha of gone) {
    await deps.originals?.remove(sha)
    programmes.forgetOriginal(sha)
  }
  return gone.length
}

/** Notes what has sounded of late for the first time. */
function noteAirings(deps: UpkeepDeps): void {
  const named = new Map<string, LibraryItem>()
  for (const session of deps.stores.sessions.all()) {
    for (const item of session.items) {
      const refs = 'file' in item ? [item.file] : 'relay' in item ? [item.substitute] : []
      const found = 'folder' in item ? deps.stores.programmes.inFolder(item.folder) : refs.flatMap((ref) => deps.stores.programmes.byRef(ref) ?? [])
      for (const one of found) if (one.airedAt === null) named.set(one.id, one)
    }
  }
  for (const item of named.values()) noteAiring(deps, item)
}

/** The hourly work of the library. */
export async function keepLibrary(deps: UpkeepDeps): Promise<void> {
  const now = deps.clock.wall()
  // a day may have begun on which other episodes are within their dates
  if (keepRotations(deps)) deps.listener.timetableChanged()
  noteAirings(deps)
  const originals = await sweepOriginals(deps)
  const uploads = await deps.uploads.pieces.prune(wallMs(now - UPLOAD_LIFE_MS))
  const links = deps.stores.approval.pruneLinks(wallMs(now - 30 * DAY_MS))
  if (originals + uploads + links > 0) deps.log.info({ originals, uploads, links }, 'the library was swept')
}

/** Keeps the library from now on, once an hour; answers how to stop. */
export function startLibrary(deps: UpkeepDeps): Cancel {
  const keep = (): void => void keepLibrary(deps).catch((error: unknown) => deps.log.error({ error: String(error) }, 'the library was not swept'))
  keepRotations(deps)
  return every(deps.clock, HOUR_MS, keep)
}
