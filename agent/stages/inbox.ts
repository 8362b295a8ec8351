import { unreachable } from '../../shared/core/result.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import type { TopicName } from '../../shared/protocol/topics.ts'
import { fromUtf8 } from '../../shared/protocol/wire.ts'

/** Where the server's messages go. False for one that cannot be read. */
export interface InboxDeps {
  readonly order: (name: 'plan' | 'now', text: string) => void
  readonly alert: (text: string) => void
  readonly acknowledged: (text: string) => void
  readonly service: (text: string) => void
  readonly update: (text: string) => void
  readonly block: (payload: Uint8Array) => boolean
  readonly time: (payload: Uint8Array) => boolean
  readonly packet: (payload: Uint8Array) => void
  readonly refused: (why: Refusal) => void
}

/** Hands each message to the stage that it is for. */
export function createInbox(deps: InboxDeps): (name: TopicName, payload: Uint8Array) => void {
  const { refused } = deps
  const text = (payload: Uint8Array, take: (text: string) => void): void => {
    const read = fromUtf8(payload)
    if (read === null) refused('malformed')
    else take(read)
  }
  return (name, payload) => {
    switch (name) {
      case 'plan':
      case 'now':
        return text(payload, (read) => deps.order(name, read))
      case 'alert':
        // nothing is retained any more: no order
        return payload.length === 0 ? undefined : text(payload, deps.alert)
      case 'ack':
        return text(payload, deps.acknowledged)
      case 'service':
        return text(payload, deps.service)
      case 'update':
        return text(payload, deps.update)
      case 'block':
        return deps.block(payload) ? undefined : refused('malformed')
      case 'time':
        return deps.time(payload) ? undefined : refused('unsigned')
      case 'audio':
        return deps.packet(payload)
      case 'join':
      case 'delivery':
      case 'hello':
      case 'want':
      case 'timeAsk':
      case 'reported':
      case 'beat':
      case 'health':
      case 'evidence':
      case 'gone':
      case 'served':
      case 'piece':
        return
      default:
        return unreachable(name)
    }
  }
}
