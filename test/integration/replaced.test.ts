import t, { type Test } from 'tap'
import { civilInstant, dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Report } from '../../server/core/report-model.ts'
import type { BeatSample } from '../../server/core/beat-packing.ts'
import { hourNumber } from '../../server/core/ring-places.ts'
import { AREAS, ask, serverWorld, type ServerWorld } from '../support/server-world.ts'

const OLD = 'a000000001'
const NEW = 'b000000002'
const OTHER = 'c000000003'
const API = '/api/v1'
const FIRST = dayNumberOf('2026-12-01')
const DAYS = 31
/** Wednesday: replaced at 05:45, while the second item of the morning sounds. */
const REPLACED_ON = dayNumberOf('2026-12-16')
const instant = (day: number, hour: number, minute = 0): number => civilInstant(dateOfDayNumber(day), hour * 3_600 + minute * 60)
const REPLACED_AT = instant(REPLACED_ON, 5, 45)

interface Month extends ServerWorld {
  /** The box that stands on the pole. */
  box: string
  readonly logs: Map<string, number>
}

async function station(t: Test): Promise<Month> {
  const world = await serverWorld(t)
  for (const area of AREAS) world.deps.stores.areas.put(area)
  const made: Month = { ...world, box: OLD, logs: new Map() }
  enrol(made, OLD, 'Cụm chợ')
  enrol(made, OTHER, 'Cụm đình')
  return made
}

