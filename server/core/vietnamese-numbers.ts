/** How numbers are said differs: linh/lẻ, nghìn/ngàn, mùng/mồng. */
export type SpeechRegion = 'north' | 'central' | 'south'

const DIGITS = ['không', 'một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín'] as const
const digit = (n: number): string => DIGITS[n] ?? ''
const northern = (region: SpeechRegion): boolean => region === 'north'

/** Each figure by itself: telephone numbers, codes. Other characters are left out. */
export const readDigits = (text: string): string =>
  [...text].filter((c) => c >= '0' && c <= '9').map((c) => digit(Number(c))).join(' ')

/** 0 … 99; `afterHundreds` is true where a hundred stands before it. */
function readTens(n: number, afterHundreds: boolean, region: SpeechRegion): string {
  const [tens, ones] = [Math.floor(n / 10), n % 10]
  if (tens === 0) return afterHundreds ? `${northern(region) ? 'linh' : 'lẻ'} ${digit(ones)}` : digit(ones)
  if (tens === 1) return ones === 0 ? 'mười' : `mười ${ones === 5 ? 'lăm' : digit(ones)}`
  const head = `${digit(tens)} mươi`
  if (ones === 0) return head
  if (ones === 1) return `${head} mốt`
  if (ones === 4) return `${head} ${northern(region) ? 'tư' : 'bốn'}`
  return `${head} ${ones === 5 ? 'lăm' : digit(ones)}`
}

/** 0 … 999; `full` says the hundred even when it is none ("không trăm linh năm"). */
function readGroup(n: number, full: boolean, region: SpeechRegion): string {
  const [hundreds, rest] = [Math.floor(n / 100), n % 100]
  if (hundreds === 0 && !full) return readTens(rest, false, region)
  return `${digit(hundreds)} trăm${rest === 0 ? '' : ` ${readTens(rest, true, region)}`}`
}

/** A whole number 0 … 10¹⁵, in words; larger ones figure by figure. */
export function readInteger(n: number, region: SpeechRegion = 'north'): string {
  if (!Number.isSafeInteger(n) || n < 0 || n >= 1e15) return readDigits(String(n))
  if (n === 0) return digit(0)
  const billions = Math.floor(n / 1e9)
  if (billions > 0) {
    const rest = n % 1e9
    const head = `${readInteger(billions, region)} tỷ`
    return rest === 0 ? head : `${head} ${readBelowBillion(rest, true, region)}`
  }
  return readBelowBillion(n, false, region)
}

function readBelowBillion(n: number, full: boolean, region: SpeechRegion): string {
  const names = ['triệu', northern(region) ? 'nghìn' : 'ngàn', '']
  const groups = [Math.floor(n / 1e6), Math.floor(n / 1e3) % 1000, n % 1000]
  const words: string[] = []
  groups.forEach((group, i) => {
    if (group === 0) return
    words.push(`${readGroup(group, full || words.length > 0, region)} ${names[i] ?? ''}`.trim())
  })
  return words.join(' ')
}

/** Whole part and the figures behind the comma: "ba phẩy hai mươi lăm", "không phẩy không năm". */
export function readDecimal(whole: string, fraction: string, region: SpeechRegion = 'north'): string {
  const asNumber = fraction.length <= 2 && !fraction.startsWith('0')
  const tail = asNumber ? readInteger(Number(fraction), region) : readDigits(fraction)
  return `${readInteger(Number(whole), region)} phẩy ${tail}`
}

/** A number as written in Vietnamese: `1.490.000`, `3,5`, `007`, `1200`; long runs of figures are codes. */
export function readNumber(text: string, region: SpeechRegion = 'north'): string {
  const [whole = '', fraction] = text.replace(/\.(?=\d{3}(\D|$))/g, '').split(/[,.]/)
  if (fraction !== undefined && fraction !== '') return readDecimal(whole, fraction, region)
  if (whole.length > 15 || (whole.length > 2 && whole.startsWith('0'))) return readDigits(whole)
  // ten figures without a single dot are an account, an identity card, a code
  if (whole.length > 9 && whole === text) return readDigits(whole)
  return readInteger(Number(whole), region)
}

/** Days 1–10 of a month carry a word of their own. */
export function readDayOfMonth(day: number, region: SpeechRegion = 'north'): string {
  if (day > 10) return readInteger(day, region)
  return `${northern(region) ? 'mùng' : 'mồng'} ${digit(day) || 'mười'}`
}

/** "tháng tư", never "tháng bốn". */
export const readMonth = (month: number, region: SpeechRegion = 'north'): string => (month === 4 ? 'tư' : readInteger(month, region))

/** `IV` → 4; null for what is no Roman number up to 39, or not in its one right form. */
export function romanNumber(text: string): number | null {
  if (!/^X{0,3}(IX|IV|V?I{0,3})$/.test(text) || text === '') return null
  const values: Record<string, number> = { I: 1, V: 5, X: 10 }
  let total = 0
  for (let i = 0; i < text.length; i++) {
    const here = values[text[i] ?? ''] ?? 0
    total += here < (values[text[i + 1] ?? ''] ?? 0) ? -here : here
  }
  return total
}
