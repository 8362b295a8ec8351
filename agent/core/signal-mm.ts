import { parseIccid } from './signal-parse.ts'
import { factsOf, mergeSignals, numberOf, parsedOf, wordOf, type ParsedSignal } from './signal-figures.ts'

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** One level deeper; an empty tree where there is none. */
const below = (tree: Tree, key: string): Tree => {
  const value = Object.hasOwn(tree, key) ? tree[key] : undefined
  return isTree(value) ? value : {}
}

function treeOf(json: string): Tree {
  try {
    const value: unknown = JSON.parse(json)
    return isTree(value) ? value : {}
  } catch {
    return {} // no JSON: nothing is told
  }
}

/** `mmcli -m N -J --signal-get`: texts, `--` where nothing is known. LTE before 5G, whose anchor it is, before the old ones. */
export function parseMmSignal(json: string): ParsedSignal | null {
  const signal = below(below(treeOf(json), 'modem'), 'signal')
  const wide = (name: string): ParsedSignal | null => {
    const part = below(signal, name)
    return parsedOf({ rsrp: numberOf(part['rsrp']), rsrq: numberOf(part['rsrq']), sinr: numberOf(part['snr']), rssi: numberOf(part['rssi']) })
  }
  const old = (name: string): ParsedSignal | null => parsedOf({ rssi: numberOf(below(signal, name)['rssi']) })
  return wide('lte') ?? wide('5g') ?? old('umts') ?? old('gsm')
}

/** The rate of `--signal-setup`, s; 0 when it was never set, and then every figure is missing. */
export function parseMmRate(json: string): number {
  return numberOf(below(below(below(treeOf(json), 'modem'), 'signal'), 'refresh')['rate']) ?? 0
}

/** `mmcli -m N -J`: technology and operator. */
export function parseMmModem(json: string): Omit<ParsedSignal, 'figures'> {
  const modem = below(treeOf(json), 'modem')
  const tech = below(modem, 'generic')['access-technologies']
  const names = Array.isArray(tech) ? tech.filter((name) => typeof name === 'string').join('+') : undefined
  const home = below(modem, '3gpp')
  return factsOf({ tech: wordOf(names, 16), operator: wordOf(home['operator-name'], 32) ?? wordOf(home['operator-code'], 32) })
}

/** `mmcli -m N -J` → the number of its SIM's object; null without one. */
export function parseMmSim(json: string): string | null {
  const path = below(below(treeOf(json), 'modem'), 'generic')['sim']
  return typeof path === 'string' ? (/\/SIM\/(\d{1,6})$/.exec(path)?.[1] ?? null) : null
}

/** `mmcli -i N -J` → the SIM's number; undefined where it is not told. */
export function parseMmIccid(json: string): string | undefined {
  const told = below(below(treeOf(json), 'sim'), 'properties')['iccid']
  return typeof told === 'string' ? parseIccid(told) : undefined
}

/** `mmcli -L -J` → the number of the first modem; null when there is none. It grows whenever the modem comes back. */
export function parseMmList(json: string): string | null {
  const list = treeOf(json)['modem-list']
  const path: unknown = Array.isArray(list) ? list[0] : undefined
  return typeof path === 'string' ? (/\/Modem\/(\d{1,6})$/.exec(path)?.[1] ?? null) : null
}

/** Figures and facts of one moment; null without figures. */
export function mmReading(signalJson: string, modemJson: string): ParsedSignal | null {
  const signal = parseMmSignal(signalJson)
  return signal === null ? null : mergeSignals([signal, { figures: [null, null, null, null], ...parseMmModem(modemJson) }])
}
