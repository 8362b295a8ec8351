/** MQTT 3.1.1 packets as bytes: for clients that misbehave, and for loads where a real client would cost too much. */

function remaining(length: number): Buffer {
  const out: number[] = []
  let left = length
  do {
    out.push((left % 128) | (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.from(out)
}

const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes])
}

/** Any packet: first byte and body. */
export const rawPacket = (first: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([first]), remaining(body.length), body])

export interface RawConnect {
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  /** Seconds; 60 unless told. */
  readonly keepalive?: number
  readonly clean?: boolean
}

export function rawConnect({ clientId, username, password, keepalive = 60, clean = true }: RawConnect): Buffer {
  const flags = (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40) | (clean ? 2 : 0)
  return rawPacket(0x10, Buffer.concat([
    text('MQTT'), Buffer.from([4, flags, keepalive >> 8, keepalive & 255]), text(clientId),
    ...(username === undefined ? [] : [text(username)]), ...(password === undefined ? [] : [text(password)]),
  ]))
}

export const rawSubscribe = (id: number, filters: readonly string[], qos: 0 | 1 = 1): Buffer =>
  rawPacket(0x82, Buffer.concat([Buffer.from([id >> 8, id & 255]), ...filters.map((filter) => Buffer.concat([text(filter), Buffer.from([qos])]))]))

export interface RawPublish {
  readonly topic: string
  readonly payload: Buffer
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly id?: number
}
export function rawPublish({ topic, payload, qos = 0, retain = false, id = 1 }: RawPublish): Buffer {
  return rawPacket(0x30 | (qos << 1) | (retain ? 1 : 0), Buffer.concat([text(topic), qos > 0 ? Buffer.from([id >> 8, id & 255]) : Buffer.alloc(0), payload]))
}

export const rawPuback = (id: number): Buffer => Buffer.from([0x40, 2, id >> 8, id & 255])

/** One whole packet taken off a stream. */
export interface RawPacket {
  readonly type: number
  readonly flags: number
  readonly body: Buffer
}

/** Collects bytes and gives every whole packet once. For well-formed input only. */
export function rawReader(take: (packet: RawPacket) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      let length = 0
      let at = 1
      for (let byte = 128; byte & 128; at++) {
        if (at >= held.length) return
        byte = held[at] ?? 0
        length += (byte & 127) * 128 ** (at - 1)
      }
      if (held.length < at + length) return
      const first = held[0] ?? 0
      take({ type: first >> 4, flags: first & 15, body: held.subarray(at, at + length) })
      held = held.subarray(at + length)
    }
  }
}
