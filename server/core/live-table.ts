import { clockText, msOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'

/** One row of the table on the terminal. */
export interface LiveRow {
  readonly cluster: string
  readonly online: boolean
  /** What sounds and since when; null in silence. */
  readonly playing: { readonly item: string; readonly since: WallMs } | null
  readonly signal: { readonly rsrpDbm: number | null; readonly class: string; readonly simulated: boolean } | null
  /** Audio decoded ahead, ms; null in silence. */
  readonly bufferMs: number | null
  readonly held: number
  readonly due: number
  /** Newest evidence. */
  readonly last: { readonly item: string; readonly seconds: number; readonly levelDb: number | null; readonly startErrorMs: number | null } | null
}

const time = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 1000)).padEnd(8, ' ').trim()

const CLASS_WORDS: Readonly<Record<string, string>> = { good: 'tốt', 'very-good': 'rất tốt', fair: 'trung bình', poor: 'yếu', none: 'không có' }

const HEAD = ['Cụm loa', 'Kết nối', 'Đang phát', 'Sóng 4G', 'Đệm', 'Kho', 'Đã phát gần nhất']

function cells(row: LiveRow): string[] {
  const { playing, signal, last } = row
  const made = signal?.simulated ? ' (mô phỏng)' : ''
  return [
    row.cluster,
    row.online ? 'có kết nối' : 'mất kết nối',
    playing ? `${cut(playing.item, 24)} từ ${time(playing.since)}` : 'im lặng',
    signal ? `${CLASS_WORDS[signal.class] ?? signal.class}${signal.rsrpDbm === null ? '' : ` ${signal.rsrpDbm} dBm`}${made}` : 'chưa rõ',
    row.bufferMs === null ? '–' : `${row.bufferMs} ms`,
    `${row.held}/${row.due}`,
    last ? `${cut(last.item, 24)} ${last.seconds.toFixed(0)} s${last.levelDb === null ? '' : `, ${last.levelDb.toFixed(0)} dBFS`}${last.startErrorMs === null ? '' : `, lệch ${Math.round(last.startErrorMs)} ms`}` : '–',
  ]
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text)

/** The table as lines of equal columns. */
export function liveTable(rows: readonly LiveRow[], now: WallMs): string[] {
  const all = [HEAD, ...rows.map(cells)]
  const widths = HEAD.map((_, i) => Math.max(...all.map((line) => [...(line[i] ?? '')].length)))
  const line = (texts: readonly string[]): string => texts.map((text, i) => text + ' '.repeat((widths[i] ?? 0) - [...text].length)).join('  ').trimEnd()
  const [head, ...body] = all.map(line)
  return [`${time(now)}  (modem mô phỏng / simulated modems)`, head ?? '', '─'.repeat(Math.min(160, widths.reduce((a, b) => a + b + 2, -2))), ...body]
}
