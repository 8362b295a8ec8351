import { ABBREVIATIONS, LETTERS, PAPERS, TITLES, UNITS } from './speech-words.ts'
import { readDayOfMonth, readDigits, readInteger, readMonth, readNumber, romanNumber, type SpeechRegion } from './vietnamese-numbers.ts'

/**
 * Text as it is written → text as it is said, for any speech engine: figures, times, dates, units, abbreviations and
 * signs become Vietnamese words. The result holds no figure and no sign that an engine would obey.
 */
export function speechText(written: string, region: SpeechRegion = 'north'): string {
  let text = clean(written)
  for (const step of STEPS) text = step(text, region)
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:!?])/g, '$1')
    .replace(/([,;:])(?:\s*[,;:])+/g, '$1')
    .replace(/[,;:]\s*([.!?])/g, '$1')
    .replace(/([.!?])(?:\s*[.,;:])+/g, '$1')
    .replace(/^[\s,.;:]+|[\s,;:]+$/g, '')
}

type Step = (text: string, region: SpeechRegion) => string

/** Neither side of a match may be the inside of a word or number. */
const L = '(?<![\\p{L}\\p{N}])'
const R = '(?![\\p{L}\\p{N}])'
/** The guard in front keeps a long run of figures from being tried again at each of them. */
const NUMBER = '(?<!\\d)\\d+(?:\\.\\d{3})*(?:,\\d+)?'
const DASH = '\\s?[-–—]\\s?'
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
const longestFirst = (words: readonly string[]): string => [...words].sort((a, b) => b.length - a.length).map(escape).join('|')

/** Replaces every match; `how` also sees the 20 characters before it. */
function rewrite(text: string, pattern: RegExp, how: (found: readonly [string, ...(string | undefined)[]], before: string) => string): string {
  let out = ''
  let from = 0
  for (const found of text.matchAll(pattern)) {
    out += text.slice(from, found.index) + how([found[0], ...found.slice(1)], text.slice(Math.max(0, found.index - 20), found.index))
    from = found.index + found[0].length
  }
  return out + text.slice(from)
}

