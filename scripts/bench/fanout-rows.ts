import type { BenchRow } from './bench.ts'
import type { Subject } from './fanout-subjects.ts'

export interface Cell {
  readonly clusters: number
  readonly everyMs: number
  readonly tls: boolean
}
export interface Figures {
  /** CPU of the server for each packet that came, µs. */
  readonly cpuUs: number
  /** Share of one core. */
  readonly core: number
  /** From the appointed time to its reading, ms. */
  readonly p50: number
  readonly p99: number
  /** p99 of how long the event loop of the sender was held, ms. */
  readonly heldMs: number
  /** Packets that our broker let pass by sockets or came too late to write; 0 where nobody tells. */
  readonly dropped: number
  /** Of the packets that were due, how many came. */
  readonly share: number
  /** Memory that the connections have cost, KiB each. */
  readonly kibEach: number
}
export interface Taken {
  readonly cell: Cell
  readonly subject: Subject
  readonly run: number
  readonly figures?: Figures
  readonly missing?: string
}

const GOAL_OF_BARE = 1.2
const GOAL_HELD_MS = 50
const GOAL_CORE_AT_6000 = 0.6
/** From so many clusters on the goals against Mosquitto hold (DESIGN §10). */
const GOALS_FROM = 1_000

/** Ours as a multiple of Mosquitto's. */
function goalOfMosquitto({ clusters, everyMs, tls }: Cell): number | null {
  if (clusters < GOALS_FROM) return null
  if (everyMs <= 60) return tls ? 1 : 0.7
  if (everyMs <= 200) return tls ? 1.2 : clusters >= 3_000 ? 0.6 : 0.8
  return 1.1
}

const nameOf = ({ clusters, everyMs, tls }: Cell): string => `${everyMs} ms, ${clusters} clusters, ${tls ? 'TLS' : 'plain'}`

export function rowsOf(taken: readonly Taken[]): BenchRow[] {
  const cells = new Map(taken.map(({ cell }) => [nameOf(cell), cell]))
  const rows = [...cells].flatMap(([name, cell]) => rowsOfCell(name, cell, taken.filter((one) => nameOf(one.cell) === name)))
  return [...rows, ...memoryRows(taken)]
}

function rowsOfCell(name: string, cell: Cell, taken: readonly Taken[]): BenchRow[] {
  const subjects = [...new Set(taken.map(({ subject }) => subject))]
  const of = (subject: Subject): Figures[] => taken.flatMap((one) => (one.subject === subject && one.figures ? [one.figures] : []))
  const each = (what: string, unit: string, pick: (figures: Figures) => number): BenchRow[] =>
    subjects.map((subject) => {
      const missing = taken.find((one) => one.subject === subject)?.missing
      return { what: `${name}: ${what}`, who: subject.name, role: subject.role, unit, values: of(subject).map(pick), ...(missing ? { note: missing } : {}) }
    })
  const ours = subjects.find(({ role }) => role === 'ours')
  const named = (start: string): Subject | undefined => subjects.find(({ name }) => name.startsWith(start))
  const ratio = (own: Subject | undefined, other: Subject | undefined, atMost: number | null): BenchRow[] => {
    if (!own || !other) return []
    const values = of(own).flatMap(({ cpuUs }, run) => {
      const theirs = of(other)[run]?.cpuUs
      return theirs === undefined ? [] : [cpuUs / theirs]
    })
    if (values.length === 0) return []
    const who = own === ours ? `of ${other.name}` : `${own.name} of ${other.name}`
    return [{ what: `${name}: CPU against others, run by run`, who, role: own.role, unit: '×', values, ...(atMost === null ? {} : { goal: { atMost } }) }]
  }
  return [
    ...each('CPU for each delivered packet', 'µs', ({ cpuUs }) => cpuUs),
    ...ratio(ours, named('Mosquitto'), goalOfMosquitto(cell)),
    // what no program in Node can come below
    ...ratio(named('bare'), named('Mosquitto'), null),
    ...ratio(ours, named('bare'), GOAL_OF_BARE),
    ...ratio(ours, named('Icecast'), null),
    ...each('delay of packets, p50', 'ms', ({ p50 }) => p50),
    ...each('delay of packets, p99', 'ms', ({ p99 }) => p99),
    ...each('packets that came', '%', ({ share }) => share * 100),
    ...(ours ? [{ what: `${name}: packets dropped because a socket or the server was behind`, who: ours.name, role: 'ours' as const, unit: '', values: of(ours).map(({ dropped }) => dropped) }] : []),
    ...(ours ? [{ what: `${name}: event loop held, p99`, who: ours.name, role: 'ours' as const, unit: 'ms', values: of(ours).map(({ heldMs }) => heldMs), goal: { atMost: GOAL_HELD_MS } }] : []),
    ...(ours && cell.clusters >= 6_000 ? [{ what: `${name}: share of one core`, who: ours.name, role: 'ours' as const, unit: '', values: of(ours).map(({ core }) => core), goal: { atMost: GOAL_CORE_AT_6000 } }] : []),
  ]
}

/** What a connection has cost when all packet lengths have been sent. With few clusters the heap's own noise is greater. */
function memoryRows(taken: readonly Taken[]): BenchRow[] {
  const last = new Map<string, Taken[]>()
  for (const one of taken) {
    if (!one.figures || one.cell.clusters < GOALS_FROM) continue
    const key = `memory of the server for each connection, ${one.cell.clusters} clusters, ${one.cell.tls ? 'TLS' : 'plain'}|${one.subject.name}`
    // of each run the last packet length counts
    last.set(key, [...(last.get(key) ?? []).filter(({ run }) => run !== one.run), one])
  }
  return [...last].map(([key, values]) => {
    const [what = '', who = ''] = key.split('|')
    return { what, who, role: values[0]?.subject.role ?? 'reference', unit: 'KiB', values: values.map(({ figures }) => figures?.kibEach ?? 0) }
  })
}
