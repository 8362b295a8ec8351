import type { Block } from '../../shared/protocol/blocks.ts'
import type { MessageOf } from '../../shared/protocol/codec.ts'

/** What agents say that more than one feature wants to hear. */
export interface AgentWords {
  /** A cluster has connected: it is told again what is in force. */
  onHello(listener: (cluster: string) => void): void
  onJoin(listener: (cluster: string, join: MessageOf<'join'>) => void): void
  onDelivery(listener: (cluster: string, delivery: MessageOf<'delivery'>) => void): void
  onReported(listener: (cluster: string, reported: MessageOf<'reported'>) => void): void
  /** What came of an act of service, and the pieces of a file that was announced with it. */
  onServed(listener: (cluster: string, served: MessageOf<'served'>) => void): void
  onPiece(listener: (cluster: string, piece: Block) => void): void
}
export interface AgentWordsHub extends AgentWords {
  hello(cluster: string): void
  join(cluster: string, join: MessageOf<'join'>): void
  delivery(cluster: string, delivery: MessageOf<'delivery'>): void
  reported(cluster: string, reported: MessageOf<'reported'>): void
  served(cluster: string, served: MessageOf<'served'>): void
  piece(cluster: string, piece: Block): void
}

/** Listeners are called in the order in which they came; they must not throw. */
export function createAgentWords(): AgentWordsHub {
  const hellos: Parameters<AgentWords['onHello']>[0][] = []
  const joins: Parameters<AgentWords['onJoin']>[0][] = []
  const deliveries: Parameters<AgentWords['onDelivery']>[0][] = []
  const reports: Parameters<AgentWords['onReported']>[0][] = []
  const services: Parameters<AgentWords['onServed']>[0][] = []
  const pieces: Parameters<AgentWords['onPiece']>[0][] = []
  return {
    onHello: (listener) => void hellos.push(listener),
    onJoin: (listener) => void joins.push(listener),
    onDelivery: (listener) => void deliveries.push(listener),
    onReported: (listener) => void reports.push(listener),
    onServed: (listener) => void services.push(listener),
    onPiece: (listener) => void pieces.push(listener),
    served: (cluster, served) => services.forEach((listener) => listener(cluster, served)),
    piece: (cluster, piece) => pieces.forEach((listener) => listener(cluster, piece)),
    hello: (cluster) => hellos.forEach((listener) => listener(cluster)),
    join: (cluster, join) => joins.forEach((listener) => listener(cluster, join)),
    delivery: (cluster, delivery) => deliveries.forEach((listener) => listener(cluster, delivery)),
    reported: (cluster, reported) => reports.forEach((listener) => listener(cluster, reported)),
  }
}
