import { setMaxListeners } from 'node:events'
import type { MeasureOnLink, OnLinkMessage, OnLinkTask } from './on-link.ts'

/** The process that measures, in the server's namespace of the emulated link. It ends with its parent. */
const MEASURES: Readonly<Record<string, () => Promise<MeasureOnLink>>> = {
  sync: async () => (await import('../sync.ts')).measureSync,
  emergency: async () => (await import('../emergency.ts')).measureEmergency,
  stop: async () => (await import('../stop.ts')).measureStop,
  outage: async () => (await import('../outage.ts')).measureOutage,
  wire: async () => (await import('../wire-live.ts')).measureWire,
}

const { bench, runs, quick, options, boxes } = JSON.parse(process.argv[2] ?? '{}') as OnLinkTask
const over = new AbortController()
setMaxListeners(0, over.signal)
const send = (message: OnLinkMessage): Promise<void> => new Promise((done) => (process.connected ? process.send?.(message, () => done()) : done()))
const end = (): void => over.abort(new Error('the bench was ended'))
process.once('SIGTERM', end)
// a Ctrl-C reaches the whole group, and the parent then disconnects
process.on('SIGINT', end)
process.once('disconnect', end)

const measure = await MEASURES[bench]?.()
if (!measure) throw new Error(`no bench on links is called ${bench}`)
try {
  const rows = await measure({ runs, quick, options, say: (text) => void send({ said: text }), signal: over.signal }, { boxes })
  await send({ rows })
} catch (error) {
  await send({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
process.exit(0)
