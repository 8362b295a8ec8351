/** What a field for a day holds (YYYY-MM-DD, with or without an hour) as days are written in this country: `Thứ Ba 03/11/2026`, `19:30, Thứ Ba 03/11/2026`; '' while it is not whole, or no day at all. */
export function whichDay(field: string, language: 'vi' | 'en'): string {
  const [, year = '', month = '', day = '', hour] = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?/.exec(field) ?? []
  const at = new Date(`${year}-${month}-${day}T00:00Z`)
  if (Number.isNaN(at.getTime()) || at.getUTCDate() !== Number(day)) return ''
  const weekday = at.toLocaleDateString(language === 'vi' ? 'vi-VN' : 'en-GB', { weekday: 'long', timeZone: 'UTC' })
  return `${hour === undefined ? '' : `${hour}, `}${weekday} ${day}/${month}/${year}`
}
