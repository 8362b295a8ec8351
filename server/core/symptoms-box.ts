import type { ClusterFacts, Symptom } from './symptoms.ts'

/** A processor begins to slow itself down here. */
const HOT_C = 80
const TOO_HOT_C = 95
/** A session must start within 2 s (DESIGN §10). */
const CLOCK_ERR_MS = 2_000
/** Room for the files of some days. */
const DISK_LOW_BYTES = 200_000_000
const DISK_FULL_BYTES = 50_000_000
/** A new plan's files may take so long before anybody asks why. */
const CACHE_PATIENCE_MS = 30 * 60_000
/** Files that are lacking this short before a session will not all come. */
const CACHE_URGENT_MS = 60 * 60_000

/** The box itself: power, heat, clock, files, disk, programme. */
export function boxSymptoms(facts: ClusterFacts): Symptom[] {
  return [...power(facts), ...temperature(facts), ...clock(facts), ...cache(facts), ...disk(facts), ...version(facts)]
}

function power({ telemetry: { health, healthAt } }: ClusterFacts): Symptom[] {
  if (health?.power !== 'battery') return []
  return [{ kind: 'power', severity: 'fault', ...(healthAt === null ? {} : { since: healthAt }), vi: 'Mất điện lưới, cụm loa đang chạy bằng ắc quy.', en: 'No mains power: it runs on its battery.' }]
}

function temperature({ telemetry: { health } }: ClusterFacts): Symptom[] {
  const tempC = health?.tempC
  if (tempC === undefined || tempC < HOT_C) return []
  const figure = Math.round(tempC)
  return [{ kind: 'temperature', severity: tempC >= TOO_HOT_C ? 'fault' : 'warning', figure, vi: `Tủ thiết bị quá nóng: ${figure} °C.`, en: `The box is too hot: ${figure} °C.` }]
}

function clock({ presence }: ClusterFacts): Symptom[] {
  if (!presence?.online || presence.clock === null) return []
  const { trusted, errMs } = presence.clock
  if (!trusted) return [{ kind: 'clock', severity: 'fault', vi: 'Đồng hồ chưa đúng: cụm loa sẽ không phát theo lịch cho đến khi chỉnh được giờ.', en: 'Its clock is not trusted: nothing of the timetable sounds until it has the time.' }]
  if (errMs === undefined || errMs < CLOCK_ERR_MS) return []
  const figure = Math.round(errMs)
  return [{ kind: 'clock', severity: 'warning', figure, vi: `Đồng hồ có thể sai tới ${(figure / 1000).toFixed(1).replace('.', ',')} giây.`, en: `Its clock may be off by ${(figure / 1000).toFixed(1)} s.` }]
}

function cache({ presence, plan, at, nextSession }: ClusterFacts): Symptom[] {
  if (!presence?.online || plan === null) return []
  const lacks = presence.dueFiles - presence.held
  const isBehind = presence.planRev < plan.rev
  if (!isBehind && lacks <= 0) return []
  const isUrgent = nextSession !== null && nextSession - at < CACHE_URGENT_MS
  if (at - plan.issuedAt < CACHE_PATIENCE_MS && !isUrgent) return []
  const severity = isUrgent ? 'fault' : 'warning'
  if (isBehind) return [{ kind: 'cache-behind', severity, vi: 'Chưa nhận lịch phát mới nhất.', en: 'It does not follow the newest timetable yet.' }]
  return [{ kind: 'cache-behind', severity, figure: lacks, vi: `Còn thiếu ${lacks} tệp cho các buổi phát sắp tới.`, en: `${lacks} files for the coming sessions are not there yet.` }]
}

function disk({ telemetry: { health } }: ClusterFacts): Symptom[] {
  const free = health?.disk?.freeBytes
  if (free === undefined || free >= DISK_LOW_BYTES) return []
  const figure = Math.round(free / 1_000_000)
  return [{ kind: 'disk-full', severity: free < DISK_FULL_BYTES ? 'fault' : 'warning', figure, vi: `Bộ nhớ của cụm loa chỉ còn ${figure} MB.`, en: `Only ${figure} MB left on its disk.` }]
}

function version({ telemetry: { health }, presence, newestAgent }: ClusterFacts): Symptom[] {
  const agent = presence?.agent ?? health?.agent ?? null
  if (agent === null || newestAgent === null || agent === newestAgent) return []
  return [{ kind: 'version-old', severity: 'info', vi: `Phần mềm cũ (${agent}, mới nhất ${newestAgent}).`, en: `Its programme is old (${agent}, newest ${newestAgent}).` }]
}
