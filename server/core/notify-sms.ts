/** Letters and digits that a GSM telephone knows; the escape page stays unused. */
const GSM7 = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

/** Without tone marks: 160 letters fit where 70 would. `Cụm loa Thôn Đông` → `Cum loa Thon Dong`. */
export const withoutMarks = (text: string): string => text.normalize('NFD').replaceAll(/\p{Mn}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').normalize('NFC')

const hex = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()

const septetsOf = (text: string): number[] | null => {
  const septets = [...text].map((letter) => GSM7.indexOf(letter))
  return septets.every((code) => code >= 0 && code !== 27) ? septets : null
}

/** Septets packed into octets, `skip` bits into the first (3GPP TS 23.038 §6.1.2.1). */
export function packSeptets(septets: readonly number[], skip: number): number[] {
  const bytes = new Array<number>(Math.ceil((septets.length * 7 + skip) / 8)).fill(0)
  septets.forEach((septet, n) => {
    const bit = skip + n * 7
    const [at, shift] = [Math.floor(bit / 8), bit % 8]
    bytes[at] = ((bytes[at] ?? 0) | (septet << shift)) & 0xff
    if (shift > 1) bytes[at + 1] = (bytes[at + 1] ?? 0) | (septet >> (8 - shift))
  })
  return bytes
}

const ucs2 = (text: string): number[] => [...Array(text.length).keys()].flatMap((n) => [text.charCodeAt(n) >> 8, text.charCodeAt(n) & 0xff])

/** The receiver's number, digits swapped in pairs (TS 23.040 §9.1.2.5). */
function addressOf(number: string): number[] {
  const digits = number.replaceAll(/\D/g, '')
  const pairs = digits.length % 2 === 0 ? digits : `${digits}F`
  const swapped = (pairs.match(/../g) ?? []).map((pair) => parseInt(`${pair[1]}${pair[0]}`, 16))
  return [digits.length, number.startsWith('+') ? 0x91 : 0x81, ...swapped]
}

export interface SmsPdu {
  /** For `AT+CMGS=LENGTH`: octets without the service centre. */
  readonly length: number
  /** Hexadecimal, the empty service centre included. */
  readonly pdu: string
}

/** Four messages hold any notice; a longer text is cut. */
const MOST_PARTS = 4

const pieces = <T>(items: readonly T[], size: number): T[][] => Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))

/**
 * A text as SMS-SUBMIT messages (TS 23.040 §9.2.2.2), several where it is long. In GSM letters where they suffice, else in
 * UCS-2. `reference`: 0 … 255, the same for all parts of a text.
 */
export function smsPdus(number: string, text: string, reference: number): SmsPdu[] {
  const septets = septetsOf(text)
  const units = septets ?? ucs2(text)
  const [single, part] = septets ? [160, 153] : [140, 134]
  const parts = units.length <= single ? [units] : pieces(units, part).slice(0, MOST_PARTS)
  return parts.map((body, n) => {
    const header = parts.length === 1 ? [] : [5, 0, 3, reference & 0xff, parts.length, n + 1]
    const headerSeptets = Math.ceil((header.length * 8) / 7)
    const packed = septets ? packSeptets(body, header.length === 0 ? 0 : 1) : body
    const length = septets ? body.length + headerSeptets : body.length + header.length
    // a first octet of SMS-SUBMIT without validity; with a header its bit is set
    const octets = [header.length === 0 ? 0x01 : 0x41, 0, ...addressOf(number), 0, septets ? 0 : 8, length, ...header, ...packed]
    return { length: octets.length, pdu: `00${hex(octets)}` }
  })
}
