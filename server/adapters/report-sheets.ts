import { writeFile } from 'node:fs/promises'
import { stringify } from 'csv-stringify/sync'
import writeExcelFile, { type Cell, type Sheet } from 'write-excel-file/node'
import type { Report, ReportCell, Section, Unit } from '../core/report-model.ts'

const FORMATS: Readonly<Record<Unit, string | null>> = { text: null, count: '#,##0', minutes: '#,##0.0', share: '0.0%', hours: '#,##0.0', megabytes: '#,##0.0' }
/** A name of a sheet has at most 31 letters and none of these. */
const sheetName = (section: Section, n: number): string => `${n + 1}. ${section.vi}`.replaceAll(/[\\/?*[\]:]/g, ' ').slice(0, 31).trim()

function cellOf({ value }: ReportCell, unit: Unit): Cell {
  if (value === null) return null
  const format = FORMATS[unit]
  if (typeof value === 'number') return { value, type: Number, ...(format === null ? {} : { format }) }
  // a text, whatever it begins with
  return { value, type: String, wrap: true }
}

/** Writes a report as XLSX, a sheet for each section, figures as figures. */
export async function writeXlsx(report: Report, path: string): Promise<void> {
  const sheets = report.sections.map((section, n): Sheet<never> => ({
    sheet: sheetName(section, n),
    columns: section.columns.map((_, i) => ({ width: i === 0 ? 42 : 18 })),
    stickyRowsCount: 3,
    data: [
      [{ value: `${report.area.name}, ${report.period.vi}`, type: String, fontWeight: 'bold' }],
      [{ value: section.vi, type: String, fontWeight: 'bold' }],
      section.columns.map(({ vi }) => ({ value: vi, type: String, fontWeight: 'bold', wrap: true, align: 'center', backgroundColor: '#eeeeee' }) as const),
      ...section.rows.map((row) => row.map((cell, i) => cellOf(cell, section.columns[i]?.unit ?? 'text'))),
    ],
  }))
  await writeExcelFile(sheets, { fontFamily: 'Times New Roman', fontSize: 12 }).toFile(path)
}

/** Lines of CSV that spreadsheets open as they are meant: marked as UTF-8, and no text that would be a formula. */
export const csvLines = (rows: readonly (readonly (string | number | null)[])[], first: boolean): string => stringify([...rows.map((row) => [...row])], { bom: first, escape_formulas: true, record_delimiter: 'windows' })

/** Writes a report as CSV: the sections one below the other. */
export async function writeCsv(report: Report, path: string): Promise<void> {
  const rows = report.sections.flatMap((section) => [
    [section.vi],
    section.columns.map(({ vi }) => vi),
    ...section.rows.map((row) => row.map(({ value }) => value)),
    [],
  ])
  await writeFile(path, csvLines([[`${report.area.name}, ${report.period.vi}`], [], ...rows], true), { flag: 'wx', mode: 0o600 })
}
