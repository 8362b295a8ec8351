import type { Identity } from '../../core/identity.ts'
import type { Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { change, remove, type Change } from './changing.ts'
import { createMaking, type Making } from './making.ts'
import { createReading, type Reading } from './reading.ts'
import { createSharing, type Sharing } from './sharing.ts'
import type { ProgrammeView } from './views.ts'

export { rangeOf, type Audio } from './reading.ts'
export type { ProgrammeView, VersionView } from './views.ts'

export interface ProgrammeHandlers extends Reading, Making {
  change(who: Identity, id: string, fields: Change): Outcome<ProgrammeView>
  remove(who: Identity, id: string): Outcome<{ id: string }>
  readonly sharing: Sharing
}

export const createProgrammeHandlers = (deps: ServerDeps): ProgrammeHandlers => ({
  ...createReading(deps),
  ...createMaking(deps),
  change: (who, id, fields) => change(deps, who, id, fields),
  remove: (who, id) => remove(deps, who, id),
  sharing: createSharing(deps),
})
