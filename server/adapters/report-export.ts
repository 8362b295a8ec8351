import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { isoWithOffset } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { LogEntry, ReportWork, RowOfReport } from '../core/report-jobs.ts'
import { dayText } from '../core/report-period.ts'
import { CLASS_WORDS, languageWord, RUNG_WORDS, SOURCE_WORDS } from '../core/report-words.ts'
import { SHORTFALL_TEXT } from '../core/shortfall-text.ts'
import { csvLines } from './report-sheets.ts'
import type { Tracer } from './report-tracing.ts'

const ROW_HEADS = ['Ngày', 'Địa bàn', 'Cụm loa', 'Mã cụm', 'Buổi phát', 'Nội dung', 'Nguồn', 'Loại', 'Ngôn ngữ', 'Giờ theo lịch', 'Giây theo lịch', 'Giờ bắt đầu', 'Giây đã phát', 'Mức xác nhận', 'Lý do phát thiếu', 'Mã nội dung']
const LOG_HEADS = ['Ngày', 'Địa bàn', 'Giờ theo lịch', 'Giờ bắt đầu', 'Nội dung', 'Nguồn', 'Loại', 'Ngôn ngữ', 'Phút theo lịch', 'Phút đã phát', 'Số cụm', 'Số cụm đã phát', 'Tệp âm thanh (SHA-256)']
const time = (at: number | null): string => (at === null ? '' : isoWithOffset(wallMs(at)).slice(11, 19))
const tenths = (ms: number): number => Math.round(ms / 6_000) / 10

const rowLine = ({ evidence: e, ...row }: RowOfReport): (string | number | null)[] => [
  dayText(row.day), row.stationName, row.clusterName, e.cluster, e.planned?.session ?? '', e.planned?.item ?? e.slot, SOURCE_WORDS[row.source], CLASS_WORDS[row.class], languageWord(row.language), time(e.due),
  e.planned ? (e.end - e.due) / 1_000 : 0, time(e.began), e.playedMs / 1_000, RUNG_WORDS[e.rung], e.reason === null ? '' : SHORTFALL_TEXT[e.reason].vi, e.slot,
]
const logLine = (entry: LogEntry): (string | number | null)[] => [
  dayText(entry.day), entry.stationName, time(entry.due), time(entry.began), entry.item, SOURCE_WORDS[entry.source], CLASS_WORDS[entry.class], languageWord(entry.language),
  tenths(entry.plannedMs), tenths(entry.playedMs), entry.clusters, entry.clustersPlayed, entry.media ?? '',
]

/** Writes everything of a scope to a file, station day by station day: memory stays small however long the span is. */
export async function writeExport(tracer: Tracer, ask: ReportWork['export']['ask'], path: string): Promise<void> {
  const out = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  out.write(csvLines([ask.what === 'rows' ? ROW_HEADS : LOG_HEADS], true))
  for (const place of tracer.days(ask)) {
    const lines = ask.what === 'rows' ? tracer.rowsOf(place, ask.now, ask.filter).map(rowLine) : tracer.logOf(place, ask.now).map(logLine)
    if (lines.length > 0 && !out.write(csvLines(lines, false))) await once(out, 'drain')
  }
  out.end()
  await finished(out)
}
