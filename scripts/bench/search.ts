import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import type { ProgrammeStore, Sight } from '../../server/core/programme-store.ts'
import { folded } from '../../server/core/search-question.ts'
import { createStores } from '../../server/create-stores.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { median, type Bench, type BenchContext, type BenchRow } from './bench.ts'
import { realClock } from './province.ts'

const ITEMS = 20_000
const COMMUNES = 144
const GOAL_MS = 50
const PER_QUERY = 20

const SUBJECTS = ['Thời tiết', 'Tiêm chủng', 'Lịch cúp điện', 'Họp thôn', 'Phòng cháy rừng', 'Giá cà phê', 'Dạy nghề nông thôn', 'Nghĩa vụ quân sự', 'Chuyển đổi số', 'Đại hội chi bộ', 'An toàn giao thông', 'Nước sạch']
const PLACES = ['Đức Trọng', 'Hiệp Thạnh', 'Liên Nghĩa', 'Phú Hội', 'Tân Hội', 'N’Thol Hạ', 'Ninh Gia', 'Tà Năng', 'Đà Loan', 'Bình Thạnh']
const LANGUAGES = ['vi', 'vi', 'vi', 'kpm', 'hmn']
const BODY = 'Kính thưa bà con, Uỷ ban nhân dân xã thông báo để bà con biết và thực hiện. Đề nghị các hộ gia đình chú ý theo dõi lịch của thôn, chuẩn bị đầy đủ giấy tờ và có mặt đúng giờ tại nhà văn hoá.'

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
const areaOf = (n: number): string => String(24_000 + (n % COMMUNES))

function fill(programmes: ProgrammeStore): void {
  const now = realClock.wall()
  for (let n = 0; n < ITEMS; n++) {
    const name = `${pick(SUBJECTS, n * 7)} ${pick(PLACES, n * 3)} số ${n}`
    programmes.insert({
      id: `p${n}`, name, folder: n % 3 === 0 ? `ban-tin/thang-${(n % 12) + 1}` : '', sha: String(n).padStart(43, 'a'), bytes: 90_000, ms: 60_000, lufs: -16, truePeak: -2,
      peaks: new Uint8Array(400).fill(90), kind: 'file', music: false, key: null, createdAt: wallMs(now - n * 60_000), area: areaOf(n), language: pick(LANGUAGES, n), author: 'person:x', authorName: 'Chị Hoa',
      description: `${pick(SUBJECTS, n + 5)}, xã ${pick(PLACES, n)}`, tags: [pick(SUBJECTS, n * 11), pick(PLACES, n * 5)], text: `${name}. ${BODY}`,
      state: n % 5 === 0 ? 'draft' : 'approved',
    })
  }
}

const ALL: Sight = { owned: 'all', shared: [], now: wallMs(0) }
const ONE: Sight = { owned: new Set([areaOf(7)]), shared: [{ area: areaOf(7) }], now: wallMs(0) }
interface Query {
  readonly what: string
  readonly sight: Sight
  readonly words?: string
  readonly more?: object
}
const QUERIES: readonly Query[] = [
  { what: '“thoi tiet” in a province’s library', sight: ALL, words: 'thoi tiet' },
  { what: '“thời tiết đức tr” (four words, a beginning), approved, in Vietnamese', sight: ALL, words: 'thời tiết đức tr', more: { state: 'approved', language: 'vi' } },
  { what: '“t”: one letter, nearly everything is a hit', sight: ALL, words: 't' },
  { what: '“so 19999”: one hit', sight: ALL, words: 'so 19999' },
  { what: '“thoi tiet” as a commune’s operator sees it', sight: ONE, words: 'thoi tiet' },
  { what: 'no words: the newest of a folder', sight: ALL, more: { folder: 'ban-tin/thang-4' } },
  { what: 'no words: the 19 900th to 19 950th of all', sight: ALL, more: { offset: 19_900 } },
]

export const search: Bench = {
  name: 'search',
  what: `one page of 50 and the count of all hits in a library of ${ITEMS.toLocaleString('en')} programmes, each with name, tags, description and the text as it is spoken; real SQLite on disk`,
  limitS: 180,
  async run({ runs, quick, say, signal }: BenchContext): Promise<readonly BenchRow[]> {
    const folder = mkdtempSync(join(tmpdir(), 'tl-bench-search-'))
    const opened = openDatabases(folder)
    if (!opened.ok) throw new Error(opened.why)
    try {
      const { programmes } = createStores(opened.value, realClock)
      say(`${ITEMS} programmes are written`)
      opened.value.decisions.transaction(() => fill(programmes))()
      const rows: BenchRow[] = []
      for (const query of QUERIES) {
        signal.throwIfAborted()
        rows.push(measured(programmes, query, quick ? 1 : runs))
      }
      return [...rows, scanned(programmes, quick ? 1 : runs)]
    } finally {
      opened.value.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** Several asks in each run: the median of each, and the slowest of all. */
function timed(runs: number, ask: () => void): { readonly medians: number[]; readonly slowest: number } {
  ask()
  const all = Array.from({ length: runs }, () =>
    Array.from({ length: PER_QUERY }, () => {
      const from = performance.now()
      ask()
      return performance.now() - from
    }),
  )
  return { medians: all.map((run) => median(run) ?? 0), slowest: Math.max(...all.flat()) }
}

function measured(programmes: ProgrammeStore, { what, sight, words, more }: Query, runs: number): BenchRow {
  const question = { today: '2026-11-23', offset: 0, limit: 50, ...(words === undefined ? {} : { words }), ...more }
  const { total } = programmes.search(question, sight)
  const { medians, slowest } = timed(runs, () => programmes.search(question, sight))
  return { what, who: 'this server', role: 'ours', unit: 'ms', values: medians, goal: { atMost: GOAL_MS }, note: `${total} hits; median of ${PER_QUERY} asks, the slowest of all ${slowest.toFixed(0)} ms` }
}

/** What it takes without an index: every text folded and looked through. */
function scanned(programmes: ProgrammeStore, runs: number): BenchRow {
  const all = programmes.all().map(({ name, description, tags, text }) => `${name} ${description} ${tags.join(' ')} ${text ?? ''}`)
  const values = Array.from({ length: runs }, () => {
    const from = performance.now()
    all.filter((text) => folded(text).includes('thoi tiet'))
    return performance.now() - from
  })
  return { what: '“thoi tiet”: every text folded and looked through, in memory', who: 'a plain loop', role: 'reference', unit: 'ms', values }
}
