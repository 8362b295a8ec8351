import { createHash } from 'node:crypto'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import type { Programme } from '../../server/core/stores.ts'
import type { Media } from './box.ts'
import type { Chance } from './chance.ts'
import { payloadOf } from './disk-eye.ts'

/** The sounds that only emergencies use, pinned on every box, by the station's own names for them. */
export interface AlarmClips {
  /** By SHA-256; no session names them. */
  readonly media: ReadonlyMap<string, Media>
  readonly tone: Media
  readonly correction: Media
  readonly chime: Media
  readonly messages: readonly Media[]
  readonly programmes: readonly Omit<Programme, 'deletedAt'>[]
}

const MESSAGES = 12

export function createAlarmClips(chance: Chance, now: number): AlarmClips {
  const media = new Map<string, Media>()
  const make = (name: string, ms: number): Media => {
    const bytes = new Uint8Array(Buffer.alloc(chance.whole(9_000, 40_000), `${name} ${chance.random()} `))
    const one = { sha: createHash('sha256').update(bytes).digest('base64url'), bytes, ms }
    media.set(one.sha, one)
    return one
  }
  const tone = make('tone', 3_000)
  const correction = make('correction', 5_000)
  const chime = make('chime', 2_000)
  const messages = Array.from({ length: MESSAGES }, (_, n) => make(`message ${n}`, chance.whole(5_000, 20_000)))
  const programme = (name: string, { sha, bytes, ms }: Media): Omit<Programme, 'deletedAt'> => ({
    id: `p-${name}`, name, folder: '', sha, bytes: bytes.length, ms, lufs: null, truePeak: null, peaks: new Uint8Array(0), kind: 'chime', music: false, key: `chime:${name}`, createdAt: now as never,
  })
  const named: readonly (readonly [string, Media])[] = [['bao-dong', tone], ['dinh-chinh', correction], ['nhac-hieu', chime], ...messages.map((one, n) => [`tin-${n}`, one] as const)]
  return { media, tone, correction, chime, messages, programmes: named.map(([name, one]) => programme(name, one)) }
}

/** What one box has been told of one emergency, by the station itself. */
export interface ToldAlarm {
  order: AlertOrder
  /** When it came. */
  at: number
  /** The one before: a power cut may have come before the newest was on the disk. */
  before: AlertOrder | null
}

/** What the station has really ordered: everything else on that topic is somebody else's. */
export interface AlarmBook {
  readonly clips: AlarmClips
  isClip(sha: string): boolean
  issued(box: string, payload: Uint8Array): void
  /** What came on the topic of alerts; null when the station never said it to this box. */
  genuine(box: string, payload: Uint8Array): AlertOrder | null
  /** Orders of the newest revision for a box, by emergency. */
  ordersOf(box: string): ReadonlyMap<string, AlertOrder>
  /** Everything that ever went out, for the attacker. */
  readonly seen: { readonly box: string; readonly payload: Uint8Array }[]
}

export function createAlarmBook(clips: AlarmClips): AlarmBook {
  const shas = new Set(clips.programmes.map(({ sha }) => sha))
  const said = new Map<string, Set<string>>()
  const newest = new Map<string, Map<string, AlertOrder>>()
  const seen: { box: string; payload: Uint8Array }[] = []
  const text = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1')
  return {
    clips,
    seen,
    isClip: (sha) => shas.has(sha),
    issued: (box, payload) => {
      // nothing is retained any more
      if (payload.length === 0) return
      const mine = said.get(box) ?? new Set<string>()
      said.set(box, mine)
      if (mine.has(text(payload))) return
      mine.add(text(payload))
      seen.push({ box, payload })
      const order = payloadOf(payload) as AlertOrder
      const orders = newest.get(box) ?? new Map<string, AlertOrder>()
      newest.set(box, orders)
      if (order.rev > (orders.get(order.id)?.rev ?? 0)) orders.set(order.id, order)
    },
    genuine: (box, payload) => (said.get(box)?.has(text(payload)) === true ? (payloadOf(payload) as AlertOrder) : null),
    ordersOf: (box) => newest.get(box) ?? new Map<string, AlertOrder>(),
  }
}
