import { factsOf, numberOf, parsedOf, wordOf, type ParsedSignal } from './signal-figures.ts'

/** Answers are cut to this before they are looked at: the longest real one has some 200 characters. */
const MAX_ANSWER = 4_000

/** The fields behind `+NAME:` of every line that has it, unquoted. */
function linesOf(answer: string, name: string): string[][] {
  return answer
    .slice(0, MAX_ANSWER)
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`+${name}:`))
    .map((line) => line.slice(name.length + 2).split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1')))
}
const fieldsOf = (answer: string, name: string): string[] | null => linesOf(answer, name)[0] ?? null

/** `+CSQ: 21,99` (27.007): RSSI −113 + 2n for 0–31; 99 is unknown, 100–199 belong to TD-SCDMA. */
export function parseCsq(answer: string): ParsedSignal | null {
  const n = numberOf(fieldsOf(answer, 'CSQ')?.[0])
  return n === null || n < 0 || n > 31 ? null : parsedOf({ rssi: -113 + 2 * n })
}

/** An index of 27.007 as the lower edge of its interval; null for 255, "unknown", and for what is out of range. */
const indexed = (field: string | undefined, most: number, toFigure: (n: number) => number): number | null => {
  const n = numberOf(field)
  return n === null || n < 0 || n > most ? null : toFigure(n)
}
const rsrpOfIndex = (field: string | undefined): number | null => indexed(field, 97, (n) => n - 141)
const rsrqOfIndex = (field: string | undefined): number | null => indexed(field, 34, (n) => n / 2 - 20)

/** `+CESQ: rxlev,ber,rscp,ecno,rsrq,rsrp[,ss_rsrq,ss_rsrp,ss_sinr]` (27.007). */
export function parseCesq(answer: string): ParsedSignal | null {
  const f = fieldsOf(answer, 'CESQ')
  if (f === null || f.length < 6) return null
  const lte = parsedOf({ rsrp: rsrpOfIndex(f[5]), rsrq: rsrqOfIndex(f[4]), rssi: indexed(f[0], 63, (n) => n - 111) })
  if (lte !== null) return lte
  return parsedOf({
    rsrp: indexed(f[7], 126, (n) => n - 157),
    rsrq: indexed(f[6], 126, (n) => n / 2 - 43.5),
    sinr: indexed(f[8], 127, (n) => n / 2 - 23.5),
  })
}

/**
 * Quectel prints SINR in dB or as 0–250 (= dB × 5 + 100), by firmware. Up to 30 it is taken for dB: the other reading
 * would be −14 dB or worse, at which no cell can serve.
 */
function quectelSinr(field: string | undefined): number | null {
  const n = numberOf(field)
  return n !== null && n > 30 ? n / 5 - 20 : n
}
/** The EG21-G prints RSSI without its sign. */
const negative = (field: string | undefined): number | null => {
  const n = numberOf(field)
  return n === null || n === 0 ? null : -Math.abs(n)
}

/** `+QCSQ: "LTE",rssi,rsrp,sinr,rsrq`; other modes have other fields, so an unknown mode is not read. */
export function parseQcsq(answer: string): ParsedSignal | null {
  const f = fieldsOf(answer, 'QCSQ')
  if (f === null) return null
  const tech = wordOf(f[0], 16)
  switch (f[0]) {
    case 'LTE':
    case 'eMTC':
    case 'CAT-M1':
    case 'CAT-NB1':
      return parsedOf({ rssi: negative(f[1]), rsrp: numberOf(f[2]), sinr: quectelSinr(f[3]), rsrq: numberOf(f[4]) }, factsOf({ tech }))
    case 'NR5G':
    case 'NR5G-SA':
      // three figures: rsrp, sinr, rsrq. Firmware with four disagrees about their order
      return f.length === 4 ? parsedOf({ rsrp: numberOf(f[1]), sinr: quectelSinr(f[2]), rsrq: numberOf(f[3]) }, factsOf({ tech: 'NR5G-SA' })) : null
    case 'GSM':
    case 'WCDMA':
    case 'TDSCDMA':
      return parsedOf({ rssi: negative(f[1]) }, factsOf({ tech }))
    default:
      return null
  }
}

