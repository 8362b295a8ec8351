import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { isLastingAdministrator, type LinkPurpose } from '../../core/person-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { MadeLink } from './views.ts'

export type LinkDeps = Pick<ServerDeps, 'stores' | 'decide' | 'clock' | 'crypto' | 'secretBytes'>

/** Time enough for somebody who looks at Zalo once a week. */
export const INVITE_LIFE_MS = 7 * 86_400_000
const FIRST_LIFE_MS = 86_400_000

interface Wanted {
  readonly purpose: LinkPurpose
  readonly person: string | null
  readonly lifeMs: number
  readonly base: string
}

/** The token stands behind #: browsers send that to nobody, so no log and no preview of a link has it. */
const addressOf = (base: string, token: string): string => `${base}/vao#${token}`

/** Within a decision. Earlier links of the person that were not used open nothing any more. */
export function makeLink({ stores, clock, crypto, secretBytes }: Omit<LinkDeps, 'decide'>, { purpose, person, lifeMs, base }: Wanted): MadeLink {
  const { links } = stores.people
  const token = toBase64Url(secretBytes(24))
  const createdAt = clock.wall()
  const expiresAt = wallMs(createdAt + lifeMs)
  links.withdraw(person)
  links.insert({ tokenSha256: crypto.sha256(utf8(token)), purpose, person, createdAt, expiresAt })
  return { purpose, expiresAt: isoWithOffset(expiresAt), token, url: addressOf(base, token) }
}

/**
 * Where the first administrator comes in, made anew at every start (only its hash is kept) while the station has none who
 * could sign in. null where it has.
 */
export function firstAdministratorLink(deps: LinkDeps, base: string): string | null {
  if (deps.stores.people.all().some((person) => person.hasPassword && isLastingAdministrator(person))) {
    return null
  }
  const entry = { actor: 'server', action: 'person.first-link', subject: '' }
  return deps.decide(entry, () => makeLink(deps, { purpose: 'first', person: null, lifeMs: FIRST_LIFE_MS, base })).url
}
