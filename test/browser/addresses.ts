import { EXTRA_PAGES, OPEN_PAGES, PAGES } from '../../server/web/app/src/pages.ts'

/**
 * Every address of the pages, with what it shows: whoever looks at all pages, and at all their states, goes by this list.
 * test/unit/web-addresses.test.ts compares it with the pages' own tables and links.
 */
export interface Address {
  readonly name: string
  /** With {names} in place of what a station gives its things. */
  readonly at: string
  /** Components below screens/ that are seen there and nowhere else. */
  readonly shows: readonly string[]
  /** What it takes to see it, where it is more than its page asks for; one of them. */
  readonly right?: readonly string[]
  /** What a new station that has nothing yet says there. */
  readonly empty?: string | RegExp
  /** Nothing is asked for before the page is there whole. */
  readonly still?: true
  /** States that it does not come into, because what it asks for first is nobody’s secret or is not needed. */
  readonly without?: readonly ('loading' | 'failed' | 'offline' | 'forbidden')[]
  /** What it says there in its own words. */
  readonly says?: { readonly loading?: string; readonly failed?: string; readonly offline?: string; readonly forbidden?: string }
}

/** What the addresses need of a station. */
export type Made = Readonly<Record<'cluster' | 'incident' | 'drill' | 'pole' | 'template' | 'notice' | 'programme' | 'bulletin' | 'person' | 'session' | 'day' | 'set' | 'approval' | 'inspection', string>>

const one = (name: string, at: string, shows: string | readonly string[], more: Omit<Address, 'name' | 'at' | 'shows'> = {}): Address => ({ name, at, shows: typeof shows === 'string' ? [shows] : shows, ...more })
const WRITE = { right: ['programme.write'] }
const DRAFT = { right: ['timetable.draft'] }
const SETTINGS = { right: ['settings.write'] }
const PREPARE = { right: ['emergency.prepare'] }
const PERSON = { right: ['person.write'] }

