import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { DEFAULT_LANGUAGES } from '../../../shared/core/languages.ts'
import { onAirAt } from '../../../shared/core/timeline.ts'
import { slotsOf } from '../../../shared/protocol/messages/plan.ts'
import { becauseText } from '../../core/because-text.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import { planFor, planTimetable } from '../../core/plan.ts'
import { titleOfSlot } from '../../core/planned-slots.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { datedBounds } from '../pauses/plugin.ts'
import { createFindMedia } from '../programmes/plugin.ts'
import type { DraftDesk, OpenDraft } from './draft-desk.ts'
import type { PreviewQuery, PreviewView } from './preview-views.ts'

export interface PreviewHandlers {
  /** What would sound on a cluster at an instant if the draft were published, and why. */
  at(who: Identity, draft: string, query: PreviewQuery): Outcome<PreviewView>
}

/** Slots this far around the instant are enough: a session lasts a day at most. */
const AROUND_MS = 36 * 3_600_000

export function createPreviewHandlers(deps: ServerDeps, desk: DraftDesk): PreviewHandlers {
  const { stores, access, crypto } = deps

  const viewOf = ({ draft, merged }: OpenDraft, cluster: ClusterRecord, at: ReturnType<typeof wallMs>): PreviewView => {
    const mine = merged.filter(({ targets }) => access.audience(targets).clusters.includes(cluster.id))
    const { findFor } = createFindMedia(stores.programmes, crypto)
    const planning = planTimetable({
      now: at, sessions: mine, findFor, pinned: [],
      policies: stores.policies.all(), areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters: stores.clusters.active(),
      fileOf: (sha) => stores.programmes.bySha(sha),
      datedOf: datedBounds(stores, at),
    })
    const body = planFor(planning, cluster).body()
    const { mute, stop } = cluster.now
    const onAir = onAirAt(slotsOf(body, wallMs(at - AROUND_MS), wallMs(at + AROUND_MS)), body.policies, { staggerIndex: body.stagger, stoppedAt: stop, muted: mute }, at)
    const titleOf = (slot: string): string | null => titleOfSlot(slot, mine, findFor(DEFAULT_LANGUAGES))
    const slot = onAir.do === 'play' ? onAir.slot.id : (onAir.because.slot ?? null)
    return {
      draft: draft.id, cluster: cluster.id, name: cluster.name, at: isoWithOffset(at), do: onAir.do, slot,
      item: slot === null ? null : titleOf(slot),
      session: slot === null ? null : (mine.find(({ id }) => slot.startsWith(`${id}.`))?.id ?? null),
      offsetMs: onAir.do === 'play' ? onAir.offsetMs : null,
      until: onAir.until === null || !Number.isFinite(onAir.until) ? null : isoWithOffset(onAir.until),
      because: { code: onAir.because.code, ...becauseText(onAir.because, (one) => titleOf(one) ?? one) },
    }
  }

  return {
    at(who, id, { cluster, at: text }) {
      const opened = desk.open(who, id)
      if (!opened.ok) return opened
      const at = instantOf(text)
      if (at === null) return refused({ status: 400, code: 'no-such-instant', field: 'at', en: `There is no instant ${text}: write it as 2026-11-23T05:30:00+07:00.`, vi: `Không có thời điểm ${text}: hãy ghi như 2026-11-23T05:30:00+07:00.` })
      const found = stores.clusters.byId(cluster)
      const areas = access.areasOfCluster(cluster)
      if (!found || found.revokedAt !== null || !access.concerns(who, 'station.read')(areas.length === 0 ? 'all' : areas)) return notFound({ en: 'cluster', vi: 'cụm loa' }, cluster)
      return accepted(viewOf(opened.value, found, at))
    },
  }
}