function enrol({ deps, clock }: Month, id: string, name: string, area: string | null = '24958-dong'): void {
  const { clusters, presence } = deps.stores
  clusters.insert({ id, name, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  if (area !== null) clusters.join(id, area, '2026-11-01')
  presence.upsert({ cluster: id, online: true, since: clock.wall(), boot: null, conn: null, planRev: 3, nowRev: 0, held: 0, dueFiles: 0, planTo: clock.wall(), playing: null, refused: {}, lastSeen: clock.wall(), agent: null, clock: null })
}
const until = ({ clock }: Month, at: number): void => clock.pass(at - clock.wall())

const slotOf = (session: string, start: number, n: number): string => `${session}.${Math.round(start / 1000).toString(36)}.${n}`
interface Planned {
  readonly session: string
  readonly start: number
  readonly items: readonly number[]
}
const morning = (day: number): Planned => ({ session: 'sang', start: instant(day, 5, 30), items: [10, 10, 10] })
const evening = (day: number): Planned => ({ session: 'chieu', start: instant(day, 17), items: [30] })
const spans = ({ start, items }: Planned): { readonly due: number; readonly end: number }[] =>
  items.map((minutes, n) => ({ due: start + items.slice(0, n).reduce((sum, one) => sum + one, 0) * 60_000, end: start + items.slice(0, n).reduce((sum, one) => sum + one, minutes) * 60_000 }))

/** As the station notes a session that begins. */
function plan({ deps }: Month, boxes: readonly string[], one: Planned): void {
  deps.stores.planned.insertMany(boxes.flatMap((cluster) => spans(one).map(({ due, end }, n) => ({
    slot: slotOf(one.session, one.start, n), cluster, session: one.session, occurrence: wallMs(one.start), due: wallMs(due), end: wallMs(end), item: `Tin ${n}`, media: 'm'.repeat(43), stream: null, planRev: 2,
  }))))
}

/** What a box says that it sounded: [item, began after its due in ms, ms]. */
function tell({ deps, clock, logs }: Month, box: string, one: Planned, sounded: readonly (readonly [item: number, after: number, ms: number])[]): void {
  const all = spans(one)
  const rows = sounded.map(([item, after, ms]) => {
    const { due, end } = all[item] as (typeof all)[number]
    logs.set(box, (logs.get(box) ?? 0) + 1)
    return { n: logs.get(box) ?? 0, slot: slotOf(one.session, one.start, item), due, end, began: due + after, ms, underruns: item, level: -20 - item, ...(ms < end - due - 1_000 ? { why: 'muted' as const } : {}) }
  })
  deps.stores.evidence.insertRows(box, box.padEnd(11, 'L'), rows, { at: clock.wall() })
}
const WHOLE = 600_000

/** A day’s beats and bytes of a box, hours [from, to), minutes [begin, end) of the first and of the last one. */
function beats({ deps }: Month, box: string, day: number, { from, to }: { readonly from: number; readonly to: number }): void {
  const first = hourNumber(wallMs(instant(day, 0)))
  const beat = (second: number, seq: number): BeatSample => ({ second, seq, playing: false, held: 1_000, radio: [-90 - (day % 5), -9, 12, -60] })
  const hours = Array.from({ length: 24 }, (_, h) => {
    const [begin, end] = [Math.max(0, (from - h) * 3_600), Math.min(3_600, (to - h) * 3_600)]
    const all = Array.from({ length: 90 }, (_, n) => beat(n * 40, n)).filter(({ second }) => second >= begin && second < end)
    return { hour: first + h, beats: all, vitals: begin <= 1_800 && end > 1_800 ? [{ second: 1_800, dataBytes: 40_000_000 + day * 1_000, connects: 0, lateBeats: 0, volume: 80, battery: false, muted: false }] : [] }
  }).filter(({ beats: all }) => all.length > 0)
  deps.stores.rings.putDay(box, day, hours, true)
}

/** What happens on each day, whichever box it happens to. */
async function passDay(world: Month, day: number): Promise<void> {
  const here = world.box
  until(world, instant(day, 5, 30))
  plan(world, [here, OTHER], morning(day))
  if (day === REPLACED_ON) return
  until(world, instant(day, 6, 10))
  // the pole's box is muted for a part, says nothing on some days, and is late on others
  tell(world, here, morning(day), [[0, day % 4 === 0 ? 2_500 : 0, WHOLE], [1, 0, day % 3 === 0 ? 200_000 : WHOLE], [2, 0, WHOLE]])
  tell(world, OTHER, morning(day), [[0, 0, WHOLE], [1, 0, WHOLE], [2, 0, WHOLE]])
  await endOfDay(world, day)
}
async function endOfDay(world: Month, day: number): Promise<void> {
  until(world, instant(day, 17))
  plan(world, [world.box, OTHER], evening(day))
  until(world, instant(day, 17, 40))
  if (day % 5 !== 0) tell(world, world.box, evening(day), [[0, 0, 1_800_000]])
  tell(world, OTHER, evening(day), [[0, 0, 1_800_000]])
  const now = world.clock.wall()
  await world.deps.reports.run('sweep', { now })
  await world.deps.reports.run('pack', { now })
  beats(world, OTHER, day, { from: 0, to: 24 })
  if (day !== REPLACED_ON) beats(world, world.box, day, { from: 0, to: day % 7 === 0 ? 20 : 24 })
}

/** The first half of the morning is the old box’s, the second the new one’s: where nothing is replaced, both are the old one’s. */
async function dayOfReplacement(world: Month, isReplaced: boolean): Promise<void> {
  const day = REPLACED_ON
  await passDay(world, day)
  until(world, REPLACED_AT)
  tell(world, OLD, morning(day), [[0, 0, WHOLE], [1, 0, 240_000]])
  beats(world, OLD, day, { from: 0, to: isReplaced ? 5.75 : 24 })
  if (isReplaced) {
    const answer = await ask(world.app, `POST ${API}/clusters/${OLD}/replace`, { by: NEW })
    if (answer.status !== 200) throw new Error(answer.text)
    world.box = NEW
    beats(world, NEW, day, { from: 5.75, to: 24 })
  }
  until(world, instant(day, 6, 10))
  tell(world, world.box, morning(day), [[1, 360_000, 240_000], [2, 0, WHOLE]])
  tell(world, OTHER, morning(day), [[0, 0, WHOLE], [1, 0, WHOLE], [2, 0, WHOLE]])
  await endOfDay(world, day)
}

/** Two days before it is put up, the new box has sounded on the bench: the morning of all, and a session of its own; and it has used data. */
async function benched(world: Month, day: number): Promise<void> {
  enrol(world, NEW, 'Hộp mới')
  const own = { session: 'thu', start: instant(day - 1, 9), items: [10] }
  for (const one of [morning(day - 1), own]) {
    plan(world, [NEW], one)
    tell(world, NEW, one, [[0, 0, WHOLE]])
  }
  beats(world, NEW, day - 1, { from: 8, to: 20 })
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  const report = await look(world, [`/reports/${dateOfDayNumber(day - 1)}?${AREA}`])
  if (!JSON.stringify(report).includes('Hộp mới')) throw new Error('until then it is a cluster of its own')
}

interface Seen {
  readonly [question: string]: unknown
}
/** All that is asked after the pole’s box; identities of boxes are written alike. */
async function look(world: Month, questions: readonly string[]): Promise<Seen> {
  const seen: Record<string, unknown> = {}
  world.clock.pass(6_000)
  for (const question of questions) {
    const answer = await ask(world.app, `GET ${API}${question.replaceAll('BOX', world.box)}`)
    if (answer.status !== 200) throw new Error(`${question}: ${answer.status} ${answer.text}`)
    seen[question] = answer.headers['content-type']?.toString().includes('json') ? JSON.parse(answer.text.replaceAll(NEW, OLD)) : answer.text.replaceAll(NEW, OLD)
  }
  return seen
}

const AREA = 'area=24958'
const ON_THE_DAY = [
  `/reports/2026-12-16?${AREA}`, `/reports/2026-12-16?area=24958-dong`, '/reports/2026-12-16', `/reports/2026-12?${AREA}`, `/reports/rows?${AREA}&period=2026-12-16`, `/reports/sessions?${AREA}&period=2026-12-16`,
  '/evidence?date=2026-12-16', '/evidence?date=2026-12-16&cluster=BOX', '/evidence?date=2026-12-15&cluster=BOX',
  '/clusters/BOX/chart?figure=online,data,rsrp&from=2026-12-16T00:00:00%2B07:00&to=2026-12-17T00:00:00%2B07:00&points=96', '/clusters/BOX/chart?figure=online,data,signal&from=2026-12-01T00:00:00%2B07:00&to=2026-12-17T00:00:00%2B07:00&points=500',
]
const AFTER_THE_MONTH = [
  `/reports/2026-12?${AREA}`, '/reports/2026-12?area=24958-dong', '/reports/2026-12?area=68', '/reports/2026', '/reports/2026-q4', '/reports/2026-12-10..2026-12-20', `/reports/2026-12-16?${AREA}`,
  `/reports/rows?${AREA}&period=2026-12&cluster=BOX`, '/reports/rows?area=24958-dong&period=2026-12&cluster=BOX&rung=confirmed', `/reports/rows?${AREA}&period=2026-12&reason=muted`, `/reports/log?${AREA}&period=2026-12`, `/reports/sessions?${AREA}&period=2026-12&verdict=part`,
  `/reports/incidents?${AREA}&period=2026-12`, `/reports/rows.csv?${AREA}&period=2026-12`,
  '/clusters/BOX/chart?figure=online,data&from=2026-11-01T00:00:00%2B07:00&to=2027-01-04T00:00:00%2B07:00&points=500',
]

async function playMonth(t: Test, isReplaced: boolean): Promise<{ readonly world: Month; readonly onTheDay: Seen; readonly after: Seen }> {
  const world = await station(t)
  let onTheDay: Seen = {}
  for (let day = FIRST; day < FIRST + DAYS; day++) {
    if (day === REPLACED_ON - 2) {
      if (isReplaced) await benched(world, day)
      until(world, instant(day, 1))
      const reported = await ask(world.app, `POST ${API}/incidents`, { cluster: OLD, words: 'Loa rè' })
      await ask(world.app, `POST ${API}/complaints`, { cluster: OLD, kind: 'noise', text: 'Rè' })
      if (reported.status !== 201) throw new Error(reported.text)
    }
    if (day === REPLACED_ON) {
      await dayOfReplacement(world, isReplaced)
      // somebody confirms the day after what the old box sounded
      const confirmed = await ask(world.app, `POST ${API}/reports/confirmations`, { cluster: world.box, slot: slotOf('sang', morning(day - 1).start, 0) })
      if (confirmed.status >= 300) throw new Error(confirmed.text)
      onTheDay = await look(world, ON_THE_DAY)
    } else await passDay(world, day)
  }
  until(world, instant(FIRST + DAYS + 4, 8))
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  await world.deps.reports.run('pack', { now: world.clock.wall() })
  return { world, onTheDay, after: await look(world, AFTER_THE_MONTH) }
}

t.test('a month in which a box was replaced reads as if it had never been', async (t) => {
  const [never, replaced] = [await playMonth(t, false), await playMonth(t, true)]
  for (const question of ON_THE_DAY) t.same(replaced.onTheDay[question], never.onTheDay[question], `that evening: ${question}`)
  for (const question of AFTER_THE_MONTH) t.same(replaced.after[question], never.after[question], `after the month: ${question}`)

  const report = replaced.after[`/reports/2026-12?${AREA}`] as Report
  const rowsOf = (id: string): (string | number | null)[][] => report.sections.find((section) => section.id === id)?.rows.map((row) => row.map(({ value }) => value)) ?? []
  t.match(rowsOf('overview').find(([name]) => name === 'Cụm loa trên địa bàn'), ['Cụm loa trên địa bàn', '2'])
  t.same(rowsOf('clusters').map(([name, sessions]) => [name, sessions]).sort(), [['Cụm chợ', 2 * DAYS], ['Cụm đình', 2 * DAYS]])
  t.match(rowsOf('incidents').at(-1), ['Cộng', 1, 1])
  t.equal((replaced.after[`/reports/rows?${AREA}&period=2026-12&cluster=BOX`] as { all: { rows: number } }).all.rows, 4 * DAYS, 'as many rows as there were items')
  t.equal((replaced.after['/reports/rows?area=24958-dong&period=2026-12&cluster=BOX&rung=confirmed'] as { all: { rows: number } }).all.rows, 1)
})

t.test('every figure of a report that holds both boxes is the sum of its rows, by whichever of them they are asked for', async (t) => {
  const { world } = await playMonth(t, true)
  const { sections } = (await ask(world.app, `GET ${API}/reports/2026-12?${AREA}`)).body as Report
  const rowsAt = async (trace: string): Promise<{ rows: { cluster: string; clusterName: string; plannedSeconds: number; seconds: number }[]; all: { rows: number; plannedMinutes: number; playedMinutes: number } }> => (await ask(world.app, `GET ${API}${trace}`)).body as never
  const [, row] = sections.find(({ id }) => id === 'sources')?.rows.slice(-2) ?? []
  const all = await rowsAt(row?.[1]?.trace ?? '')
  t.same([all.all.plannedMinutes, all.all.playedMinutes], row?.slice(4, 6).map(({ value }) => value))
  t.same(new Set(all.rows.map(({ cluster }) => cluster)), new Set([NEW, OTHER]))
  for (const one of sections.find(({ id }) => id === 'clusters')?.rows ?? []) {
    const own = await rowsAt(one[1]?.trace ?? '')
    t.equal(own.rows.every(({ clusterName }) => clusterName === one[0]?.value), true)
    t.equal(Math.round((10_000 * own.all.playedMinutes) / own.all.plannedMinutes) / 10_000, one[4]?.value)
  }
  const by = async (id: string): Promise<unknown> => (await rowsAt(`/reports/rows?${AREA}&period=2026-12&cluster=${id}`)).all
  t.same(await by(OLD), await by(NEW))
  const { start } = morning(REPLACED_ON - 3)
  world.media.set('m'.repeat(43), new Uint8Array([1, 2, 3]))
  for (const id of [NEW, OLD]) t.match(await ask(world.app, `GET ${API}/reports/rows/${id}/${slotOf('sang', start, 0)}/audio?due=${start}`), { status: 200 }, 'the very sound behind a row of the old box')
})

t.test('what was wrong with the old box, and what people said of it, is the new one’s history', async (t) => {
  const world = await station(t)
  await ask(world.app, `POST ${API}/incidents`, { cluster: OLD, words: 'Loa rè' })
  await ask(world.app, `POST ${API}/complaints`, { cluster: OLD, kind: 'noise', text: 'Rè' })
  enrol(world, NEW, 'Hộp mới', null)
  t.match((await ask(world.app, `POST ${API}/clusters/${OLD}/replace`, { by: NEW })).status, 200)
  const incidents = (await ask(world.app, `GET ${API}/incidents?state=all&cluster=${NEW}`)).body as { id: string; title: { vi: string } }[]
  t.match(incidents, [{ title: { vi: /Cụm chợ/ } }])
  t.notMatch(incidents[0]?.title.vi, OLD, 'it is called by the name of its place')
  t.match((await ask(world.app, `GET ${API}/incidents/${incidents[0]?.id}`)).body, { list: [{ name: 'Cụm chợ' }], history: [{ kind: 'opened' }, { kind: 'replaced' }] })
  const complaints = (await ask(world.app, `GET ${API}/complaints?cluster=${NEW}`)).body as { id: string }[]
  t.match(complaints, [{ cluster: NEW, clusterName: 'Cụm chợ' }])
  t.match((await ask(world.app, `GET ${API}/complaints/${complaints[0]?.id}`)).body, { offers: [{ path: `${API}/clusters/${NEW}` }, { body: { clusters: [NEW] } }, { body: { cluster: NEW } }] }, 'what is offered is done to the box that stands there')
  t.match((await ask(world.app, `GET ${API}/incidents?state=all&cluster=${OTHER}`)).body, [])
  t.match((await ask(world.app, `GET ${API}/complaints?cluster=${OTHER}`)).body, [])
})
