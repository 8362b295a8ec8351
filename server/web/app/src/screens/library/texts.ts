const two = (n: number): string => String(n).padStart(2, '0')

/** `0:07`, `12:30`, `1:02:05`: how long something is. */
export function lengthText(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000))
  return s >= 3_600 ? `${Math.floor(s / 3_600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}
/** `1,5`: seconds with a tenth. */
export const tenths = (ms: number, decimal: string): string => (ms / 1_000).toFixed(1).replace('.', decimal)
/** `850 kB`, `12,5 MB`, `1,2 GB`. */
export function sizeText(bytes: number, decimal: string): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`
  const [value, unit] = bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB']
  return `${value.toFixed(1).replace('.', decimal)} ${unit}`
}
/** `2026-11-23` as `23/11/2026`. */
export const dateText = (civil: string): string => civil.split('-').reverse().join('/')

/** What somebody chose as day and hour of Viet Nam, `2026-11-23T19:30`, as an instant with its offset. */
export const instantOf = (local: string): string => `${local}:00+07:00`
/** The day and hour of Viet Nam of an instant, as a field takes it. */
export const localOf = (at: number): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 16)
/** `2026-11-23T19:30` as `19:30, 23/11/2026`; '' while it is not whole. */
export function localText(local: string): string {
  const [, date = '', hour = ''] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})$/.exec(local) ?? []
  return date === '' ? '' : `${hour}, ${dateText(date)}`
}

/** Cuts a text into passages of at most `most` letters, at the end of a sentence where there is one, else between words. */
export function passages(text: string, most: number): string[] {
  const out: string[] = []
  let rest = text.trim()
  while (rest.length > most) {
    const part = rest.slice(0, most + 1)
    const sentence = Math.max(...['. ', '! ', '? ', '.\n', '!\n', '?\n', '\n'].map((end) => part.lastIndexOf(end)))
    const word = part.lastIndexOf(' ')
    const at = sentence > most / 3 ? sentence + 1 : word > 0 ? word : most
    out.push(rest.slice(0, at).trim())
    rest = rest.slice(at).trim()
  }
  if (rest !== '') out.push(rest)
  return out
}

/** Whose a notice is: its one area by itself (''), else its template's, else what its writer works for. */
export function noticeArea(template: string | null, chosen: readonly string[] | 'all', within: 'all' | readonly string[]): string {
  if (chosen !== 'all' && chosen.length === 1) return ''
  if (template !== null) return template
  return within === 'all' ? 'station' : ((chosen === 'all' ? within[0] : chosen[0]) ?? '')
}

/** A name without the letters by which the station tells its notices apart: `Họp thôn (a1b2)` is a notice of that name. */
export const plainName = (name: string): string => name.replace(/ \([0-9a-f]{4}\)$/, '')

/** Tags as somebody types them, separated by commas. */
export const tagsOf = (typed: string): string[] => [...new Set(typed.normalize('NFC').split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))].slice(0, 20)
