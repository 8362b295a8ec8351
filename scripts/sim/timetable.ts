import { createHash } from 'node:crypto'
import type { Area, Group, PolicyText, Session, Targets } from '../../shared/core/timetable.ts'
import type { Media } from './box.ts'
import type { Chance } from './chance.ts'
import { policyHours, type PolicyHours } from './plan-reading.ts'

/** The station of one seed: who is where, what is to sound, and the files of it. */
export interface SimTimetable {
  readonly areas: readonly Area[]
  readonly groups: readonly Group[]
  readonly policies: Readonly<Record<string, PolicyText>>
  readonly sessions: Session[]
  readonly members: readonly { readonly id: string; readonly area: string; readonly stagger: number }[]
  /** By SHA-256. */
  readonly media: Map<string, Media>
  /** What sessions that were ever there are bound by, as the scenario gave it. */
  hoursOf(session: string, box: string): PolicyHours | null
  /** Remembers a session that is added on the way. */
  note(session: Session): void
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const idOf = (chance: Chance): string => Array.from({ length: 10 }, () => ALPHABET[chance.whole(0, 31)]).join('')

const POLICIES: Readonly<Record<string, Required<Pick<PolicyText, 'windows' | 'quiet'>>>> = {
  'mac-dinh': { windows: ['05:00-21:00'], quiet: ['21:00-05:00'] },
  'vung-rong': { windows: ['04:30-22:30'], quiet: ['23:00-04:00'] },
  'trua-yen': { windows: ['05:00-11:30', '13:30-20:00'], quiet: ['20:00-05:00'] },
  'ca-ngay': { windows: ['00:00-24:00'], quiet: [] },
}
/** What areas and sessions may name; the first stands in no store, so the product's own default binds. */
const AREA_POLICIES = ['mac-dinh', 'vung-rong', 'trua-yen'] as const

function createMedia(chance: Chance, count: number): Map<string, Media> {
  const media = new Map<string, Media>()
  for (let i = 0; i < count; i++) {
    const bytes = Buffer.alloc(chance.whole(20_000, 300_000), `${i} ${chance.random()} `)
    const sha = createHash('sha256').update(bytes).digest('base64url')
    // the first ones are short, for the sessions that come round every few minutes
    media.set(sha, { sha, bytes: new Uint8Array(bytes), ms: i < 6 ? chance.whole(4_000, 25_000) : chance.whole(30_000, 420_000) })
  }
  return media
}

const session = (id: string, at: string, until: string, rest: Partial<Session> & Pick<Session, 'items'>): Session => ({ id, name: id, at, until, days: 'daily', targets: 'all', ...rest })

function createSessions(chance: Chance, files: readonly string[], communes: readonly string[]): Session[] {
  const some = (count: number): Session['items'] => Array.from({ length: count }, () => ({ file: chance.pick(files.slice(6)) }))
  const short = (): Session['items'] => [{ file: chance.pick(files.slice(0, 6)) }, { file: chance.pick(files.slice(0, 6)) }]
  const often = communes.slice(0, 2)
  const round = (id: string, area: string, at: string, until: string): Session => session(id, at, until, { policy: 'ca-ngay', targets: { areas: [area] }, repeat: { every: `${chance.whole(4, 9)}m`, length: '1m' }, items: short() })
  return [
    session('sang', '05:30', '06:30', { items: some(chance.whole(6, 12)) }),
    session('chieu', '17:00', '18:00', { items: some(chance.whole(6, 12)) }),
    ...often.flatMap((area, n) => [round(`dem-${n}`, area, '00:02', '05:20'), round(`ngay-${n}`, area, '06:40', '10:50'), round(`chieu-${n}`, area, '11:40', '16:50'), round(`toi-${n}`, area, '18:10', '20:40')]),
    // what admission would refuse: signed all the same, it must be silent
    session('ba-gio', '03:15', '03:25', { items: some(1) }),
    // runs into the end of its window
    session('cuoi-ngay', '20:55', '21:15', { items: some(4) }),
    session('lan-luot', '11:00', '11:25', { stagger: '20s', items: some(3) }),
  ]
}

export function createTimetable(chance: Chance, agents: number): SimTimetable {
  const communes = ['01001', '01002', '01003', '01004'].slice(0, agents > 3 ? chance.whole(3, 4) : 2)
  const policyOfArea = new Map(communes.map((code) => [code, chance.pick(AREA_POLICIES)]))
  const areas: Area[] = [
    { code: '01', name: 'Tỉnh thử', kind: 'province' },
    ...communes.map((code): Area => ({ code, name: `Xã ${code}`, kind: 'commune', parent: '01', policy: policyOfArea.get(code) ?? 'mac-dinh' })),
  ]
  // in a large world the sessions of every few minutes are for an eighth of the boxes, as in a real province
  const quietOnes = communes.length > 2 && agents >= 50 ? communes.slice(2) : communes
  const communeOf = (n: number): string => (n % 8 === 0 ? communes[(n / 8) % 2] : quietOnes[n % quietOnes.length]) as string
  const members = Array.from({ length: agents }, (_, n) => ({ id: idOf(chance), area: communeOf(n), stagger: chance.whole(0, 3) }))
  const groups: Group[] = [{ id: 'ven-song', name: 'Ven sông', clusters: members.filter(() => chance.happens(0.3)).map((m) => m.id) }]
  const media = createMedia(chance, 30)
  const sessions = createSessions(chance, [...media.keys()], communes)
  const hours = new Map(Object.entries(POLICIES).map(([name, text]) => [name, policyHours(text)]))
  const ofSession = new Map<string, string | undefined>()
  const areaOf = new Map(members.map((m) => [m.id, m.area]))
  const note = (one: Session): void => void ofSession.set(one.id, one.policy)
  sessions.forEach(note)
  return {
    areas,
    groups,
    policies: Object.fromEntries(Object.entries(POLICIES).filter(([name]) => name !== 'mac-dinh')),
    sessions,
    members,
    media,
    note,
    hoursOf: (id, box) => {
      if (!ofSession.has(id)) return null
      return hours.get(ofSession.get(id) ?? policyOfArea.get(areaOf.get(box) ?? '') ?? 'mac-dinh') ?? null
    },
  }
}

const two = (n: number): string => String(n).padStart(2, '0')
const clock = (ms: number): string => {
  const second = Math.floor((ms + 7 * 3_600_000) / 1000) % 86_400
  return `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
}
const dateOf = (ms: number): string => new Date(ms + 7 * 3_600_000).toISOString().slice(0, 10)

/** A one-off session that begins soon, for somebody. */
export function oneOff(chance: Chance, timetable: SimTimetable, now: number, n: number): Session {
  const start = now + chance.between(90_000, 1_800_000)
  const files = [...timetable.media.keys()]
  const targets = chance.pick<Targets>([
    { areas: [chance.pick(timetable.areas.slice(1)).code] },
    { groups: ['ven-song'] },
    { clusters: [chance.pick(timetable.members).id, chance.pick(timetable.members).id] },
    'all',
  ])
  return {
    id: `tin-${n}`,
    name: `Tin ${n}`,
    at: clock(start),
    until: clock(start + chance.between(60_000, 900_000)),
    days: { once: dateOf(start) },
    targets,
    ...(chance.happens(0.5) ? { policy: chance.pick(['ca-ngay', 'vung-rong']) } : {}),
    items: Array.from({ length: chance.whole(1, 3) }, () => ({ file: chance.pick(files), ...(chance.happens(0.2) ? { class: 'priority' as const } : {}) })),
  }
}
