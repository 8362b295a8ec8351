import type { Severity } from './incident-kinds.ts'
import type { Action } from './permissions.ts'
import type { StationEvent } from './station-events.ts'

/** What is told to people besides incidents, and whom it concerns. */
export interface News {
  /** Whoever may do this where it happened hears of it. */
  readonly right: Action
  readonly severity: Severity
  readonly title: string
  readonly lines: readonly string[]
  /** Where on the pages it is dealt with. */
  readonly path: string
}

interface Known {
  readonly name: string
  readonly title: string
  readonly sender: string
  readonly class: string
  readonly reason: string
  readonly author: string
  readonly vi: string
  readonly problem: { readonly vi: string } | string | null
  readonly clusters: number
  readonly whole: number
}
type Told = Partial<Known>

const CLASSES: Readonly<Record<string, string>> = { normal: 'thông thường', priority: 'ưu tiên', emergency: 'khẩn cấp' }
const from = ({ sender }: Told): string[] => (sender ? [`Nơi gửi: ${sender}`] : [])
const why = (text: string | undefined): string[] => (text ? [`Lý do: ${text}`] : [])
const problemOf = ({ problem }: Told): string | undefined => (typeof problem === 'string' ? problem : problem?.vi)

/** By the kind of the event. What is not here is for screens only. */
const RULES: Readonly<Record<string, (told: Told, subject: string) => News | null>> = {
  'bulletin.received': (told, subject) => ({ right: 'bulletin.decide', severity: 'warning', title: `Bản tin mới: ${told.title ?? ''}`, lines: [...from(told), `Loại: ${CLASSES[told.class ?? ''] ?? ''}`], path: `/chuong-trinh/ban-tin/${subject}` }),
  'bulletin.corrected': (told, subject) => ({ right: 'bulletin.decide', severity: 'warning', title: `Bản tin được sửa: ${told.title ?? ''}`, lines: from(told), path: `/chuong-trinh/ban-tin/${subject}` }),
  'bulletin.withdrawn': (told, subject) => ({ right: 'bulletin.decide', severity: 'warning', title: `Bản tin bị thu hồi: ${told.title ?? ''}`, lines: from(told), path: `/chuong-trinh/ban-tin/${subject}` }),
  'bulletin.reminder': (told, subject) => ({ right: 'bulletin.decide', severity: 'warning', title: `Sắp hết hạn, chưa có người đọc: ${told.title ?? ''}`, lines: from(told), path: `/chuong-trinh/ban-tin/${subject}` }),
  'notice.failed': (told, subject) => ({ right: 'timetable.publish', severity: 'fault', title: `Thông báo chưa phát được: ${told.name ?? ''}`, lines: why(problemOf(told)), path: `/chuong-trinh/thong-bao/${subject}` }),
  'programme.pending': (told) => ({ right: 'programme.approve', severity: 'warning', title: `Chờ duyệt: ${told.name ?? ''}`, lines: told.author ? [`Người tạo: ${told.author}`] : [], path: '/chuong-trinh/duyet' }),
  'programme.returned': (told, subject) => ({ right: 'programme.write', severity: 'warning', title: `Bị trả lại: ${told.name ?? ''}`, lines: why(told.reason), path: `/chuong-trinh/muc/${subject}` }),
  'self-test.failed': (_, subject) => ({ right: 'cluster.service', severity: 'warning', title: 'Cụm loa không qua kiểm tra định kỳ', lines: [], path: `/cum-loa/${subject}` }),
  'source.given-up': (told) => ({ right: 'settings.write', severity: 'warning', title: 'Không gửi được phản hồi cho hệ thống cấp trên', lines: why(problemOf(told)), path: '/quan-tri' }),
  // all well is for those who asked to hear of everything
  'session.result': (told) => ({ right: 'report.read', severity: told.whole === told.clusters ? 'notice' : 'warning', title: `Kết quả buổi phát: ${told.title ?? ''}`, lines: told.vi ? [told.vi] : [], path: '/bao-cao' }),
}

/** What is to be told of an event; null for what is no news. */
export const newsOf = ({ kind, subject, detail }: StationEvent): News | null => RULES[kind]?.((detail ?? {}) as Told, subject) ?? null
