import type { Stores, StoredEvidence } from '../../server/core/stores.ts'
import type { RunningEmergencies } from '../../server/features/emergencies/plugin.ts'
import { checkVerdict, isBesideAlarm } from './alarm-ear.ts'
import type { Bench, Ear, Heard } from './checker.ts'
import type { SimBox } from './box.ts'

/** What a power cut may cost of the evidence: a checkpoint every 15 s, and its write. */
const CHECKPOINT_MS = 15_500
/** Shorter sounds may be lost in the rounding of a stop. */
const WORTH_MS = 300
/** Evidence of the last moments may still be on its way. */
const UNDER_WAY_MS = 180_000

interface Grounds {
  readonly bench: Bench
  readonly ears: Iterable<Ear>
  readonly stores: Stores
  readonly boxes: ReadonlyMap<string, SimBox>
  readonly emergencies: RunningEmergencies | null
}

/** After some minutes without a fault: everybody agrees, and everything is told exactly once. */
export function checkSettled({ bench, ears, stores, boxes, emergencies }: Grounds): void {
  const byId = new Map([...ears].map((ear) => [ear.id, ear]))
  for (const { id, acceptedAt } of emergencies?.list('all') ?? [])
    for (const { cluster, verdict } of emergencies?.board(id) ?? []) {
      const ear = byId.get(cluster)
      if (ear) checkVerdict(bench, ear, { id, at: acceptedAt, verdict })
    }
  for (const ear of byId.values()) {
    checkEvidence(bench, ear, stores.evidence.between(0 as never, 8.64e15 as never, ear.id))
    checkAgreement(bench, ear, stores)
    checkTidy(bench, ear, boxes.get(ear.id))
  }
}

function checkEvidence(bench: Bench, ear: Ear, rows: readonly StoredEvidence[]): void {
  const latest = bench.options.world.now() - UNDER_WAY_MS
  const left = new Set(rows.filter((row) => row.ms > 0))
  const silent = rows.filter((row) => row.ms === 0)
  bench.counts['evidence rows'] = (bench.counts['evidence rows'] ?? 0) + rows.length
  const seen = new Map<string, number>()
  for (const row of silent) {
    const key = `${row.slot} ${row.due} ${row.end}`
    const times = (seen.get(key) ?? 0) + 1
    // whoever starts in the middle of a silence tells of it again
    if (times > ear.boots) return bench.fail(ear, `tells ${times} times that ${row.slot} was silent (${row.why ?? 'without a reason'})`)
    seen.set(key, times)
  }
  for (const heard of ear.heard) {
    if (heard.to === null) continue
    if (heard.slot && isBesideAlarm(ear, heard.slot)) heard.contested = true
    const row = findRow(left, heard)
    if (row) left.delete(row)
    const lengthMs = heard.to - heard.from
    const lacking = row ? lengthMs - row.ms : lengthMs
    const mayLack = heard.cut ? CHECKPOINT_MS : row ? 300 + heard.tolMs : WORTH_MS
    if (heard.to < latest && lacking > mayLack) return bench.fail(ear, row ? `told ${row.ms} ms of ${row.slot} and sounded ${lengthMs.toFixed(0)}` : `sounded ${lengthMs.toFixed(0)} ms of ${heard.slot?.id ?? 'something'} at ${new Date(heard.from).toISOString()} and the server has no evidence of it`)
    if (row && row.ms > lengthMs + 300 + heard.tolMs) return bench.fail(ear, `told ${row.ms} ms of ${row.slot} and sounded only ${lengthMs.toFixed(0)}`)
  }
  for (const row of left) {
    // a sound that goes on is in the checkpoint only
    if (!ear.heard.some((h) => h.to === null && h.slot?.id === row.slot)) return bench.fail(ear, `tells of ${row.ms} ms of ${row.slot} (row ${row.n}, ${row.why ?? 'whole'}) that nobody heard, or tells it twice`)
  }
}

/** The row that fits best: two stretches can begin within the tolerance of each other when plans change. */
function findRow(rows: Iterable<StoredEvidence>, heard: Heard): StoredEvidence | null {
  const lengthMs = (heard.to ?? heard.from) - heard.from
  let best: { row: StoredEvidence; off: number } | null = null
  for (const row of rows) {
    const near = row.began !== undefined && Math.abs(row.began - heard.from) <= heard.tolMs + 100
    if (!near || (!heard.contested && row.slot !== heard.slot?.id)) continue
    const off = Math.abs(row.ms - lengthMs)
    if (!best || off < best.off) best = { row, off }
  }
  return best?.row ?? null
}

function checkAgreement(bench: Bench, ear: Ear, stores: Stores): void {
  const { fail } = bench
  const current = stores.plans.current(ear.id)
  if (!ear.up.value || !ear.online.value) return fail(ear, 'is not online although everything has healed')
  if (current && ear.plan.value?.rev !== current.rev) return fail(ear, `holds plan ${ear.plan.value?.rev ?? 0} and not the newest, ${current.rev}`)
  const lacking = ear.plan.value?.media.filter(({ sha }) => !ear.holding(sha).value) ?? []
  if (lacking.length > 0) return fail(ear, `lacks ${lacking.length} files of its plan although everything has healed`)
  const order = stores.clusters.byId(ear.id)?.now
  if (order && order.rev > 0 && ear.now.value?.rev !== order.rev) return fail(ear, `follows the immediate order ${ear.now.value?.rev ?? 0} and not the newest, ${order.rev}`)
  const presence = stores.presence.byCluster(ear.id)
  if (!presence?.online) return fail(ear, 'is online and shown as offline')
  if (presence.planRev !== current?.rev || presence.nowRev !== (order?.rev ?? 0)) return fail(ear, `is shown with plan ${presence.planRev} and order ${presence.nowRev}`)
  if (presence.held !== presence.dueFiles || presence.dueFiles !== ear.plan.value?.media.length) return fail(ear, `is shown with ${presence.held} of ${presence.dueFiles} files`)
  const sounding = [...ear.sounding].find((h) => h.from < bench.options.world.now() - 10_000)
  if (sounding && presence.playing?.slot !== sounding.slot?.id) fail(ear, `sounds ${sounding.slot?.id ?? ''} and is shown with ${presence.playing?.slot ?? 'silence'}`)
  if (ear.sounding.size === 0 && ear.silentSince < bench.options.world.now() - 10_000 && presence.playing) fail(ear, `is silent and shown with ${presence.playing.slot}`)
}

/** Nothing stays on the disk that nobody needs any more: a box lives for years. */
function checkTidy(bench: Bench, ear: Ear, box: SimBox | undefined): void {
  const plan = ear.plan.value
  if (!plan || !box) return
  const wanted = new Set(plan.media.map(({ sha }) => `media/${sha}`))
  const stray = ear.names().filter((name) => (name.startsWith('media/') && !wanted.has(name)) || name.startsWith('part/') || (name.startsWith('body/') && name !== `body/${plan.sha}`))
  if (stray.length > 0) bench.fail(ear, `keeps ${stray.length} files that nobody needs, such as ${(stray[0] ?? '')}`)
}
