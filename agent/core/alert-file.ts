import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Result } from '../../shared/core/result.ts'
import { Delivery } from '../../shared/protocol/messages/delivery.ts'
import { Rev } from '../../shared/protocol/messages/fields.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import type { Alert } from './alert-book.ts'

const Instant = Type.Number({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER })
const Kept = Type.Object({
  id: Type.String({ pattern: '^[0-9a-z]{4,16}$' }),
  rev: Rev,
  at: Instant,
  /** The order as it came; empty when nothing of it sounds any more. */
  text: Type.String(),
  shut: Type.Boolean(),
  closedAt: Type.Union([Instant, Type.Null()]),
  keepUntil: Instant,
  start: Instant,
  repeats: Type.Integer(),
  done: Type.Integer({ minimum: 0 }),
  sounded: Type.Boolean(),
  said: Type.Boolean(),
  correctionAt: Type.Union([Instant, Type.Null()]),
  correctedAt: Type.Union([Instant, Type.Null()]),
})
const Book = Type.Object({ v: Type.Literal(1), floor: Rev, alerts: Type.Array(Kept), told: Type.Array(Delivery) })

export interface AlertFile {
  readonly floor: number
  readonly alerts: readonly Alert[]
  readonly told: readonly Delivery[]
}

const instant = (at: number | null): WallMs | null => (at === null ? null : wallMs(at))
const keptOf = ({ order, ...alert }: Alert): Static<typeof Kept> => ({ ...alert, text: order ? alert.text : '' })

export const writeAlerts = ({ floor, alerts, told }: AlertFile): Uint8Array =>
  utf8(JSON.stringify({ v: 1, floor, alerts: alerts.map(keptOf), told } satisfies { [K in keyof Static<typeof Book>]: unknown }))

/** Each order is verified again. Whatever cannot be read is as if it had never come: the station says it again on the next connection. */
export function readAlerts(bytes: Uint8Array | null, open: (text: string) => Result<AlertOrder>): AlertFile {
  const value = parseJson(bytes)
  if (!Value.Check(Book, value)) return { floor: 0, alerts: [], told: [] }
  const alerts = value.alerts.map((kept): Alert => {
    const opened = kept.text === '' ? null : open(kept.text)
    const order = opened?.ok && opened.value.id === kept.id && opened.value.rev === kept.rev ? opened.value : null
    return { ...kept, order, keepUntil: wallMs(kept.keepUntil), start: wallMs(kept.start), closedAt: instant(kept.closedAt), correctionAt: instant(kept.correctionAt), correctedAt: instant(kept.correctedAt) }
  })
  return { floor: value.floor, alerts, told: value.told }
}