/** Pages of whoever is signed in. */
export const ADDRESSES: readonly Address[] = [
  one('now', '/', 'Now', { empty: 'Hiện không có gì đang phát' }),

  one('emergency', '/khan-cap', ['Emergency', 'emergency/Raise', 'emergency/Recent']),
  one('emergency-again', '/khan-cap?phat-lai={drill}', 'emergency/Again', { right: ['emergency.raise'] }),
  one('board', '/khan-cap/{drill}', 'emergency/Board', { says: { failed: 'Đài chưa trả lời được' } }),

  one('timetable', '/lich-phat', ['Timetable', 'timetable/Week']),
  one('timetable-session', '/lich-phat/buoi/{session}/{day}', 'timetable/Occurrence'),
  one('timetable-add', '/lich-phat/them', 'timetable/NewSession', { ...DRAFT, still: true }),
  one('timetable-changes', '/lich-phat/thay-doi', 'timetable/Difference', { ...DRAFT, still: true, empty: 'Không có bản nháp nào' }),
  one('timetable-history', '/lich-phat/lich-su', 'timetable/History', { empty: 'Chưa có lần công bố nào' }),
  one('timetable-spans', '/lich-phat/tam-ngung', 'timetable/Spans', { empty: 'Không có nơi nào đang tạm ngừng' }),
  one('timetable-copy', '/lich-phat/chep', 'timetable/Copy', { ...DRAFT, empty: 'Chưa có mẫu nào' }),
  one('timetable-holidays', '/lich-phat/ngay-nghi', 'timetable/Holidays', { ...DRAFT, empty: 'Chưa có ngày nghỉ nào' }),
  one('timetable-why', '/lich-phat/vi-sao', 'timetable/Preview', { empty: 'Chưa có cụm loa nào' }),
  one('timetable-share', '/lich-phat/chia-se', 'timetable/Share'),

  one('library', '/chuong-trinh', ['Library', 'library/Home'], { empty: 'Kho chưa có chương trình nào' }),
  one('library-item', '/chuong-trinh/muc/{programme}', 'library/Item'),
  one('library-item-done', '/chuong-trinh/muc/{programme}/xong', []),
  one('library-write', '/chuong-trinh/mau/{template}', 'library/Write', WRITE),
  one('library-template', '/chuong-trinh/mau/{template}/sua', 'library/EditTemplate', WRITE),
  one('library-template-new', '/chuong-trinh/mau/moi', [], WRITE),
  one('library-notices', '/chuong-trinh/thong-bao', 'library/Notices', { empty: 'Chưa có thông báo nào được gửi' }),
  one('library-notice', '/chuong-trinh/thong-bao/{notice}', 'library/Notice'),
  one('library-record', '/chuong-trinh/ghi-am', 'library/Record', { ...WRITE, still: true }),
  one('library-speak', '/chuong-trinh/doc-van-ban', 'library/Speak', { ...WRITE, still: true }),
  one('library-upload', '/chuong-trinh/gui-ban-ghi', 'library/Upload', { ...WRITE, still: true }),
  one('library-queue', '/chuong-trinh/duyet', 'library/Queue', { empty: 'Không có chương trình nào chờ duyệt' }),
  one('library-bulletins', '/chuong-trinh/ban-tin', 'library/Bulletins', { right: ['bulletin.read'], empty: 'Chưa có bản tin nào' }),
  one('library-bulletin', '/chuong-trinh/ban-tin/{bulletin}', 'library/Bulletin', { right: ['bulletin.read'] }),
  one('library-bulletin-send', '/chuong-trinh/ban-tin/gui', 'library/SendBulletin', { right: ['bulletin.send'] }),

  one('live', '/phat-truc-tiep', ['Live', 'live/Begin', 'live/UnderWay']),
  one('live-practice', '/phat-truc-tiep/tap-thu', 'live/Practice', { still: true }),
  one('live-emergency', '/phat-truc-tiep/khan-cap', 'live/RaiseByVoice', { right: ['emergency.raise'] }),

  one('incidents', '/su-co', ['Incidents', 'incidents/List'], { empty: 'Không có sự cố nào' }),
  one('incident', '/su-co/{incident}', 'incidents/Detail'),

  one('clusters', '/cum-loa', ['Clusters', 'clusters/List', 'clusters/Later'], { empty: 'Chưa có cụm loa nào' }),
  one('cluster', '/cum-loa/{cluster}', 'clusters/Detail'),
  one('cluster-map', '/cum-loa/ban-do', 'clusters/Map', { empty: 'Chưa có cụm loa nào' }),
  one('cluster-add', '/cum-loa/them', 'clusters/Enrol', { right: ['cluster.enrol'] }),
  one('cluster-pole', '/cum-loa/{cluster}/cot', 'clusters/PoleSheet'),
  one('cluster-replace', '/cum-loa/{cluster}/thay', 'clusters/Replace', { right: ['cluster.enrol'] }),
  one('updates', '/cum-loa/cap-nhat', ['Updates', 'updates/Overview'], { empty: /Chưa có|chưa có/ }),

  one('reports', '/bao-cao', ['Reports', 'reports/Pages', 'reports/Figures', 'reports/PeriodPicker', 'reports/OneArea']),
  one('reports-log', '/bao-cao/nhat-ky', 'reports/LogList', { empty: 'Chưa có nội dung nào được phát' }),
  one('reports-results', '/bao-cao/ket-qua', 'reports/Results', { empty: 'Chưa có kết quả nào' }),
  one('reports-shares', '/bao-cao/thanh-tra', 'reports/Shares', { right: ['report.share'], empty: 'Chưa có đường dẫn nào' }),
  one('reports-rows', '/bao-cao/chi-tiet', 'reports/RowList', { empty: 'Không có mục nào' }),
  one('reports-sessions', '/bao-cao/buoi-phat', 'reports/SessionList', { empty: 'Không có mục nào' }),
  one('reports-incidents', '/bao-cao/su-co', 'reports/IncidentList', { empty: 'Không có mục nào' }),

  one('admin', '/quan-tri', ['Admin', 'admin/Home'], { still: true }),
  one('admin-people', '/quan-tri/nguoi', 'admin/People', PERSON),
  one('admin-person-new', '/quan-tri/nguoi/moi', ['admin/NewPerson'], PERSON),
  one('admin-person', '/quan-tri/nguoi/{person}', 'admin/Person', PERSON),
  one('admin-areas', '/quan-tri/dia-ban', 'admin/Areas', { right: ['area.write', 'policy.write'] }),
  one('admin-area', '/quan-tri/dia-ban/24958', 'admin/Area', { right: ['area.write', 'policy.write'] }),
  one('admin-hours', '/quan-tri/gio-phat', 'admin/Hours', { right: ['policy.write'] }),
  one('admin-relays', '/quan-tri/tiep-am', 'admin/Relays', { right: ['relay.write'] }),
  one('admin-clips', '/quan-tri/ban-de-san', 'admin/Clips', PREPARE),
  one('admin-standing', '/quan-tri/lenh-de-san', ['admin/Standing', 'admin/standing/List'], { ...PREPARE, empty: 'Chưa có lệnh nào để sẵn' }),
  one('admin-standing-new', '/quan-tri/lenh-de-san/moi', 'admin/standing/Edit', PREPARE),
  one('admin-standing-one', '/quan-tri/lenh-de-san/{set}', [], PREPARE),
  one('admin-second', '/quan-tri/nguoi-thu-hai', 'admin/Second', SETTINGS),
  one('admin-ways', '/quan-tri/gui-tin', 'admin/Ways', { ...SETTINGS, empty: 'Chưa gửi tin nào' }),
  one('admin-tests', '/quan-tri/tu-kiem-tra', 'admin/Tests', SETTINGS),
  one('admin-map', '/quan-tri/ban-do-nen', 'admin/MapGround', SETTINGS),
  one('admin-keys', '/quan-tri/khoa', 'admin/StationKeys', SETTINGS),
  one('admin-copies', '/quan-tri/sao-luu', 'admin/Backups', { ...SETTINGS, empty: 'Chưa có bản nào' }),
  one('admin-audit', '/quan-tri/thao-tac', 'admin/Audit', { right: ['audit.read'], says: { forbidden: 'Bộ nhớ của đài đã đầy' } }),

  one('begin', '/bat-dau', ['Begin', 'begin/Station'], PERSON),
  one('begin-2', '/bat-dau/2', 'begin/Hours', PERSON),
  one('begin-3', '/bat-dau/3', 'admin/Invite', PERSON),
  one('begin-4', '/bat-dau/4', 'begin/Cluster', PERSON),
  one('begin-5', '/bat-dau/5', 'begin/Programme', PERSON),
  one('begin-6', '/bat-dau/6', 'begin/Sound', PERSON),
  one('guide', '/huong-dan', 'Guide', { still: true }),
  one('notify', '/bao-tin', 'Notify'),
  one('practice', '/tap-duot', ['Practice', 'practice/Station']),
]