function clean(written: string): string {
  return written
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    // bullets and headings: a line that does not end a sentence becomes one
    .replace(/^[ \t]*[-–—•*+#>]+[ \t]+/gm, '')
    .replace(/([^\s.!?:;,…])[ \t]*\n+/g, '$1. ')
    .replace(/\p{Cc}|\p{Cf}|\u00a0/gu, ' ')
    .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/gu, (c) => (/\d/.test(c) ? c : ' '))
    .replace(/<\/?[a-z][^<>]{0,100}>/gi, ' ')
    .replace(/["“”„«»‘`[\]{}<>|\\^~_*]/g, ' ')
    .replace(/…|\.{3,}/g, '. ')
    .replace(/\s*[()]\s*/g, ', ')
    .replace(/[ \t]+/g, ' ')
}

const addresses: Step = (text) =>
  text.replace(/(?<![\w.-])(?:https?:\/\/)?(?:[\w.-]{1,64}@)?(?:[a-z0-9-]{1,63}\.){1,8}(?:vn|com|org|net|gov|edu|info)(?:\/[\w./-]*)?/gi, (found) =>
    found
      .replace(/^https?:\/\//i, '')
      .replace(/\/$/, '')
      .replace(/@/g, ' a còng ')
      .replace(/\./g, ' chấm ')
      .replace(/\//g, ' gạch chéo ')
      .replace(/-/g, ' gạch nối ')
      .replace(/\d+/g, (figures) => ` ${readDigits(figures)} `),
  )

/** Groups are said with a breath between them; emergency numbers after a word that announces a number. */
const phones: Step = (text) => {
  const grouped = (found: string): string =>
    (found.startsWith('+') ? 'cộng ' : '') + found.split(/[^\d]+/).filter((part) => part !== '').map(readDigits).join(', ')
  return text
    .replace(new RegExp(`(?<![\\p{L}\\p{N}.,/-])(?:\\+84|0\\d{1,4}|1[89]00)(?:[ .-]?\\d{2,6}){1,4}${R}(?![/.,-]\\d)`, 'gu'), (found) => {
      const figures = found.replace(/\D/g, '').length
      return figures >= 8 && figures <= 12 ? grouped(found.trim()) : found
    })
    .replace(
      /((?:gọi|số máy|điện thoại|đường dây nóng|tổng đài|hotline|đầu số|liên hệ|SĐT|ĐT)(?:\s+(?:ngay|số|đến|tới|theo|qua|theo số|là))*[\s:]+)(\d{3,8}(?:[ .]\d{3,4})*(?:(?:,\s*|\s+(?:hoặc|và|hay)\s+)1\d\d(?!\d))*)(?![\p{L}\p{N}]|[/.,]\d)/giu,
      (_all, before: string, list: string) => before + list.replace(/\d+(?:[ .]\d+)*/g, grouped),
    )
    .replace(/(căn cước(?: công dân)?|tài khoản|mã số(?: thuế)?|CCCD|CMND|STK|mã)((?:\s+số)?[\s:]+)(\d{4,})/giu, (_all, a: string, b: string, number: string) => a + b + readDigits(number))
}

const clock = (hour: string, minute: string | undefined, second: string | undefined, region: SpeechRegion): string => {
  const parts = [`${readInteger(Number(hour), region)} giờ`]
  if (Number(minute ?? 0) > 0 || Number(second ?? 0) > 0) parts.push(`${readInteger(Number(minute ?? 0), region)} phút`)
  if (Number(second ?? 0) > 0) parts.push(`${readInteger(Number(second), region)} giây`)
  return parts.join(' ')
}

const HOUR = '([01]?\\d|2[0-4])'
const MINUTE = '([0-5]\\d)'

const times: Step = (text, region) =>
  text
    .replace(new RegExp(`((?:\\d|giờ|[hgH])['p]?)${DASH}(?=\\d{1,2}(?:[hg]|:\\d\\d))`, 'gu'), '$1 đến ')
    .replace(new RegExp(`${L}${HOUR}${DASH}(?=${HOUR}\\s?(?:h|giờ)(?![\\p{L}]))`, 'gu'), '$1 đến ')
    .replace(new RegExp(`${L}${HOUR}:${MINUTE}(?::${MINUTE})?(?![\\p{L}\\p{N}:])(?:\\s?h(?![\\p{L}]))?`, 'gu'), (_a, h: string, m: string, s?: string) => clock(h, m, s, region))
    .replace(new RegExp(`${L}${HOUR}\\s?(?:h|g|H|giờ\\s)${MINUTE}(?:'|p|ph|\\sphút)?(?![\\p{L}\\p{N}])`, 'gu'), (_a, h: string, m: string) => clock(h, m, undefined, region))
    .replace(new RegExp(`${L}${HOUR}\\s?[hH](?![\\p{L}\\p{N}/])`, 'gu'), (_a, h: string) => clock(h, undefined, undefined, region))

const isDay = (d: string): boolean => Number(d) >= 1 && Number(d) <= 31
const isMonth = (m: string): boolean => Number(m) >= 1 && Number(m) <= 12
const day = (d: string, region: SpeechRegion): string => readDayOfMonth(Number(d), region)
const month = (m: string, region: SpeechRegion): string => `tháng ${readMonth(Number(m), region)}`
const year = (y: string, region: SpeechRegion): string => `năm ${readInteger(Number(y), region)}`
/** A day by its figures alone wants the word before it, unless the writer has put it. */
const withDayWord = (before: string, spoken: string): string =>
  /(?:ngày|hôm|mùng|mồng|rằm|đêm|sáng|trưa|chiều|tối)\s+$/iu.test(before) ? spoken : `ngày ${spoken}`

const D = '(\\d{1,2})'
const Y = '((?:19|20)\\d{2})'
/** Words after which two figures with a slash are a day and a month, not a fraction. */
const DAY_BEFORE = '(?:ngày|hôm|sáng|trưa|chiều|tối|đêm|đến|từ|trước|sau|và|hết|dịp|lễ|mùng|mồng|(?:thứ\\s[\\p{L}2-7]+|chủ nhật),?)\\s'

/** Dates that say their month in figures: `01-05/7`, `01/07/2025`, `2025-07-01`. */
const fullDates: Step = (text, region) => {
  const ranged = text.replace(new RegExp(`(\\d{1,2}/\\d{1,2}(?:/\\d{4})?|tháng \\d{1,2})${DASH}(?=\\d{1,2}/\\d)`, 'gu'), '$1 đến ')
  const spans = rewrite(ranged, new RegExp(`${L}${D}${DASH}${D}/${D}(?:/${Y})?${R}`, 'gu'), ([all, a = '', b = '', m = '', y], before) =>
    isDay(a) && isDay(b) && isMonth(m) && Number(a) < Number(b)
      ? withDayWord(before, `${day(a, region)} đến ${day(b, region)} ${month(m, region)}${y === undefined ? '' : ` ${year(y, region)}`}`)
      : all,
  )
  const whole = (all: string, before: string, [d = '', m = '', y = '']: readonly (string | undefined)[]): string =>
    isDay(d) && isMonth(m) ? withDayWord(before, `${day(d, region)} ${month(m, region)} ${year(y, region)}`) : all
  const dayFirst = rewrite(spans, new RegExp(`${L}${D}[/.-]${D}[/.-]${Y}${R}`, 'gu'), ([all, d, m, y], before) => whole(all, before, [d, m, y]))
  return rewrite(dayFirst, new RegExp(`${L}${Y}-(\\d{2})-(\\d{2})${R}`, 'gu'), ([all, y, m, d], before) => whole(all, before, [d, m, y]))
}

/** Days and months that a word before them gives away: `ngày 20/11`, `tháng 7/2025`, `quý III`. */
const dates: Step = (text, region) =>
  text
    .replace(new RegExp(`(?<![\\p{L}])(${DAY_BEFORE})${D}[/-]${D}(?![\\p{L}\\p{N}/]|[.,]\\d)`, 'giu'), (all: string, before: string, d: string, m: string) => {
      if (!isDay(d) || !isMonth(m)) return all
      return `${before}${/(?:ngày|hôm|mùng|mồng)\s$/iu.test(before) ? '' : 'ngày '}${day(d, region)} ${month(m, region)}`
    })
    .replace(new RegExp(`(?<![\\p{L}])(tháng\\s)(\\d{1,2})\\s?[/-]\\s?${Y}${R}`, 'giu'), (all: string, word: string, m: string, y: string) =>
      isMonth(m) ? `${word}${readMonth(Number(m), region)} ${year(y, region)}` : all,
    )
    .replace(new RegExp(`(?<![\\p{L}])(quý\\s)([1-4]|I{1,3}|IV)(?:\\s?[/-]\\s?${Y})?${R}`, 'giu'), (_all, word: string, q: string, y: string | undefined) =>
      `${word}${readMonth(romanNumber(q.toUpperCase()) ?? Number(q), region)}${y === undefined ? '' : ` ${year(y, region)}`}`,
    )
    .replace(/(?<!\p{L})(tháng\s)(\d{1,2})(?![\p{L}\p{N}]|[/.,]\d)/giu, (all: string, word: string, m: string) => (isMonth(m) ? `${word}${readMonth(Number(m), region)}` : all))
    .replace(/(?<!\p{L})((?:ngày|mùng|mồng)\s)(\d{1,2})(?![\p{N}]|[/.,]\d)/giu, (all: string, word: string, d: string) => {
      if (!isDay(d)) return all
      return Number(d) <= 10 && /^ngày/iu.test(word) ? `${word}${day(d, region)}` : `${word}${readInteger(Number(d), region)}`
    })

const WEEKDAYS = ['', '', 'hai', 'ba', 'tư', 'năm', 'sáu', 'bảy']

const ordinals: Step = (text, region) =>
  text
    .replace(/(?<!\p{L})(thứ\s)([2-7])(?:\s?[-–]\s?(?:thứ\s)?([2-7]))?(?![\p{L}\p{N}])/giu, (_all, word: string, a: string, b?: string) =>
      `${word}${WEEKDAYS[Number(a)] ?? ''}${b === undefined ? '' : ` đến thứ ${WEEKDAYS[Number(b)] ?? ''}`}`)
    .replace(/(?<!\p{L})(lần thứ|thứ|hạng|lớp)\s1(?![\p{N}])/giu, (all: string, word: string) => (/lớp/iu.test(word) ? all : `${word} nhất`))
    .replace(/(?<!\p{L})((?:lần thứ|khoá|khóa|kỳ|chương|phần|thế kỷ|đại hội|vùng|loại|hạng|nhóm|cấp|tập)\s)([XVI]+)(?![\p{L}\p{N}])/giu, (all: string, word: string, roman: string) => {
      const n = romanNumber(roman)
      return n === null ? all : `${word}${n === 1 && /thứ/iu.test(word) ? 'nhất' : readInteger(n, region)}`
    })

/** `49/2024/NĐ-CP`, `192-BC/HU`: number, year, then who issued it. */
const documents: Step = (text, region) =>
  text
    .replace(new RegExp(`${L}(\\d{1,5})/${Y}/(?=\\p{Lu})`, 'gu'), (_all, n: string, y: string) => `${readInteger(Number(n), region)}, ${year(y, region)}, `)
    .replace(new RegExp(`((?:số|nghị định|thông tư|luật|quyết định|nghị quyết)\\s)(\\d{1,5})/${Y}${R}`, 'giu'), (_all, word: string, n: string, y: string) => `${word}${readInteger(Number(n), region)} ${year(y, region)}`)
    .replace(new RegExp(`${L}(\\d{1,5})[/-](\\p{Lu}{2,4})(?:[/-](\\p{Lu}{2,8}))?(?![\\p{L}\\p{N}-])`, 'gu'), (_all, n: string, kind: string, by?: string) =>
      `${readInteger(Number(n), region)} ${PAPERS[kind] ?? kind}${by === undefined ? '' : ` ${PAPERS[by] ?? by}`}`)
    .replace(new RegExp(`${L}(\\d{1,5})[/-](?=\\p{Lu}{2})`, 'gu'), (_all, n: string) => `${readInteger(Number(n), region)} `)

const UNIT = longestFirst(Object.keys(UNITS))
const unitWord = (unit: string): string => UNITS[unit] ?? unit

const units: Step = (text) =>
  text
    .replace(/(\d)\s?['′](?![\p{L}\d])/gu, '$1 phút ')
    .replace(/(?<=\d)\s?°\s?C(?!\p{L})/gu, ' °C')
    .replace(new RegExp(`(${NUMBER})\\s?(${UNIT})(?:\\s?/\\s?(${UNIT}))?${R}`, 'gu'), (_all, n: string, unit: string, per?: string) =>
      `${n} ${unitWord(unit)}${per === undefined ? '' : ` một ${unitWord(per)}`} `)
    .replace(new RegExp(`(?<=\\p{L})\\s?/\\s?(${UNIT})${R}`, 'gu'), (_all, unit: string) => ` một ${unitWord(unit)} `)
    .replace(/(?<=\p{L})\s?\/\s?(ngày|tuần|tháng|quý|năm|giờ|phút|người|hộ|lần|em|cháu|suất|vụ|buổi)(?!\p{L})/giu, ' mỗi $1')

const abbreviations: Step = (text) => {
  let out = text.replace(new RegExp(`${L}TP\\.? ?HCM${R}`, 'gu'), 'Thành phố Hồ Chí Minh')
  out = out.replace(new RegExp(`${L}(${longestFirst(Object.keys(ABBREVIATIONS))})(?!\\p{L})`, 'gu'), (word) => ABBREVIATIONS[word] ?? word)
  for (const [pattern, spoken] of TITLES) out = out.replace(pattern, spoken)
  return out
}

/** Capitals without a vowel are no word: they are said letter by letter, with the names that radio speakers use. */
const letters: Step = (text) =>
  text.replace(new RegExp(`${L}(?=\\p{L}*\\p{Lu})([BCDĐFGHJKLMNPQRSTVWXZ]{1,6})(?![\\p{L}])`, 'gu'), (word, _w, at: number) =>
    [...word].map((letter) => LETTERS[letter] ?? letter).join(' ') + (/\d/.test(text[at + word.length] ?? '') ? ' ' : ''))
    // what is left in capitals is a heading, and some engines would spell it
    .replace(/(?<!\p{L})\p{Lu}{2,}(?!\p{L})/gu, (word) => word.toLocaleLowerCase('vi'))

const signs: Step = (text) =>
  text
    .replace(new RegExp(`(${NUMBER})\\s?[xX×]\\s?(?=\\d)`, 'gu'), '$1 nhân ')
    .replace(new RegExp(`(?<=\\d|phần trăm|độ xê|mét|gam|lít|đồng|ta)\\s?[-–—]\\s?(?=\\d)`, 'gu'), ' đến ')
    .replace(/(^|[\s(])[-−](?=\d)/g, '$1âm ')
    .replace(/(\d)\s?\+\s?(?=\d)/g, '$1 cộng ')
    .replace(/≥/g, ' từ ').replace(/≤/g, ' không quá ').replace(/=/g, ' bằng ').replace(/&/g, ' và ').replace(/\+/g, ' cộng ').replace(/@/g, ' a còng ')
    .replace(/%/g, ' phần trăm ').replace(/\$/g, ' đô la ').replace(/°/g, ' độ ').replace(/#/g, ' ')
    .replace(/(và)\s?\/\s?(hoặc)/giu, '$1 $2')

const numbers: Step = (text, region) =>
  text
    .replace(new RegExp(`${L}(\\d{1,2})/(\\d{1,2})(?=\\s+(?:giờ|thôn|xã|hộ|bản|cụm|phiếu|đại biểu|ngày|tổ))`, 'gu'), (_all, a: string, b: string) => `${readInteger(Number(a), region)} trên ${readInteger(Number(b), region)}`)
    .replace(new RegExp(`${L}([1-9])/([2-9]|10)(?![\\p{L}\\p{N}/])`, 'gu'), (all: string, a: string, b: string) => (Number(a) < Number(b) ? `${readInteger(Number(a), region)} phần ${readMonth(Number(b), region)}` : all))
    .replace(/(\d)\s?\/\s?(?=\d)/g, '$1 trên ')
    .replace(new RegExp(`\\d+(?:\\.\\d{3})+(?:,\\d+)?|\\d+[,.]\\d+|\\d+`, 'gu'), (found, at: number, whole: string) => {
      const glue = (c: string | undefined): string => (c !== undefined && /\p{L}/u.test(c) ? ' ' : '')
      return glue(whole[at - 1]) + readNumber(found, region) + glue(whole[at + found.length])
    })

const leftovers: Step = (text) =>
  text
    .replace(/\s?\/\s?/g, ', ')
    .replace(/\s[-–—]\s/g, ', ')
    .replace(/[–—−]/g, ' ')
    .replace(/-/g, ' ')
    .replace(/[^\p{L}\p{M}\s.,;:!?']/gu, ' ')

/** The order matters: what looks like a number is first asked whether it is an address, a telephone, a time, a date. */
const STEPS: readonly Step[] = [
  addresses, phones, documents, times, fullDates, dates, ordinals, units, abbreviations, signs, numbers, letters, leftovers,
]
