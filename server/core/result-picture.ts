import { civilDate, clockText, MINUTE_MS, msOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { lackSentence, resultSentence, type SessionResult } from './result-of-session.ts'

/** Pixels; as wide as a telephone in a group chat shows it. */
const WIDTH = 1_080
const SIDE = 64
const LINE = 172
/** More do not fit on a telephone: the rest is counted. */
const MOST = 12

const FONT = 'Be Vietnam Pro'
const COLOURS = { good: '#0b6b3a', part: '#9a5b00', bad: '#a4161a', ink: '#16202a', soft: '#51606e', line: '#d9dee3' }

const safe = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`).replace(/[^\P{C}]/gu, ' ')
/** Letters of this typeface are 0.56 of their size wide on the average. */
function cut(text: string, size: number, width: number): string {
  const most = Math.floor(width / (size * 0.56))
  const letters = [...text.normalize('NFC')]
  return letters.length > most ? `${letters.slice(0, most - 1).join('').trimEnd()}…` : letters.join('')
}

interface Line {
  readonly x?: number
  readonly y: number
  readonly size: number
  readonly weight?: 400 | 600 | 700
  readonly colour?: string
  readonly right?: boolean
  readonly width?: number
}
function line(text: string, { x = SIDE, y, size, weight = 400, colour = COLOURS.ink, right = false, width = WIDTH - 2 * SIDE }: Line): string {
  return `<text x="${right ? WIDTH - SIDE : x}" y="${y}" font-family="${FONT}" font-size="${size}" font-weight="${weight}" fill="${colour}"${right ? ' text-anchor="end"' : ''}>${safe(cut(text, size, width))}</text>`
}

const timeText = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / MINUTE_MS) * 60)

/** kết quả buổi phát as one picture, fit for a group chat. It names nobody's telephone: pictures are passed on. */
export function resultPicture(result: SessionResult): string {
  const { clusters, whole, part, lacking } = result
  const silent = clusters - whole - part
  const colour = whole === clusters ? COLOURS.good : silent === 0 ? COLOURS.part : COLOURS.bad
  const [year, month, day] = civilDate(result.occurrence).split('-')
  const head = [
    `<rect width="${WIDTH}" height="188" fill="${colour}"/>`,
    line('KẾT QUẢ BUỔI PHÁT', { y: 74, size: 34, weight: 600, colour: '#ffffff' }),
    line(result.areaName, { y: 142, size: 52, weight: 700, colour: '#ffffff' }),
    line(result.title, { y: 258, size: 40, weight: 600 }),
    line(`${timeText(result.occurrence)}–${timeText(result.end)}, ngày ${day}/${month}/${year}`, { y: 312, size: 34, colour: COLOURS.soft }),
    line(`${whole + part}/${clusters}`, { y: 448, size: 112, weight: 700, colour }),
    line('cụm đã phát', { x: SIDE + 68 * (`${whole + part}/${clusters}`.length) + 28, y: 448, size: 48, weight: 600, colour }),
    line(whole === clusters ? `Phát đủ ${Math.round(result.airedMs / MINUTE_MS)} phút trên mọi cụm loa` : (resultSentence(result).vi.split(': ')[1] ?? ''), { y: 516, size: 38, colour: COLOURS.soft }),
  ]
  const shown = lacking.slice(0, MOST)
  const rows = shown.map((one, n) => {
    const y = 560 + n * LINE
    const mark = one.playedMs > 0 ? COLOURS.part : COLOURS.bad
    return [
      `<line x1="${SIDE}" y1="${y}" x2="${WIDTH - SIDE}" y2="${y}" stroke="${COLOURS.line}" stroke-width="2"/>`,
      `<circle cx="${SIDE + 12}" cy="${y + 46}" r="12" fill="${mark}"/>`,
      line(one.name, { x: SIDE + 44, y: y + 58, size: 38, weight: 600, width: WIDTH - 2 * SIDE - 44 }),
      line(lackSentence(one), { x: SIDE + 44, y: y + 104, size: 31, colour: COLOURS.soft, width: WIDTH - 2 * SIDE - 44 }),
      line(`${one.online ? 'Đang có kết nối' : 'Đang mất kết nối'}${one.call ? `. Gọi: ${one.call.name}` : ''}`, { x: SIDE + 44, y: y + 148, size: 31, weight: 600, colour: mark, width: WIDTH - 2 * SIDE - 44 }),
    ].join('')
  })
  const more = lacking.length - shown.length
  const end = 560 + shown.length * LINE
  const foot = [...(more > 0 ? [line(`… và ${more} cụm nữa`, { y: end + 44, size: 34, colour: COLOURS.soft })] : []), line('Tiếng Làng', { y: end + (more > 0 ? 110 : 70), size: 28, weight: 600, colour: COLOURS.soft })]
  const height = end + (more > 0 ? 144 : 104)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"><rect width="${WIDTH}" height="${height}" fill="#ffffff"/>${[...head, ...rows, ...foot].join('')}</svg>`
}
