import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { childrenOf, type XmlElement } from './cap-xml.ts'

/** OASIS Common Alerting Protocol 1.2, what of it is used here. */
export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

export const STATUSES = ['Actual', 'Exercise', 'System', 'Test', 'Draft'] as const
export const MESSAGE_TYPES = ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] as const
export const SCOPES = ['Public', 'Restricted', 'Private'] as const
export const URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const
export const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const
export const CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const

export interface CapPoint {
  readonly lat: number
  readonly lon: number
}
export interface CapArea {
  readonly geocodes: readonly { readonly name: string; readonly value: string }[]
  /** Closed rings: the last point is the first. */
  readonly polygons: readonly (readonly CapPoint[])[]
  readonly circles: readonly { readonly centre: CapPoint; readonly radiusKm: number }[]
}
export interface CapInfo {
  /** In lower case; Vietnamese where the sender said none. */
  readonly language: string
  readonly event: string
  readonly urgency: (typeof URGENCIES)[number]
  readonly severity: (typeof SEVERITIES)[number]
  readonly certainty: (typeof CERTAINTIES)[number]
  readonly effective: WallMs | null
  readonly expires: WallMs | null
  readonly headline: string
  readonly description: string
  readonly instruction: string
  readonly areas: readonly CapArea[]
}
export interface CapMessage {
  readonly identifier: string
  readonly sender: string
  readonly sent: WallMs
  readonly status: (typeof STATUSES)[number]
  readonly msgType: (typeof MESSAGE_TYPES)[number]
  readonly scope: (typeof SCOPES)[number]
  /** Keys of earlier messages. */
  readonly references: readonly { readonly sender: string; readonly key: string }[]
  readonly infos: readonly CapInfo[]
}

/** The name of a message: the same sender, identifier and instant of sending are the same message. */
export const capKey = (sender: string, identifier: string, sent: WallMs): string => `${sender},${identifier},${sent}`

const MAX = { infos: 16, areas: 50, geocodes: 500, shapes: 50, points: 2_000, references: 100, text: 20_000 } as const

/** Stops the reading; caught below, where it becomes a value. */
class Malformed extends Error {}
const fail = (why: string): never => {
  throw new Malformed(why)
}

const textOf = (element: XmlElement): string => {
  if (element.children.length > 0) fail(`The element ${element.name} must hold text only.`)
  if (element.text.length > MAX.text) fail(`The element ${element.name} is longer than ${MAX.text} characters: shorten it.`)
  return element.text.normalize('NFC').trim()
}
function optional(parent: XmlElement, name: string): string | null {
  const [first, second] = childrenOf(parent, name)
  if (second) fail(`The element ${name} stands twice in ${parent.name}.`)
  return first ? textOf(first) : null
}
const required = (parent: XmlElement, name: string): string => optional(parent, name) || fail(`The element ${name} is missing in ${parent.name}.`)

