import type { Identity } from '../../shared/protocol/topics.ts'

export interface PublishOptions {
  readonly qos: 0 | 1
  readonly retain: boolean
}

/** Where stream packets go: QoS 0, never waits, and whoever is behind is passed by. */
export interface StreamLink {
  /** The same bytes to every cluster that has joined the stream. */
  send(stream: string, packet: Uint8Array): void
  /** To one cluster alone, on its `audio`. */
  sendTo(cluster: string, packet: Uint8Array): void
  /** Clusters that have joined; null where the broker does not tell. */
  joined(stream: string): number | null
}

/** The server's side of the broker, embedded or external. */
export interface ServerLink {
  readonly streams: StreamLink
  /** Resolves when the broker has taken the message; rejects when it cannot be reached. */
  publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<void>
  /** One handler for all that agents publish. */
  onMessage(handler: (topic: string, payload: Uint8Array) => void): void
  /** False while an external broker is out of reach. */
  connected(): boolean
  stop(): Promise<void>
}

/** Answers whether a credential is right. */
export type Authenticate = (username: string, password: Uint8Array, clientId: string) => Identity | null

/** Provisions credentials and access list where the broker is not ours. The embedded one asks `Authenticate` itself. */
export interface BrokerAdmin {
  provision(cluster: string, password: string): Promise<void>
  revoke(cluster: string): Promise<void>
}

/** Where deflated plan bodies are kept, to be served in blocks like any file. */
export interface BodyStore {
  save(sha: string, bytes: Uint8Array): void
  read(sha: string): Uint8Array | null
  /** Forgets every body that is not among `shas`. */
  keepOnly(shas: ReadonlySet<string>): void
}
