import type { ReportFacts } from './report-facts.ts'
import type { Period } from './report-period.ts'
import { col, share, type ReportCell, type Section, type Tracing } from './report-model.ts'
import type { Tally } from './report-tally.ts'
import { incidentWord } from './report-words.ts'

/** A province's thousands are listed in the spreadsheet of clusters; the paper names those that need somebody. */
const WORST = 30
const HOUR_MS = 3_600_000

interface About {
  readonly period: Period
  readonly trace: Tracing
}

/** Clusters, their links, incidents, SIM data and bulletins. */
export function faultSections(facts: ReportFacts, tally: Tally, about: About): Section[] {
  const bulletins = bulletinSection(facts)
  const incidents = incidentSection(facts, about.trace)
  return [clusterSection(facts, tally, about), linkSection(facts), ...(incidents ? [incidents] : []), ...(bulletins ? [bulletins] : [])]
}

function clusterSection(facts: ReportFacts, tally: Tally, { trace }: About): Section {
  const all = [...new Set(facts.stations.flatMap((station) => station.clusters))]
  const rows = all.map((id) => {
    const own = tally.clusters[id]
    const link = facts.links.get(id)
    return { id, own, aired: own ? share(own.playedMs, own.plannedMs) : null, online: link ? share(link.onlineS, facts.dueS(id)) : null }
  })
  const shown = rows.sort((a, b) => (a.aired ?? 2) - (b.aired ?? 2) || (a.online ?? 2) - (b.online ?? 2) || (a.id < b.id ? -1 : 1)).slice(0, WORST)
  return {
    id: 'clusters', vi: all.length > WORST ? `Cụm loa cần quan tâm (${WORST} cụm phát thấp nhất)` : 'Kết quả theo cụm loa',
    columns: [col('name', 'Cụm loa', 'text'), col('sessions', 'Buổi theo lịch'), col('whole', 'Buổi phát đủ'), col('part', 'Buổi phát thiếu'), col('share', 'Tỷ lệ phát', 'share'), col('online', 'Tỷ lệ có kết nối', 'share')],
    rows: shown.map(({ id, own, aired, online }): ReportCell[] => {
      const rowsOf = trace.of({ cluster: id })
      return [{ value: facts.nameOf(id) }, { value: own?.sessions ?? 0, trace: rowsOf }, { value: own?.sessionsWhole ?? 0, trace: rowsOf }, { value: own?.sessionsPart ?? 0, trace: rowsOf }, { value: aired, trace: rowsOf }, { value: online, trace: trace.online(id) }]
    }),
  }
}

function linkSection(facts: ReportFacts): Section {
  const clusters = [...new Set(facts.stations.flatMap((station) => station.clusters))]
  const known = clusters.flatMap((id) => facts.links.get(id) ?? [])
  const sum = (of: (link: (typeof known)[number]) => number): number => known.reduce((all, link) => all + of(link), 0)
  const signalS = sum((link) => link.goodS + link.fairS + link.poorS)
  const due = clusters.filter((id) => facts.links.has(id)).reduce((all, id) => all + facts.dueS(id), 0)
  const over = clusters.filter((id) => (facts.links.get(id)?.dataBytes ?? 0) > (facts.simPlans.get(id) ?? Infinity)).length
  const megabytes = (bytes: number): number => Math.round(bytes / 100_000) / 10
  const data = sum((link) => link.dataBytes)
  const row = (name: string, value: number | null): ReportCell[] => [{ value: name }, { value }]
  return {
    id: 'links', vi: 'Kết nối và dung lượng SIM 4G', columns: [col('name', 'Chỉ tiêu', 'text'), col('value', 'Kết quả', 'text')],
    rows: [
      row('Cụm loa có số liệu', known.length),
      [{ value: 'Tỷ lệ thời gian có kết nối' }, { value: percentText(share(sum((link) => link.onlineS), due)) }],
      [{ value: 'Thời gian sóng tốt' }, { value: percentText(share(sum((link) => link.goodS), signalS)) }],
      [{ value: 'Thời gian sóng yếu' }, { value: percentText(share(sum((link) => link.poorS), signalS)) }],
      row('Dung lượng đã dùng (MB)', megabytes(data)),
      row('Bình quân mỗi cụm (MB)', known.length === 0 ? null : megabytes(data / known.length)),
      row('Cụm vượt gói cước', facts.simPlans.size === 0 ? null : over),
    ],
  }
}

const percentText = (value: number | null): string | null => (value === null ? null : `${(Math.round(value * 1_000) / 10).toLocaleString('vi')} %`)

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

function incidentSection({ incidents }: ReportFacts, tracing: Tracing): Section | null {
  if (incidents === null) return null
  const hours = (ms: number | null): number | null => (ms === null ? null : Math.round((10 * ms) / HOUR_MS) / 10)
  const kinds = [...new Set(incidents.map(({ kind }) => kind))].sort()
  const row = (name: string, of: typeof incidents, trace: string): ReportCell[] => {
    const repaired = of.flatMap(({ openedAt, closedAt }) => (closedAt === null ? [] : [closedAt - openedAt]))
    const mean = repaired.length === 0 ? null : repaired.reduce((all, ms) => all + ms, 0) / repaired.length
    return [{ value: name }, { value: of.length, trace }, { value: of.filter(({ closedAt }) => closedAt === null).length, trace }, { value: hours(mean), trace }, { value: hours(median(repaired)), trace }]
  }
  return {
    id: 'incidents', vi: 'Sự cố và thời gian khắc phục',
    columns: [col('name', 'Loại sự cố', 'text'), col('count', 'Số sự cố'), col('open', 'Chưa khắc phục'), col('mean', 'Thời gian khắc phục bình quân (giờ)', 'hours'), col('median', 'Trung vị (giờ)', 'hours')],
    rows: [...kinds.map((kind) => row(incidentWord(kind), incidents.filter((one) => one.kind === kind), tracing.incidents(kind))), row('Cộng', incidents, tracing.incidents())],
  }
}

function bulletinSection({ bulletins }: ReportFacts): Section | null {
  if (bulletins === null) return null
  const row = (name: string, value: number): ReportCell[] => [{ value: name }, { value }]
  return {
    id: 'bulletins', vi: 'Bản tin và tài liệu tiếp nhận', columns: [col('name', 'Chỉ tiêu', 'text'), col('value', 'Số lượng')],
    rows: [row('Bản tin tiếp nhận', bulletins.received), row('Đã phát', bulletins.aired), row('Tài liệu tiếp nhận', bulletins.documents), row('Đã đọc', bulletins.read)],
  }
}
