import { createHash } from 'node:crypto'
import type { Stores } from '../../server/core/stores.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { LaidMedia, MediaRef } from '../../shared/core/layout.ts'
import type { Occurrence } from '../../shared/core/recurrence.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { chanceFrom, type Chance } from '../sim/chance.ts'

/** How large the province is, and which one of all. */
export interface ProvinceSize {
  readonly seed: string
  readonly communes: number
  readonly clusters: number
  /** First civil day: days since 1970. */
  readonly firstDay: number
  readonly days: number
}

export interface MadeCluster {
  readonly id: string
  readonly name: string
  readonly commune: number
  readonly carrier: 'Viettel' | 'VNPT' | 'MobiFone'
  /** Where most people speak Hmông. */
  readonly hmong: boolean
  readonly chance: Chance
}
export interface MadeProvince {
  readonly size: ProvinceSize
  readonly clusters: readonly MadeCluster[]
  readonly sessions: readonly Session[]
}

export const PROVINCE_CODE = '68'
export const communeCode = (n: number): string => String(24_000 + n)

/** What a session is made of. `who`: whose the content is. */
export interface MadeItem {
  readonly key: string
  readonly title: string
  readonly seconds: number
  readonly source: 'own' | 'relay' | 'shared'
  readonly relay?: string
  /** A version in Hmông is there as well. */
  readonly hmong?: boolean
  readonly music?: boolean
}
const RELAYED = { source: 'relay', relay: 'vov1' } as const
export const MORNING: readonly MadeItem[] = [
  { key: 'nhac-hieu', title: 'Nhạc hiệu', seconds: 10, source: 'own', music: true },
  { key: 'ban-tin', title: 'Bản tin xã', seconds: 300, source: 'own' },
  { key: 'thoi-su', title: 'Tiếp âm VOV1: Thời sự', seconds: 900, ...RELAYED },
  { key: 'nong-nghiep', title: 'Nông nghiệp và nông thôn', seconds: 600, source: 'shared' },
  { key: 'thong-bao', title: 'Thông báo của UBND xã', seconds: 60, source: 'own' },
  { key: 'phap-luat', title: 'Pháp luật và đời sống', seconds: 300, source: 'own', hmong: true },
  { key: 'ca-nhac', title: 'Ca nhạc', seconds: 240, source: 'own', music: true },
  { key: 'suc-khoe', title: 'Sức khoẻ cộng đồng', seconds: 400, source: 'shared' },
  { key: 'guong-sang', title: 'Gương người tốt, việc tốt', seconds: 300, source: 'own' },
  { key: 'ket-thuc', title: 'Nhạc kết thúc', seconds: 10, source: 'own', music: true },
]
export const EVENING: readonly MadeItem[] = [
  { key: 'nhac-hieu', title: 'Nhạc hiệu', seconds: 10, source: 'own', music: true },
  { key: 'tin-chieu', title: 'Tin tức buổi chiều', seconds: 420, source: 'own' },
  { key: 'thoi-su', title: 'Tiếp âm VOV1: Thời sự', seconds: 1_200, ...RELAYED },
  { key: 'chuyen-doi-so', title: 'Chuyển đổi số cộng đồng', seconds: 300, source: 'shared' },
  { key: 'hoc-tap', title: 'Học tập và làm theo', seconds: 360, source: 'own' },
  { key: 'gia-ca', title: 'Giá cả thị trường', seconds: 120, source: 'own', hmong: true },
  { key: 'dan-ca', title: 'Dân ca', seconds: 300, source: 'own', music: true },
  { key: 'du-bao', title: 'Dự báo thời tiết', seconds: 90, source: 'shared' },
  { key: 'hop-thu', title: 'Hộp thư bạn nghe đài', seconds: 200, source: 'own' },
  { key: 'ket-thuc', title: 'Nhạc kết thúc', seconds: 10, source: 'own', music: true },
]

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'
const clusterId = (n: number): string => Array.from({ length: 10 }, (_, i) => CROCKFORD[Math.floor((n * 7_919 + 13) / 32 ** (9 - i)) % 32] ?? '0').join('')
const shaOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Episodes of an item that follow each other from day to day. */
const EPISODES = 7

