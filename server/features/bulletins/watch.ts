import { DAY_MS } from '../../../shared/core/civil.ts'
import { every, wallMs, type Cancel, type WallMs } from '../../../shared/core/clock.ts'
import type { Bulletin, BulletinInCommune } from '../../core/bulletin.ts'
import type { NoticeSounding } from '../../core/notice.ts'
import { placedUnder } from '../notices/plugin.ts'
import type { BulletinDeps } from './intake.ts'

const LOOK_MS = 60_000
/** Evidence of a cluster that was away comes when it is back. */
const EVIDENCE_WAIT_MS = 8 * DAY_MS
/** How long before the deadline those who have not read are reminded. */
const REMIND_BEFORE_MS = DAY_MS
/** Neighbouring groups speak one after another: slots may be due so much later than the session. */
const STAGGER_MS = 3_600_000

type WatchDeps = Pick<BulletinDeps, 'stores' | 'clock' | 'decide' | 'events' | 'access' | 'emergencies' | 'noted' | 'log'>

/** When one of the clusters began to play it, by its evidence; null while nobody is known to have. */
function airedAt({ stores }: WatchDeps, { kind, id, at, to, clusters }: NoticeSounding): WallMs | null {
  const until = wallMs(to + STAGGER_MS)
  const hears = new Set(clusters)
  const slots = kind === 'session' ? new Set(stores.planned.between(wallMs(at - LOOK_MS), until).flatMap(({ session, slot }) => (session === id ? [slot] : []))) : new Set([`l.${id}`])
  const rows = stores.evidence.between(wallMs(at - LOOK_MS), until).filter((row) => hears.has(row.cluster) && slots.has(row.slot) && row.ms > 0)
  return rows.length === 0 ? null : wallMs(Math.min(...rows.map((row) => row.began ?? row.due)))
}

/** A server that ended while it placed a bulletin commune by commune leaves some of them without, and tells the people there. */
const PLACED_WITHIN_MS = 600_000
const CUT_OFF = { code: 'not-placed', en: 'It was not put into a session: place it yourself.', vi: 'Chưa xếp được vào buổi phát: xin tự xếp.' } as const

/** Priority bulletins that nothing has become of in a commune, or nothing was noted of. */
function noteCutOff(deps: WatchDeps, bulletin: Bulletin, save: (action: string, row: BulletinInCommune, bulletin: Bulletin) => void): void {
  const { stores, clock, access } = deps
  const { id, withdrawnAt, programme, correctedAt, receivedAt } = bulletin
  if (bulletin.class !== 'priority' || programme === null || withdrawnAt !== null || clock.wall() - (correctedAt ?? receivedAt) < PLACED_WITHIN_MS) return
  for (const row of stores.bulletins.communes(id)) {
    if (row.decision !== 'none' || row.problem !== null || row.soundings.length > 0) continue
    const here = new Set(access.audience({ areas: [row.commune] }).clusters)
    const soundings = placedUnder(deps, `bt-${id}-`).filter(({ clusters }) => clusters.length > 0 && clusters.every((cluster) => here.has(cluster)))
    save('bulletin.cut-off', soundings.length > 0 ? { ...row, decision: 'taken', placedAt: clock.wall(), soundings } : { ...row, problem: CUT_OFF }, bulletin)
  }
}

/** Looks once: what has sounded, and who has not read what they should read soon. */
export function lookAtBulletins(deps: WatchDeps): void {
  const { bulletins } = deps.stores
  const now = deps.clock.wall()
  const save = (action: string, row: BulletinInCommune, bulletin: Bulletin): void =>
    deps.decide({ actor: 'server', action, subject: row.bulletin, detail: { commune: row.commune } }, () => {
      bulletins.saveCommune(row)
      deps.noted?.(bulletin, row)
    })
  for (const row of bulletins.unaired(wallMs(now - EVIDENCE_WAIT_MS))) {
    const begun = row.soundings.filter(({ at }) => at <= now).flatMap((sounding) => airedAt(deps, sounding) ?? [])
    const bulletin = begun.length === 0 ? null : bulletins.byId(row.bulletin)
    if (bulletin) save('bulletin.aired', { ...row, airedAt: wallMs(Math.min(...begun)) }, bulletin)
  }
  for (const row of bulletins.unread(now, wallMs(now + REMIND_BEFORE_MS))) {
    const bulletin = bulletins.byId(row.bulletin)
    if (!bulletin) continue
    save('bulletin.remind', { ...row, remindedAt: now }, bulletin)
    deps.events.tell({ kind: 'bulletin.reminder', at: now, areas: [row.commune], subject: row.bulletin, detail: { title: bulletin.title, sender: bulletin.senderName, deadline: bulletin.deadline } })
  }
  for (const bulletin of bulletins.list(50)) {
    if (bulletin.emergency !== null) noteEmergency(deps, bulletin, save)
    noteCutOff(deps, bulletin, save)
  }
}

/** What sounded of an emergency, from its board. */
function noteEmergency({ stores, emergencies, access }: WatchDeps, bulletin: Bulletin, save: (action: string, row: BulletinInCommune, bulletin: Bulletin) => void): void {
  const waiting = stores.bulletins.communes(bulletin.id).filter(({ airedAt: at }) => at === null)
  if (waiting.length === 0 || !emergencies || bulletin.emergency === null) return
  const sounded = emergencies.board(bulletin.emergency).filter(({ verdict }) => verdict === 'sounding' || verdict === 'finished')
  for (const row of waiting) {
    const here = sounded.filter(({ cluster }) => access.areasOfCluster(cluster).some((code) => access.book().within(code, row.commune)))
    if (here.length > 0) save('bulletin.aired', { ...row, airedAt: wallMs(Math.min(...here.map(({ at }) => at))) }, bulletin)
  }
}

/** Looks from now on, once a minute; answers how to stop. */
export function startBulletinWatch(deps: WatchDeps): Cancel {
  return every(deps.clock, LOOK_MS, () => {
    try {
      lookAtBulletins(deps)
    } catch (error) {
      deps.log.error({ error: String(error) }, 'bulletins were not looked at')
    }
  })
}
