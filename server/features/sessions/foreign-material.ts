import { mediaRefOf } from '../../../shared/core/layout.ts'
import type { Identity } from '../../core/identity.ts'
import type { FindingView } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ReplacedSession } from '../../core/timetable-store.ts'
import { useRefusal } from '../programmes/plugin.ts'

/**
 * Items that came into a session and are another area's material, not shared with whoever publishes. What stood there already
 * stays: it was put there by somebody who might.
 */
export function foreignMaterial(deps: ServerDeps, who: Identity, { session, before, after }: ReplacedSession): FindingView[] {
  const known = new Set((before?.items ?? []).map((item) => JSON.stringify(mediaRefOf(item))))
  return (after?.items ?? []).flatMap((item, n): FindingView[] => {
    const ref = mediaRefOf(item)
    // what is not there at all has a finding of its own
    const isThere = ref.kind === 'file' ? deps.stores.programmes.byRef(ref.ref) !== null : ref.kind === 'folder'
    const refusal = !isThere || known.has(JSON.stringify(ref)) ? null : useRefusal(deps, who, ref)
    return refusal ? [{ level: 'refused', code: 'not-your-material', path: `/sessions/${session}/items/${n}`, en: refusal.en, vi: refusal.vi }] : []
  })
}
