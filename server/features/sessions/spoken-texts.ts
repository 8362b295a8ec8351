import { mediaRefOf, type MediaRef } from '../../../shared/core/layout.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ReplacedSession } from '../../core/timetable-store.ts'
import { speechKey } from '../programmes/plugin.ts'

/** What was written here to be spoken: by whom, and whether they may let it on the air themselves. */
export function noteSpokenTexts(deps: Pick<ServerDeps, 'stores' | 'access' | 'crypto'>, who: Identity, changes: readonly ReplacedSession[]): void {
  const { programmes } = deps.stores
  for (const { before, after } of changes) {
    const known = new Set((before?.items ?? []).map((item) => JSON.stringify(mediaRefOf(item))))
    const areas = after ? deps.access.areasOfTargets(after.targets) : []
    const mayApprove = deps.access.refusal(who, 'programme.approve', areas) === null
    const area = areas === 'all' ? null : (areas[0] ?? null)
    for (const ref of speechOf(after)) {
      const key = speechKey(deps.crypto, ref)
      const said = programmes.spoken(key)
      if (said?.approvedBy || (said && !mayApprove) || (!said && known.has(JSON.stringify(ref)))) continue
      const author = said ?? { author: who.actor, authorName: who.name, area }
      programmes.noteSpoken({ key, area: author.area, author: author.author, authorName: author.authorName, approvedBy: mayApprove ? who.actor : null, approvedName: mayApprove ? who.name : null })
    }
  }
}
const speechOf = (session: Session | null): Extract<MediaRef, { kind: 'speech' }>[] =>
  (session?.items ?? []).map(mediaRefOf).flatMap((ref) => (ref.kind === 'speech' ? [ref] : []))