/** `AT+QENG="servingcell"`: one line for LTE and 5G SA, two or three for 5G NSA, whose LTE anchor carries us. */
export function parseQeng(answer: string): ParsedSignal | null {
  for (const line of linesOf(answer, 'QENG')) {
    const at = line[0] === 'servingcell' ? 2 : 0
    const f = line.slice(at)
    if (f[0] === 'LTE' || f[0] === 'CAT-M' || f[0] === 'CAT-NB') {
      const anchor = /"NR5G-NSA"/.test(answer.slice(0, MAX_ANSWER))
      return parsedOf(
        { rsrp: numberOf(f[11]), rsrq: numberOf(f[12]), rssi: negative(f[13]), sinr: quectelSinr(f[14]) },
        factsOf({ tech: anchor ? '5G NSA' : f[0], band: bandOf('B', f[7]), cell: wordOf(f[4], 24) }),
      )
    }
    if (f[0] === 'NR5G-SA') {
      return parsedOf(
        { rsrp: numberOf(f[10]), rsrq: numberOf(f[11]), sinr: quectelSinr(f[12]) },
        factsOf({ tech: 'NR5G-SA', band: bandOf('n', f[8]), cell: wordOf(f[4], 24) }),
      )
    }
  }
  return null
}
const bandOf = (letter: string, field: string | undefined): string | undefined => {
  const n = numberOf(field)
  return n === null ? undefined : `${letter}${n}`
}

/** SIMCom's `AT+CPSI?`. Three dialects: tenths of dB (SIM7600), whole dB (SIM7000), indexes of 27.007 (A76xx). */
export function parseCpsi(answer: string): ParsedSignal | null {
  const f = fieldsOf(answer, 'CPSI')
  if (f === null) return null
  if (f[0] !== undefined && /^LTE\b/.test(f[0])) {
    return parsedOf(cpsiFigures(f), factsOf({ tech: wordOf(f[0], 16), band: wordOf(f[6]?.replace(/^EUTRAN-BAND/, 'B'), 24), cell: wordOf(f[4], 24) }))
  }
  if (f[0] === 'NR5G_SA') {
    const [rsrp, rsrq, sinr] = [numberOf(f[8]), numberOf(f[9]), numberOf(f[10])]
    const unit = rsrp !== null && rsrp < -160 ? 10 : 1
    const over = (n: number | null): number | null => (n === null ? null : n / unit)
    return parsedOf({ rsrp: over(rsrp), rsrq: over(rsrq), sinr: over(sinr) }, factsOf({ tech: 'NR5G-SA', band: wordOf(f[6]?.replace(/^NR5G_BAND/, 'n'), 24), cell: wordOf(f[4], 24) }))
  }
  return null
}

function cpsiFigures(f: string[]): { rsrp: number | null; rsrq: number | null; rssi: number | null; sinr: number | null } {
  const [rsrq, rsrp, rssi, sinr] = [numberOf(f[10]), numberOf(f[11]), numberOf(f[12]), numberOf(f[13])]
  // a positive level cannot be dBm; what the third figure of this dialect counts is not documented
  if (rsrp !== null && rsrp > 0) return { rsrp: rsrpOfIndex(f[11]), rsrq: rsrqOfIndex(f[10]), rssi: null, sinr }
  const unit = rsrp !== null && rsrp < -160 ? 10 : 1
  const over = (n: number | null): number | null => (n === null ? null : n / unit)
  return { rsrp: over(rsrp), rsrq: over(rsrq), rssi: over(rssi), sinr }
}

/** `+COPS: 0,0,"Viettel",7` → the operator's name; undefined when not registered. */
export function parseCops(answer: string): string | undefined {
  return wordOf(fieldsOf(answer, 'COPS')?.[2], 32)
}

/** `+QCCID: 8984048000123456789F`, `+ICCID: …`, `+CCID: "…"`, or the number alone → the SIM's number (ITU-T E.118: 18 to 20 figures); undefined without a SIM. */
export function parseIccid(answer: string): string | undefined {
  return /(?:^|[\s:"])(89\d{16,18})F?(?:["\s]|$)/m.exec(answer.slice(0, MAX_ANSWER))?.[1]
}

/** The maker in the answer to `ATI`, which decides what is asked; `other` is asked the standard's questions only. */
export function parseVendor(answer: string): 'quectel' | 'simcom' | 'other' {
  if (/quectel/i.test(answer)) return 'quectel'
  return /simcom|\bSIM\d{3,4}|\bA76\d\d/i.test(answer) ? 'simcom' : 'other'
}
