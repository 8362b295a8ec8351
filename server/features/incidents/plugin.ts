export { createCaretakerStore, createCheckStore, createSuccessionStore, createWhereaboutStore } from './care-store.ts'
export { createQuietTimeStore } from './quiet-store.ts'
export { createIncidentStore } from './store.ts'
export { createSweep, type Findings, type Sweep, type SweepDeps } from './sweep.ts'
