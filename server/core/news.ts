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
  /** Only whoever holds the right in all of its places, or for the whole station, hears of it; absent = in one of them. */
  readonly throughout?: 'places' | 'station'
  /** Tells several pieces of news of one kind and subject apart; absent = a later one takes the place of one that waits. */
  readonly about?: string
  /** Whose doing it is: they need not be told. */
  readonly except?: string
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
  readonly what: 'set' | 'key'
  readonly lastDay: string
  readonly over: boolean
  readonly communes: number
  readonly actor: string
  readonly drill: boolean
  readonly everywhere: boolean
  readonly found: readonly string[]
  readonly area: string
  readonly areaName: string
}
type Told = Partial<Known>

const CLASSES: Readonly<Record<string, string>> = { normal: 'thông thường', priority: 'ưu tiên', emergency: 'khẩn cấp' }
const from = ({ sender }: Told): string[] => (sender ? [`Nơi gửi: ${sender}`] : [])
const drillOf = ({ drill }: Told): string => (drill ? 'DIỄN TẬP · ' : '')
const reachOf = ({ communes, clusters }: Told): string => `${communes ?? 0} xã, ${clusters ?? 0} cụm loa`
const why = (text: string | undefined): string[] => (text ? [`Lý do: ${text}`] : [])
const dayText = (date: string | undefined): string => (date ?? '').split('-').reverse().join('/')
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
  'self-test.failed': ({ found }, subject) => ({ right: 'cluster.service', severity: 'warning', title: 'Cụm loa không qua kiểm tra định kỳ', lines: [...(found ?? [])], path: `/cum-loa/${subject}` }),
  'standing.ending': ({ what, name, lastDay, over }) => ({
    right: 'emergency.prepare', severity: 'warning', title: `${over ? 'Đã hết hạn' : 'Sắp hết hạn'}: ${what === 'key' ? 'điện thoại được phép' : 'lệnh khẩn cấp để sẵn'} ${name ?? ''}`,
    lines: [`Dùng được đến hết ngày ${dayText(lastDay)}.`, over ? 'Khi mất mạng sẽ không mở được nữa: hãy gia hạn hoặc bỏ.' : 'Hãy gia hạn nếu còn cần.'], path: '/quan-tri/lenh-de-san',
  }),
  'source.given-up': (told) => ({ right: 'settings.write', severity: 'warning', title: 'Không gửi được phản hồi cho hệ thống cấp trên', lines: why(problemOf(told)), path: '/quan-tri' }),
  'emergency.asked': (told, subject) => ({
    right: 'emergency.raise', severity: 'urgent', title: `Cần thêm một người đồng ý: ${drillOf(told)}${told.title ?? ''}`, path: `/khan-cap/cho-dong-y/${subject}`,
    lines: [`${told.name ?? ''} xin phát khẩn cấp tới ${reachOf(told)}.`, 'Xin mở trang để xem và trả lời ngay.'],
    throughout: told.everywhere ? 'station' : 'places', ...(told.actor === undefined ? {} : { except: told.actor }),
  }),
  // what only administrators may do: they are whom it concerns
  'emergency.alone': (told, subject) => ({ right: 'audit.read', severity: 'urgent', title: `Phát khẩn cấp không có người thứ hai: ${drillOf(told)}${told.title ?? ''}`, lines: [`Người phát: ${told.name ?? ''}, tới ${reachOf(told)}`, ...why(told.reason)], path: `/khan-cap/${subject}` }),
  // all well is for those who asked to hear of everything
  'session.result': (told) => ({ right: 'report.read', severity: told.whole === told.clusters ? 'notice' : 'warning', title: `Kết quả buổi phát: ${told.title ?? ''}${told.areaName ? ` · ${told.areaName}` : ''}`, lines: told.vi ? [told.vi] : [], path: '/bao-cao', ...(told.area ? { about: told.area } : {}) }),
}

/** What is to be told of an event; null for what is no news. */
export const newsOf = ({ kind, subject, detail }: StationEvent): News | null => RULES[kind]?.((detail ?? {}) as Told, subject) ?? null