const fileName = (commune: number | null, key: string, episode: number): string => `${commune === null ? 'tinh' : communeCode(commune)}/${key}/${episode}`

export function madeProvince(size: ProvinceSize): MadeProvince {
  const all = chanceFrom(size.seed)
  const clusters = Array.from({ length: size.clusters }, (_, n): MadeCluster => {
    const chance = all.fork(`cluster ${n}`)
    const id = clusterId(n)
    return { id, name: `Cụm ${n + 1}`, commune: n % size.communes, carrier: chance.pick(['Viettel', 'Viettel', 'VNPT', 'MobiFone'] as const), hmong: chance.happens(0.15), chance }
  })
  const items = (made: readonly MadeItem[], commune: number): Session['items'] =>
    made.map(({ key, title, seconds, relay, music, source }) =>
      relay === undefined
        ? { file: `${source === 'shared' ? 'tinh' : communeCode(commune)}/${key}`, name: title, ...(music ? { music } : {}) }
        : { relay, length: `${seconds}s`, substitute: `tinh/${key}`, name: title })
  const sessions = Array.from({ length: size.communes }, (_, c): Session[] => [
    { id: `sang-${communeCode(c)}`, name: `Buổi sáng xã ${c + 1}`, at: '05:30', until: '06:30', days: 'daily', targets: { areas: [communeCode(c)] }, items: items(MORNING, c) },
    { id: `chieu-${communeCode(c)}`, name: `Buổi chiều xã ${c + 1}`, at: '17:00', until: '18:00', days: 'daily', targets: { areas: [communeCode(c)] }, items: items(EVENING, c) },
  ]).flat()
  return { size, clusters, sessions }
}

/** Puts the province into an empty station. Call it inside one transaction. */
export function settle(stores: Stores, { size, clusters, sessions }: MadeProvince, at: number): void {
  const now = wallMs(at)
  stores.areas.put({ code: PROVINCE_CODE, name: 'Tỉnh thử nghiệm', kind: 'province' })
  for (let c = 0; c < size.communes; c++) stores.areas.put({ code: communeCode(c), name: `Xã ${c + 1}`, kind: 'commune', parent: PROVINCE_CODE })
  const known = new Set<string>()
  const add = (commune: number | null, { key, title, seconds, music }: MadeItem, hmong: boolean): void => {
    for (let episode = 0; episode < EPISODES; episode++) {
      const name = `${fileName(commune, key, episode)}${hmong ? '/hmn' : ''}`
      if (known.has(name)) continue
      known.add(name)
      stores.programmes.insert({
        id: name.replaceAll('/', '-'), name: title, folder: '', sha: shaOf(name), bytes: seconds * 3_000, ms: seconds * 1_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(), kind: 'file',
        music: music ?? false, key: name, createdAt: now, area: commune === null ? PROVINCE_CODE : communeCode(commune), language: hmong ? 'hmn' : 'vi',
      })
    }
  }
  for (const item of [...MORNING, ...EVENING]) {
    if (item.source !== 'own') add(null, item, false)
    else for (let c = 0; c < size.communes; c++) for (const hmong of item.hmong ? [false, true] : [false]) add(c, item, hmong)
  }
  for (const { id, name, commune, hmong } of clusters) {
    stores.clusters.insert({
      id, name, created: now, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, simulated: true,
      ...(hmong ? { languages: ['hmn', 'vi'] } : {}),
    })
    stores.clusters.join(id, communeCode(commune), '2020-01-01')
  }
  for (const session of sessions) stores.sessions.put(session, now)
}

/** The station's store of programmes as the planning asks it: an episode a day, in the language of those who listen. */
export function findMade(audience: readonly string[], days: (occurrence: Occurrence) => number): (ref: MediaRef, occurrence: Occurrence) => readonly LaidMedia[] | null {
  const items = new Map([...MORNING, ...EVENING].map((item) => [item.key, item]))
  return (ref, occurrence) => {
    if (ref.kind !== 'file') return null
    const item = items.get(ref.ref.split('/')[1] ?? '')
    if (!item) return null
    const spoken = item.hmong === true && audience[0] === 'hmn' ? '/hmn' : ''
    return [{ sha: shaOf(`${ref.ref}/${days(occurrence) % EPISODES}${spoken}`), ms: item.seconds * 1_000 }]
  }
}
