/** Byte counters of one network interface since the kernel made it. */
export interface InterfaceBytes {
  readonly rx: number
  readonly tx: number
}
/** What an agent has counted since it was installed; survives restarts, reboots and re-attachments of the modem. */
export interface DataCount {
  readonly rxBytes: number
  readonly txBytes: number
  /** Boot in which `last` was read: the kernel counts from zero in another. */
  readonly boot: string
  readonly last: Readonly<Record<string, InterfaceBytes>>
}

/** A modem that comes back under ever new names must not grow the state without end. */
export const MAX_INTERFACES = 16

/**
 * Adds what passed since the last look. A counter that went back was reset (the modem re-attached, the box rebooted):
 * all of its new value counts. What passed before the first look ever is not ours and does not count.
 */
export function accumulate(count: DataCount | null, boot: string, seen: Readonly<Record<string, InterfaceBytes>>): DataCount {
  if (count === null) return { rxBytes: 0, txBytes: 0, boot, last: bounded(seen) }
  let { rxBytes, txBytes } = count
  for (const [name, now] of Object.entries(seen)) {
    const last = count.boot === boot && Object.hasOwn(count.last, name) ? count.last[name] : undefined
    const reset = last === undefined || now.rx < last.rx || now.tx < last.tx
    rxBytes += reset ? now.rx : now.rx - last.rx
    txBytes += reset ? now.tx : now.tx - last.tx
  }
  return { rxBytes, txBytes, boot, last: bounded(seen) }
}

const bounded = (seen: Readonly<Record<string, InterfaceBytes>>): Record<string, InterfaceBytes> =>
  Object.fromEntries(Object.entries(seen).slice(0, MAX_INTERFACES))

/** Interfaces that a SIM card serves, by the names that Linux gives them. */
const MOBILE = /^(wwan|wwp|wws|ppp|rmnet|usb|cdc)/
/** Interfaces that lead nowhere outside. */
const INNER = /^(lo|docker|br-|veth|virbr|tun|tap|dummy|bond|sit|ip6tnl)/

/** The interfaces whose bytes are paid for: the mobile ones, or every outward one where the modem is in a router. */
export function countedInterfaces(names: readonly string[]): readonly string[] {
  const outward = names.filter((name) => !INNER.test(name)).sort()
  const mobile = outward.filter((name) => MOBILE.test(name))
  return (mobile.length > 0 ? mobile : outward).slice(0, MAX_INTERFACES)
}

/** The count as it was stored; null when that is damaged, and then counting begins anew. */
export function decodeDataCount(json: string): DataCount | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null // a torn or foreign file: said by the null
  }
  if (typeof value !== 'object' || value === null) return null
  const { rxBytes, txBytes, boot, last } = value as Partial<Record<keyof DataCount, unknown>>
  if (!isCount(rxBytes) || !isCount(txBytes) || typeof boot !== 'string' || typeof last !== 'object' || last === null) return null
  const kept = Object.entries(last).flatMap(([name, bytes]) => {
    const { rx, tx } = (bytes ?? {}) as Partial<InterfaceBytes>
    return isCount(rx) && isCount(tx) ? [[name, { rx, tx }] as const] : []
  })
  return { rxBytes, txBytes, boot, last: bounded(Object.fromEntries(kept)) }
}
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
