import { every, type Cancel, type WallMs } from '../../../shared/core/clock.ts'
import { createMembers } from '../../core/incident-members.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Symptom } from '../../core/symptoms.ts'
import { createFindings } from './findings.ts'
import { keepPromises } from './replace.ts'
import { createSweep } from './sweep.ts'

export interface StartIncidentsOptions {
  /** What figures tell of the clusters; absent = links, silence and theft alone are watched. */
  readonly symptoms?: (now: WallMs) => ReadonlyMap<string, readonly Symptom[]>
}

const LOOK_MS = 1_000

/** Looks at every cluster each second, until cancelled. A look that fails is told and does not end the next. */
export function startIncidents(deps: ServerDeps, options: StartIncidentsOptions = {}): Cancel {
  const sweep = createSweep({ ...deps, members: createMembers(deps.stores), findings: createFindings({ ...deps, ...options }) })
  return every(deps.clock, LOOK_MS, () => {
    try {
      keepPromises(deps)
      sweep.look()
    } catch (error) {
      deps.log.error({ error: String(error) }, 'the look at incidents failed')
    }
  })
}
