import { every } from '../../../shared/core/clock.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { HaltWhy, Rollout } from '../../core/update-store.ts'
import { createNotifier, recipients } from '../notify/plugin.ts'
import { createUpdateRunner, type UpdateLink } from './runner.ts'
import { HALT_TEXT } from './words.ts'

const LOOK_MS = 5_000
/** Names of clusters that a message has room for. */
const NAMED = 5

/** Those who service all of these clusters, or at least some of them, hear of it on the ways that they chose. */
function tellHalted(deps: ServerDeps, rollout: Rollout, why: HaltWhy, clusters: readonly string[]): void {
  const { stores, access } = deps
  const version = stores.updates.release(rollout.release)?.version ?? '?'
  const areas = access.areasOfClusters(clusters)
  const names = clusters.slice(0, NAMED).map((cluster) => stores.clusters.byId(cluster)?.name ?? cluster)
  const more = clusters.length - names.length
  const notice = {
    subject: `update:${rollout.id}`, severity: 'fault', path: `/cum-loa/cap-nhat/${rollout.id}`,
    title: `Đã dừng cập nhật phiên bản ${version}: ${HALT_TEXT[why].vi}`,
    lines: [`Gồm: ${names.join(', ')}${more > 0 ? ` và ${more} cụm khác` : ''}`, 'Các cụm loa còn lại vẫn chạy phiên bản cũ. Xin xem bảng cập nhật rồi cho tiếp tục hoặc huỷ.'],
  } as const
  createNotifier(deps).tell(recipients(deps).filter(({ who }) => access.concerns(who, 'cluster.service')(areas)), notice)
}

/** Brings releases to clusters until cancelled. */
export function startUpdates(deps: ServerDeps, link: UpdateLink): () => void {
  const runner = createUpdateRunner({ ...deps, ...link, halted: (rollout, why, clusters) => tellHalted(deps, rollout, why, clusters) })
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      deps.log.error({ error: String(error) }, 'updates')
    }
  }
  const quit = deps.events.onEvent(({ kind, subject }) => {
    if (kind === 'update.decided') guarded(() => runner.changed(subject))
  })
  const look = every(deps.clock, LOOK_MS, () => guarded(runner.look))
  return () => {
    look()
    quit()
  }
}
