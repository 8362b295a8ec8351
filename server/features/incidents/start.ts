import { every, type Cancel } from '../../../shared/core/clock.ts'
import { createMembers } from '../../core/incident-members.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createFindings } from './findings.ts'
import { keepPromises } from './replace.ts'
import { createSweep } from './sweep.ts'

const LOOK_MS = 1_000

/** Looks at every cluster each second, until cancelled. A look that fails is told and does not end the next. */
export function startIncidents(deps: ServerDeps): Cancel {
  const sweep = createSweep({ ...deps, members: createMembers(deps.stores), findings: createFindings(deps) })
  return every(deps.clock, LOOK_MS, () => {
    try {
      keepPromises(deps)
      sweep.look()
    } catch (error) {
      deps.log.error({ error: String(error) }, 'the look at incidents failed')
    }
  })
}
