import { every } from '../../../shared/core/clock.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { boardRow, emergencyView } from './handlers.ts'
import type { EmergencyPluginDeps } from './seen.ts'

/** Lines that keep proxies from closing a quiet connection. */
const KEEP_ALIVE_MS = 15_000
/** Who is so far behind is cut off; the browser asks again and gets the whole board. */
const MAX_BEHIND_BYTES = 4_194_304
/** People who look on at the same time, at all emergencies together. */
const MAX_STREAMS = 200

export interface EventStreams {
  /** null when too many look on already. */
  open(id: string): ReadableStream<Uint8Array> | null
  stop(): void
}

const event = (name: string, value: unknown): string => `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`

/** Server-sent events of one emergency: `emergency` and `rows` at once and on every change; rows only those that changed. */
export function createEventStreams(deps: EmergencyPluginDeps): EventStreams {
  const { emergencies, clock } = deps
  const open = new Set<() => void>()

  const start = (id: string, controller: ReadableStreamDefaultController<Uint8Array>): (() => void) => {
    let isOpen = true
    const close = (how: () => void): void => {
      if (!isOpen) return
      isOpen = false
      open.delete(end)
      unwatch()
      stopKeeping()
      how()
    }
    const end = (): void => close(() => controller.close())
    const say = (text: string): void => {
      if (!isOpen) return
      if ((controller.desiredSize ?? 0) <= 0) close(() => controller.error(new Error('the reader is too far behind')))
      else controller.enqueue(utf8(text))
    }
    const tell = (clusters: readonly string[] | 'all'): void => {
      const emergency = emergencies.byId(id)
      if (emergency && clusters === 'all') say(event('emergency', emergencyView(deps, emergency)))
      const wanted = clusters === 'all' ? null : new Set(clusters)
      say(event('rows', emergencies.rows(id).filter((row) => wanted?.has(row.cluster) ?? true).map((row) => boardRow(deps, row))))
    }
    const unwatch = emergencies.watch(id, (change) => (change === null ? end() : tell(change.clusters)))
    const stopKeeping = every(clock, KEEP_ALIVE_MS, () => say(': \n\n'))
    open.add(end)
    say('retry: 2000\n\n')
    tell('all')
    return () => close(() => undefined)
  }

  return {
    open: (id) => {
      if (open.size >= MAX_STREAMS) return null
      let gone: () => void = () => undefined
      return new ReadableStream<Uint8Array>(
        { start: (controller) => void (gone = start(id, controller)), cancel: () => gone() },
        new ByteLengthQueuingStrategy({ highWaterMark: MAX_BEHIND_BYTES }),
      )
    },
    stop: () => {
      for (const end of [...open]) end()
    },
  }
}
