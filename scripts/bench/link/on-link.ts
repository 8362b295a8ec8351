import { once } from 'node:events'
import type { BenchContext, BenchRow } from '../bench.ts'
import { forkIn, linkMissing, openNamespaces } from './namespaces.ts'

/** What the benches that need links are told, where they run. */
export interface LinkPlace {
  /** Namespace of the boxes; null where links can only be proxies. */
  readonly boxes: string | null
}
export type MeasureOnLink = (context: BenchContext, place: LinkPlace) => Promise<readonly BenchRow[]>

export interface OnLinkTask {
  readonly bench: string
  readonly runs: number
  readonly quick: boolean
  readonly options: Readonly<Record<string, string>>
  readonly boxes: string | null
}
/** From the process that measures. */
export type OnLinkMessage = { readonly said: string } | { readonly rows: readonly BenchRow[] } | { readonly failed: string }

const END_MS = 20_000

/**
 * Runs a bench's measurement in a process of its own, where it can be within the server's namespace of an emulated link;
 * where that cannot be, says so and runs it without. The namespaces go with us.
 */
export async function runOnLink(bench: string, context: BenchContext): Promise<readonly BenchRow[]> {
  const missing = linkMissing()
  if (missing !== null) context.say(`${missing}. Instead of it, TCP PROXIES stand for the links: they delay and stall, but lose nothing.`)
  const namespaces = missing === null ? openNamespaces() : null
  const { runs, quick, options = {} } = context
  const task: OnLinkTask = { bench, runs, quick, options, boxes: namespaces?.boxes ?? null }
  const child = forkIn(namespaces?.server ?? null, new URL('./on-link-child.ts', import.meta.url), task)
  const exited = once(child, 'exit')
  const abort = (): void => void child.kill('SIGTERM')
  context.signal.addEventListener('abort', abort)
  try {
    return await new Promise((done, fail) => {
      child.on('message', (message: OnLinkMessage) => {
        if ('said' in message) context.say(message.said)
        else if ('rows' in message) done(message.rows)
        else fail(new Error(message.failed))
      })
      child.once('exit', (code) => fail(context.signal.aborted ? (context.signal.reason as Error) : new Error(`the process that measures ended with ${code}`)))
    })
  } finally {
    context.signal.removeEventListener('abort', abort)
    const force = setTimeout(() => child.kill('SIGKILL'), END_MS)
    if (child.connected) child.disconnect()
    if (child.exitCode === null && child.signalCode === null) await exited
    clearTimeout(force)
    namespaces?.close()
  }
}
