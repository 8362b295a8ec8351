import type { Language } from '../reports/language.ts'

/** Sounds that the station makes by itself and every cluster holds. */
const OWN: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  'am-thu': ['Âm thử loa', 'Test tone'], 'bao-dong': ['Tiếng báo chú ý', 'Attention tone'], 'bao-yen': ['Báo yên', 'All clear'], 'chu-y': ['Xin bà con chú ý', 'Attention, please'], 'dien-tap': ['Lời báo diễn tập', 'This is a drill'],
  'dinh-chinh': ['Lời đính chính', 'Correction'], 'nhac-hieu': ['Nhạc hiệu', 'Chime'],
}
/** What such a sound is called; null for one that is not the station’s own. */
export const ownClipName = (name: string, language: Language): string | null => (Object.hasOwn(OWN, name) ? OWN[name]?.[language === 'vi' ? 0 : 1] : undefined) ?? null
