import type { Language } from '../reports/language.ts'

/** Languages of Viet Nam as their people and the authorities call them. */
const NAMES: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  vi: ['Tiếng Việt', 'Vietnamese'], hmn: ['Tiếng Hmông', 'Hmong'], hmv: ['Tiếng Hmông', 'Hmong'], blt: ['Tiếng Thái (đen)', 'Tai Dam'], twh: ['Tiếng Thái (trắng)', 'Tai Dón'], tai: ['Tiếng Thái', 'Tai'], tyz: ['Tiếng Tày', 'Tay'], nut: ['Tiếng Nùng', 'Nung'],
  mtq: ['Tiếng Mường', 'Muong'], kpm: ['Tiếng Cơ Ho', 'Koho'], jra: ['Tiếng Gia Rai', 'Jarai'], rad: ['Tiếng Ê Đê', 'Rade'], bdq: ['Tiếng Ba Na', 'Bahnar'], sed: ['Tiếng Xơ Đăng', 'Sedang'], cmo: ['Tiếng Mnông', 'Mnong'],
  cjm: ['Tiếng Chăm', 'Cham'], km: ['Tiếng Khmer', 'Khmer'], ium: ['Tiếng Dao', 'Iu Mien'], mul: ['Nhiều thứ tiếng', 'Several languages'],
}
/** A code that is not known stands as it is. */
export const languageName = (code: string, language: Language): string => NAMES[code]?.[language === 'vi' ? 0 : 1] ?? code
export const LANGUAGE_CODES: readonly string[] = Object.keys(NAMES).filter((code) => code !== 'mul')
