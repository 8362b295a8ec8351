import { CIVIL_OFFSET_MS } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'

/** One event of a calendar. */
export interface CalendarEvent {
  /** Stays the same for as long as it is the same event. */
  readonly uid: string
  readonly start: WallMs
  readonly end: WallMs
  readonly summary: string
  readonly description: string
  readonly location: string
}

const TZID = 'Asia/Ho_Chi_Minh'
/** Octets of a line without its end (RFC 5545, 3.1). */
const LINE_OCTETS = 75

/** TEXT (RFC 5545, 3.3.11); other control characters are not allowed in it at all. */
const escaped = (text: string): string => text.replace(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/g, ' ').replace(/[\\;,]/g, (c) => `\\${c}`).replace(/\r\n?|\n/g, '\\n')

const octetsOf = (codePoint: number): number => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4)

/** Folds a line so that no part is longer than 75 octets and no character is torn. */
export function foldLine(line: string): string {
  const parts: string[] = []
  let [part, octets] = ['', 0]
  for (const character of line) {
    const size = octetsOf(character.codePointAt(0) ?? 0)
    if (octets + size > LINE_OCTETS) {
      parts.push(part)
      // the space that continues a line counts
      ;[part, octets] = ['', 1]
    }
    part += character
    octets += size
  }
  return [...parts, part].join('\r\n ')
}

const compact = (iso: string): string => iso.replace(/[-:]/g, '').slice(0, 15)
const localTime = (at: WallMs): string => compact(new Date(at + CIVIL_OFFSET_MS).toISOString())
const utcTime = (at: WallMs): string => `${compact(new Date(at).toISOString())}Z`

/** Viet Nam has had UTC+7 without summer time since 1975. */
const TIMEZONE = ['BEGIN:VTIMEZONE', `TZID:${TZID}`, 'BEGIN:STANDARD', 'DTSTART:19750613T000000', 'TZOFFSETFROM:+0700', 'TZOFFSETTO:+0700', 'TZNAME:+07', 'END:STANDARD', 'END:VTIMEZONE']

const eventLines = (event: CalendarEvent, stamp: WallMs): string[] => [
  'BEGIN:VEVENT',
  `UID:${escaped(event.uid)}`,
  `DTSTAMP:${utcTime(stamp)}`,
  `DTSTART;TZID=${TZID}:${localTime(event.start)}`,
  `DTEND;TZID=${TZID}:${localTime(event.end)}`,
  `SUMMARY:${escaped(event.summary)}`,
  ...(event.description === '' ? [] : [`DESCRIPTION:${escaped(event.description)}`]),
  ...(event.location === '' ? [] : [`LOCATION:${escaped(event.location)}`]),
  'TRANSP:TRANSPARENT',
  'END:VEVENT',
]

/** A calendar as RFC 5545 writes it, with CRLF. `stamp`: when it was made. */
export function calendarText(name: string, events: readonly CalendarEvent[], stamp: WallMs): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Tieng Lang//Timetable//VI',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(name)}`,
    `X-WR-TIMEZONE:${TZID}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    ...TIMEZONE,
    ...events.flatMap((event) => eventLines(event, stamp)),
    'END:VCALENDAR',
  ]
  return `${lines.map(foldLine).join('\r\n')}\r\n`
}
