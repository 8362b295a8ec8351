import { civilDate } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { dayText } from './report-period.ts'
import type { ReportHeading } from './report-heading.ts'
import type { Report, ReportCell, Unit } from './report-model.ts'

export interface PaperColumn {
  readonly head: string
  readonly align: 'left' | 'right'
  /** Share of the width against the others. */
  readonly weight: number
}
export interface PaperTable {
  readonly title: string
  readonly columns: readonly PaperColumn[]
  readonly rows: readonly (readonly string[])[]
  /** Said where there is no row. */
  readonly nothing: string
}
/** A report as it stands on paper, by the layout of Decree 30/2020 or that of a Party committee; whoever draws it adds no word. */
export interface Paper {
  readonly party: boolean
  /** Top left, in order: who is above, who issues. */
  readonly superior: string | null
  readonly issuer: string
  /** Top right. */
  readonly motto: readonly string[]
  readonly number: string
  readonly placeAndDate: string
  readonly title: string
  readonly subject: string
  readonly opening: string
  readonly tables: readonly PaperTable[]
  readonly closing: string
  readonly recipients: readonly string[]
  readonly signature: readonly string[]
  readonly signer: string | null
}

const ROMAN = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII', 'XIII', 'XIV']
const MOTTO = ['CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 'Độc lập - Tự do - Hạnh phúc']
const PARTY_MOTTO = ['ĐẢNG CỘNG SẢN VIỆT NAM']

/** A figure as a reader writes it: 1.234,5 and 96,7 %. */
export function cellText({ value }: ReportCell, unit: Unit): string {
  if (value === null) return '–'
  if (typeof value === 'string') return value
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  if (unit === 'share') return `${(value * 100).toLocaleString('vi', one)} %`
  return unit === 'minutes' || unit === 'hours' || unit === 'megabytes' ? value.toLocaleString('vi', one) : value.toLocaleString('vi')
}

export interface PaperSetting {
  readonly heading: ReportHeading
  readonly now: WallMs
  /** What is reported, before the period: `Kết quả hoạt động truyền thanh cơ sở`. */
  readonly subject?: string
}

export function paperOf(report: Report, { heading, now, subject = 'Kết quả hoạt động truyền thanh cơ sở' }: PaperSetting): Paper {
  const party = heading.form === 'party'
  const [year, month, day] = civilDate(now).split('-')
  const { from, to } = report.period
  const span = from === to ? `ngày ${dayText(from)}` : `từ ngày ${dayText(from)} đến ngày ${dayText(to)}`
  return {
    party,
    superior: heading.superior ?? null,
    issuer: heading.issuer,
    motto: party ? PARTY_MOTTO : MOTTO,
    number: party ? `Số:       -BC/${heading.symbol ?? '……'}` : `Số:       /BC-${heading.symbol ?? '……'}`,
    // small numbers get a zero before them, so that nobody can put a digit there
    placeAndDate: `${heading.place}, ngày ${day} tháng ${Number(month) <= 2 ? month : Number(month)} năm ${year}`,
    title: 'BÁO CÁO',
    subject: `${subject} ${report.period.vi}`,
    opening: `Căn cứ nhật ký phát thanh và số liệu do các cụm loa gửi về, ${report.area.name} báo cáo ${subject.charAt(0).toLocaleLowerCase('vi')}${subject.slice(1)} ${span} như sau (số liệu đến ${report.asOf.slice(11, 16)} ngày ${report.asOf.slice(0, 10).split('-').reverse().join('/')}):`,
    tables: report.sections.map((section, n): PaperTable => ({
      title: `${ROMAN[n] ?? n + 1}. ${section.vi}`,
      columns: section.columns.map(({ vi, unit }, i) => ({ head: vi, align: unit === 'text' && i === 0 ? 'left' : 'right', weight: i === 0 ? Math.min(2.6, 0.6 * section.columns.length) : 1 })),
      rows: section.rows.map((row) => row.map((cell, i) => cellText(cell, section.columns[i]?.unit ?? 'text'))),
      nothing: 'Không có.',
    })),
    closing: `Trên đây là báo cáo ${subject.charAt(0).toLocaleLowerCase('vi')}${subject.slice(1)} ${report.period.vi} của ${report.area.name}./.`,
    recipients: heading.recipients ?? [],
    signature: [heading.authority, heading.position].flatMap((line) => (line === undefined ? [] : [line])),
    signer: heading.signer ?? null,
  }
}
