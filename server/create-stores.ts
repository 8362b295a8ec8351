import type { Clock } from '../shared/core/clock.ts'
import { nodeDeflate } from './adapters/deflate.ts'
import { createAudit } from './adapters/sqlite/audit.ts'
import { createMetaStore } from './adapters/sqlite/meta-store.ts'
import type { Databases } from './adapters/sqlite/open.ts'
import { createLately } from './core/lately.ts'
import type { Stores } from './core/stores.ts'
import { createApprovalStore } from './features/approval/store.ts'
import { createAreaStore, createGroupStore, createPolicyStore } from './features/areas/store.ts'
import { createBulletinStore } from './features/bulletins/store.ts'
import { createClusterStore } from './features/clusters/store.ts'
import { createEmergencyAskStore } from './features/emergencies/ask-store.ts'
import { createEmergencyStore, createPinnedClipStore } from './features/emergencies/store.ts'
import { createClaimStore } from './features/enrol/store.ts'
import { createCapStore } from './features/cap/store.ts'
import { createEvidenceStore, createPlannedStore } from './features/evidence/store.ts'
import { createHandsStore } from './features/hands/plugin.ts'
import { createSimStore } from './features/health/sim-store.ts'
import { createHealthStores } from './features/health/store.ts'
import { createComplaintStore, createPoleCodeStore } from './features/complaints/plugin.ts'
import { createCaretakerStore, createCheckStore, createIncidentStore, createQuietTimeStore, createSuccessionStore, createWhereaboutStore } from './features/incidents/plugin.ts'
import { createNoticeStore } from './features/notices/store.ts'
import { createNotifyStore } from './features/notify/plugin.ts'
import { createPlanStore } from './features/on-air/store.ts'
import { createAuditPages, createGenerations, createPeopleStore } from './features/people/store.ts'
import { createProgrammeStore } from './features/programmes/store.ts'
import { createRelayStore } from './features/relays/store.ts'
import { createReportStore } from './features/reports/plugin.ts'
import { createSessionStore } from './features/sessions/store.ts'
import { createSourceStore } from './features/source/store.ts'
import { createSpanStore } from './features/pauses/store.ts'
import { createStandingStore } from './features/standing/store.ts'
import { createDeskStores } from './features/timetable/store.ts'
import { createUpdateStore } from './features/updates/store.ts'

/** Every store over the two databases; each feature owns its own. */
export function createStores({ decisions, telemetry }: Databases, clock: Clock): Stores {
  const [evidence, lately] = [createEvidenceStore(decisions), createLately()]
  // what ears have said outlives a restart: a horn that was dead yesterday evening is dead still
  for (const { cluster, ...row } of evidence.heard()) lately.noteHeard(cluster, [row])
  return {
    meta: createMetaStore(decisions),
    areas: createAreaStore(decisions),
    groups: createGroupStore(decisions),
    policies: createPolicyStore(decisions),
    clusters: createClusterStore(decisions),
    claims: createClaimStore(decisions),
    programmes: createProgrammeStore(decisions),
    approval: createApprovalStore(decisions),
    sessions: createSessionStore(decisions),
    relays: createRelayStore(decisions),
    plans: createPlanStore(decisions),
    planned: createPlannedStore(decisions),
    evidence,
    ...createHealthStores(telemetry, nodeDeflate()),
    lately,
    sims: createSimStore(decisions),
    standing: createStandingStore(decisions),
    cap: createCapStore(decisions),
    emergencies: createEmergencyStore(decisions),
    emergencyAsks: createEmergencyAskStore(decisions),
    pinnedClips: createPinnedClipStore(decisions),
    desk: createDeskStores(decisions),
    spans: createSpanStore(decisions),
    people: createPeopleStore(decisions),
    generations: createGenerations(decisions),
    incidents: createIncidentStore(decisions),
    quietTimes: createQuietTimeStore(decisions),
    care: {
      caretakers: createCaretakerStore(decisions),
      succession: createSuccessionStore(decisions),
      whereabouts: createWhereaboutStore(decisions),
      checks: createCheckStore(decisions),
      complaints: createComplaintStore(decisions),
      poleCodes: createPoleCodeStore(decisions),
    },
    notify: createNotifyStore(decisions),
    hands: createHandsStore(decisions),
    updates: createUpdateStore(decisions),
    notices: createNoticeStore(decisions),
    bulletins: createBulletinStore(decisions),
    sources: createSourceStore(decisions),
    reports: createReportStore(decisions),
    audit: createAudit(decisions, clock),
    auditPages: createAuditPages(decisions),
  }
}
