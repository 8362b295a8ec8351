import { incidentWords } from './incident-kinds.ts'
import { RUNGS, type Rung } from './evidence-report.ts'
import type { ContentClass, Source } from './report-nature.ts'

/** What stands on reports, in the words of those who read them. */
export const SOURCE_WORDS: Readonly<Record<Source, string>> = {
  own: 'Chương trình tự sản xuất', relay: 'Tiếp âm, tiếp sóng', shared: 'Chương trình cấp trên chia sẻ', bulletin: 'Bản tin nguồn', live: 'Phát trực tiếp', emergency: 'Thông báo khẩn cấp',
}
export const CLASS_WORDS: Readonly<Record<ContentClass, string>> = { normal: 'Thông thường', priority: 'Ưu tiên', emergency: 'Khẩn cấp' }
export const RUNG_WORDS: Readonly<Record<Rung, string>> = {
  planned: 'Chỉ có theo lịch', sent: 'Đã nhận lệnh, không có tiếng', played: 'Đã phát', heard: 'Đã xác nhận có tiếng', confirmed: 'Có người xác nhận',
}
export const RUNG_LIST = RUNGS

const LANGUAGES: Readonly<Record<string, string>> = {
  vi: 'Tiếng Việt', hmn: 'Tiếng Hmông', hmv: 'Tiếng Hmông', blt: 'Tiếng Thái (đen)', twh: 'Tiếng Thái (trắng)', tai: 'Tiếng Thái', tyz: 'Tiếng Tày', nut: 'Tiếng Nùng', mtq: 'Tiếng Mường', kpm: 'Tiếng Cơ Ho',
  jra: 'Tiếng Gia Rai', rad: 'Tiếng Ê Đê', bdq: 'Tiếng Ba Na', sed: 'Tiếng Xơ Đăng', cmo: 'Tiếng Mnông', cjm: 'Tiếng Chăm', km: 'Tiếng Khmer', ium: 'Tiếng Dao', mul: 'Nhiều thứ tiếng', zh: 'Tiếng Hoa', en: 'Tiếng Anh',
}
/** A code that is not known stands as it is. */
export const languageWord = (code: string): string => LANGUAGES[code] ?? `Tiếng (${code})`

/** As incidents are called everywhere; a kind that is not known stands as it is. */
export const incidentWord = (kind: string): string => incidentWords(kind)?.vi ?? kind
