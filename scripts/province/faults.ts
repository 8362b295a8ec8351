import { chanceFrom, type Chance } from '../sim/chance.ts'
import type { MadeCluster, MadeItem, MadeProvince } from './made-up.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'

/** What one item came to on one cluster, as it really was, and what the cluster says of it. */
export interface Played {
  readonly item: MadeItem
  readonly index: number
  /** Start and length as planned, ms after the session's start. */
  readonly at: number
  readonly ms: number
  readonly playedMs: number
  readonly substituteMs: number
  readonly lostMs: number
  readonly underruns: number
  readonly late: boolean
  readonly why: ShortReason | null
  /** Without `n` and `slot`; instants after the session's start. */
  readonly rows: readonly Omit<EvidenceRow, 'n' | 'slot'>[]
}
export interface Sounded {
  readonly played: readonly Played[]
  /** Days after which its words arrive; null = never said anything. */
  readonly lateDays: number | null
}

export type Trouble = 'none' | 'dead' | 'muted' | 'restarted' | 'missing' | 'underruns' | 'substitute' | 'late' | 'interrupted' | 'told-late'

export interface Faults {
  /** Whether the cluster has power and a link on that day (counted from the first). */
  isAlive(cluster: MadeCluster, day: number): boolean
  troubleOf(cluster: MadeCluster, day: number, session: 0 | 1): Trouble
  /** Evenings on which a carrier fails: everybody on it plays from its store and tells later the same night. */
  carrierFails(cluster: MadeCluster, day: number): boolean
}

const SHARES: readonly (readonly [Trouble, number])[] = [
  ['muted', 0.004], ['restarted', 0.006], ['missing', 0.006], ['underruns', 0.01], ['substitute', 0.03], ['late', 0.008], ['interrupted', 0.006], ['told-late', 0.02],
]

/** Chance decides once, by the seed; asking twice gives the same. */
export function madeFaults({ size, clusters }: MadeProvince): Faults {
  const root = chanceFrom(`${size.seed}/faults`)
  const deaths = new Map<string, { from: number; to: number }[]>()
  for (const cluster of clusters) {
    const chance = cluster.chance.fork('deaths')
    const spans: { from: number; to: number }[] = []
    for (let month = 0; month <= size.days / 30; month++) {
      if (!chance.happens(0.12)) continue
      const from = month * 30 + chance.whole(0, 29)
      spans.push({ from, to: from + chance.whole(1, 9) })
    }
    deaths.set(cluster.id, spans)
  }
  const failing = new Map<number, MadeCluster['carrier']>()
  for (let day = root.whole(1, 3); day < size.days; day += root.whole(15, 45)) failing.set(day, root.pick(['Viettel', 'VNPT', 'MobiFone'] as const))
  const isAlive: Faults['isAlive'] = (cluster, day) => !(deaths.get(cluster.id) ?? []).some(({ from, to }) => day >= from && day <= to)
  return {
    isAlive,
    carrierFails: (cluster, day) => failing.get(day) === cluster.carrier,
    troubleOf: (cluster, day, session) => {
      if (!isAlive(cluster, day)) return 'dead'
      let drawn = cluster.chance.fork(`day ${day} ${session}`).random()
      for (const [trouble, share] of SHARES) {
        if (drawn < share) return trouble
        drawn -= share
      }
      return 'none'
    },
  }
}

interface Say {
  readonly item: MadeItem
  readonly index: number
  readonly at: number
  readonly chance: Chance
}
type Spoken = Omit<EvidenceRow, 'n' | 'slot'>

/** One stretch; `ms` of sound from `began` on. */
function stretch({ at, chance }: Say, span: { from: number; to: number }, ms: number, over: Partial<Spoken> = {}): Spoken {
  const sounded = ms > 0
  return {
    due: at + span.from, end: at + span.to, ms, underruns: 0, clock: chance.whole(2, 40),
    ...(sounded ? { began: at + span.from + chance.whole(-20, 60), level: -chance.whole(180, 260) / 10 } : {}),
    ...(chance.happens(0.9) ? { radio: [-chance.whole(80, 110), -chance.whole(70, 140) / 10, chance.whole(2, 20), null] as NonNullable<Spoken['radio']> } : {}),
    ...over,
  }
}

/** What a cluster with this trouble makes of one item. */
export function playItem(trouble: Trouble, { item, index, at, chance }: Say): Played {
  const ms = item.seconds * 1_000
  const say = { item, index, at, chance }
  const via = item.relay === undefined ? {} : { via: 'stream' as const, lost: 0 }
  const plain = { item, index, at, ms, substituteMs: 0, lostMs: 0, underruns: 0, late: false, why: null }
  const whole = { ...plain, playedMs: ms, rows: [stretch(say, { from: 0, to: ms }, ms, via)] }
  const silent = (why: ShortReason): Played => ({ ...plain, playedMs: 0, why, rows: [stretch(say, { from: 0, to: ms }, 0, { why })] })
  switch (trouble) {
    case 'dead':
      return { ...plain, playedMs: 0, rows: [] }
    case 'muted':
      return silent('muted')
    case 'restarted':
      return index < 3 ? silent('restarted') : whole
    case 'missing':
      return item.source === 'shared' ? silent('missing-media') : whole
    case 'underruns':
      return index === 5 ? { ...plain, playedMs: ms - 8_000, underruns: 3, why: 'underruns', rows: [stretch(say, { from: 0, to: ms }, ms - 8_000, { underruns: 3, why: 'underruns' })] } : whole
    case 'late':
      return index === 1
        ? { ...plain, playedMs: ms - 5_000, late: true, why: 'started-late', rows: [stretch(say, { from: 0, to: ms }, ms - 5_000, { began: at + 5_000, why: 'started-late' })] }
        : whole
    case 'interrupted':
      return index === 3 ? { ...plain, playedMs: ms - 60_000, why: 'interrupted', rows: [stretch(say, { from: 0, to: 60_000 }, 60_000, { why: 'interrupted' }), stretch(say, { from: 120_000, to: ms }, ms - 120_000)] } : whole
    case 'substitute':
      return item.relay === undefined ? whole : substituted(say, ms)
    case 'none':
    case 'told-late':
      return whole
  }
}

/** The stream stops after four minutes; ten seconds later the substitute begins. */
function substituted(say: Say, ms: number): Played {
  const [cut, back] = [240_000, 250_000]
  return {
    item: say.item, index: say.index, at: say.at, ms, playedMs: ms - (back - cut), substituteMs: ms - back, lostMs: back - cut, underruns: 0, late: false, why: 'no-stream',
    rows: [
      stretch(say, { from: 0, to: back }, cut, { via: 'stream', lost: back - cut, why: 'no-stream' }),
      stretch(say, { from: back, to: ms }, ms - back, { via: 'substitute' }),
    ],
  }
}