function oneOf<T extends string>(parent: XmlElement, name: string, values: readonly T[]): T {
  const text = required(parent, name)
  // CAP 1.2: what CAP 1.0 called "Very Likely" is to be read as "Likely"
  return values.find((value) => value === (text === 'Very Likely' ? 'Likely' : text)) ?? fail(`${name} is "${text.slice(0, 40)}": it must be one of ${values.join(', ')}.`)
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/
function instant(text: string, name: string): WallMs {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? fail(`${name} is no date and time with a zone: write it like 2026-11-22T05:30:00+07:00.`) : wallMs(ms)
}
const optionalInstant = (parent: XmlElement, name: string): WallMs | null => {
  const text = optional(parent, name)
  return text === null ? null : instant(text, name)
}

/** Limits of the standard: neither spaces nor commas, so that references can be told apart. */
function nameIn(parent: XmlElement, name: string): string {
  const text = required(parent, name)
  return /^[^\s,<&]{1,200}$/.test(text) ? text : fail(`${name} must have at most 200 characters, without spaces, commas, < and &.`)
}

function some(parent: XmlElement, name: string, most: number): readonly XmlElement[] {
  const found = childrenOf(parent, name)
  return found.length > most ? fail(`There are more than ${most} elements ${name} in ${parent.name}.`) : found
}

function pointOf(text: string): CapPoint {
  const [lat, lon] = (/^(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)$/.exec(text)?.slice(1) ?? []).map(Number)
  if (lat === undefined || lon === undefined || Math.abs(lat) > 90 || Math.abs(lon) > 180) return fail(`"${text.slice(0, 40)}" is no point: write latitude,longitude in degrees.`)
  return { lat, lon }
}
function polygonOf(element: XmlElement): CapPoint[] {
  const words = textOf(element).split(/\s+/)
  if (words.length < 4 || words.length > MAX.points) fail(`A polygon has 4 to ${MAX.points} points, the last the same as the first.`)
  if (words[0] !== words.at(-1)) fail('A polygon is not closed: its last point must be the first.')
  return words.map(pointOf)
}
function circleOf(element: XmlElement): { centre: CapPoint; radiusKm: number } {
  const [centre, radius, ...rest] = textOf(element).split(/\s+/)
  const radiusKm = Number(radius)
  if (rest.length > 0 || radius === undefined || !(radiusKm >= 0 && radiusKm <= 2_000)) return fail('A circle is a point, a space and a radius of 0 to 2000 km.')
  return { centre: pointOf(centre ?? ''), radiusKm }
}
const areaOf = (area: XmlElement): CapArea => ({
  geocodes: some(area, 'geocode', MAX.geocodes).map((code) => ({ name: required(code, 'valueName'), value: required(code, 'value') })),
  polygons: some(area, 'polygon', MAX.shapes).map(polygonOf),
  circles: some(area, 'circle', MAX.shapes).map(circleOf),
})

const infoOf = (info: XmlElement): CapInfo => ({
  language: (optional(info, 'language') || 'vi-VN').toLowerCase(),
  event: required(info, 'event'),
  urgency: oneOf(info, 'urgency', URGENCIES),
  severity: oneOf(info, 'severity', SEVERITIES),
  certainty: oneOf(info, 'certainty', CERTAINTIES),
  effective: optionalInstant(info, 'effective'),
  expires: optionalInstant(info, 'expires'),
  headline: optional(info, 'headline') ?? '',
  description: optional(info, 'description') ?? '',
  instruction: optional(info, 'instruction') ?? '',
  areas: some(info, 'area', MAX.areas).map(areaOf),
})

function referencesOf(alert: XmlElement): CapMessage['references'] {
  const words = (optional(alert, 'references') ?? '').split(/\s+/).filter((word) => word !== '')
  if (words.length > MAX.references) fail(`There are more than ${MAX.references} references.`)
  return words.map((word) => {
    const [sender, identifier, sent, ...rest] = word.split(',')
    if (!sender || !identifier || !sent || rest.length > 0) return fail(`"${word.slice(0, 80)}" is no reference: write sender,identifier,sent.`)
    return { sender, key: capKey(sender, identifier, instant(sent, 'references')) }
  })
}

/** Reads an alert that was signed; a sentence for the sender where it is none. */
export function readCap(root: XmlElement): Result<CapMessage, 'malformed'> {
  try {
    if (root.name !== 'alert' || root.ns !== CAP_NAMESPACE) return refuse('malformed', `The document is no CAP 1.2 alert: its root must be alert in ${CAP_NAMESPACE}.`)
    return ok({
      identifier: nameIn(root, 'identifier'),
      sender: nameIn(root, 'sender'),
      sent: instant(required(root, 'sent'), 'sent'),
      status: oneOf(root, 'status', STATUSES),
      msgType: oneOf(root, 'msgType', MESSAGE_TYPES),
      scope: oneOf(root, 'scope', SCOPES),
      references: referencesOf(root),
      infos: some(root, 'info', MAX.infos).map(infoOf),
    })
  } catch (error) {
    if (error instanceof Malformed) return refuse('malformed', error.message)
    throw error
  }
}