/** Pages without a menu, for whoever holds their address. */
export const OPEN_ADDRESSES: readonly Address[] = [
  one('pole', '/cot/{pole}', ['Pole', 'pole/Tell', 'pole/Items']),
  one('approval', '/approval/{approval}', 'Approve', { without: ['forbidden'] }),
  one('inspection', '/thanh-tra{inspection}', ['Inspect', 'inspect/Opened']),
  one('inspection-log', '/thanh-tra/nhat-ky{inspection}', []),
  one('trust', '/tin-cay', 'Trust'),
  one('practice-enter', '/vao-tap-duot', 'practice/Enter', { says: { loading: 'Đang vào', offline: 'việc này chưa được thực hiện', forbidden: 'Bộ nhớ của đài đã đầy' } }),
]

/** What stands behind no address of its own: it comes while something is under way, and that test takes its picture. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'live/OnAir': 'live.test.ts',
  'live/Leaving': 'live.test.ts',
  'live/SpeakInto': 'live-emergency.test.ts',
  'emergency/Asked': 'second-person.test.ts',
  'updates/Board': 'rollout.test.ts',
}

export const addressOf = ({ at }: Address, made: Made): string => at.replaceAll(/\{(\w+)\}/g, (_, name: string) => made[name as keyof Made])

const within = (address: string, path: string): boolean => address === path || address.startsWith(`${path}/`)
/** What it takes to see an address; one of them. Empty = to be signed in. */
export function rightsOf({ at, right }: Address): readonly string[] {
  const page = EXTRA_PAGES.find(({ path }) => within(at, path)) ?? (at === '/' ? PAGES[0] : PAGES.find(({ path }) => path !== '/' && within(at, path)))
  if (right) return right
  return page?.right === null || page === undefined ? [] : typeof page.right === 'string' ? [page.right] : page.right
}
/** The addresses that every table of pages names. */
export const TABLED: readonly string[] = [...PAGES, ...EXTRA_PAGES, ...OPEN_PAGES].map(({ path }) => path)
