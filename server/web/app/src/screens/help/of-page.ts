import type { vi } from './words-vi.ts'

type Lines = Exclude<keyof typeof vi, 'helpTitle' | 'helpGuide'>
/** What is said beside each page, by the page's address in its table. */
const BESIDE: Readonly<Record<string, Lines>> = {
  '/': 'helpNow', '/khan-cap': 'helpEmergency', '/lich-phat': 'helpTimetable', '/chuong-trinh': 'helpLibrary', '/phat-truc-tiep': 'helpLive',
  '/su-co': 'helpIncidents', '/cum-loa': 'helpClusters', '/bao-cao': 'helpReports', '/quan-tri': 'helpAdmin',
  '/bat-dau': 'helpBegin', '/tap-duot': 'helpPractice', '/bao-tin': 'helpNotify', '/cum-loa/cap-nhat': 'helpUpdates', '/huong-dan': 'helpNow',
}
export const helpOf = (page: string): Lines => BESIDE[page] ?? 'helpNow'
