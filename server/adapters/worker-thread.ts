import { parentPort, Worker, type WorkerOptions } from 'node:worker_threads'

/** What a thread is sent, and what it answers. */
interface Asked {
  readonly id: number
  readonly kind: string
  readonly ask: unknown
}
type Answered = { readonly id: number; readonly ok: true; readonly value: unknown } | { readonly id: number; readonly ok: false; readonly why: string }

export interface Thread {
  /** Started when it is first asked, and again when it died. */
  run(kind: string, ask: unknown): Promise<unknown>
  stop(): Promise<void>
}

/** Built, `NAME.worker.js` lies beside the program; from the sources it needs the same loader as the program itself. */
function startWorker(name: string, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.worker.js`, import.meta.url), options)
  const source = JSON.stringify(new URL(`./${name}.worker.ts`, import.meta.url).href)
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`, { ...options, eval: true })
}

/** A thread of its own for `NAME.worker.ts` of this folder. It keeps no program alive that has nothing to do. */
export function createThread(name: string, options: WorkerOptions = {}): Thread {
  const waiting = new Map<number, { done: (value: unknown) => void; failed: (error: Error) => void }>()
  let worker: Worker | null = null
  let stopped = false
  let last = 0
  const fail = (why: Error): void => {
    worker = null
    for (const { failed } of waiting.values()) failed(why)
    waiting.clear()
  }
  const started = (): Worker => {
    if (worker) return worker
    const fresh = startWorker(name, options)
    fresh.on('message', (answer: Answered) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      // nothing to do: the program may end
      if (waiting.size === 0) fresh.unref()
      if (answer.ok) asked?.done(answer.value)
      else asked?.failed(new Error(answer.why))
    })
    fresh.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
    fresh.on('exit', (code) => {
      if (worker === fresh) fail(new Error(`the thread of ${name} ended with ${code}`))
    })
    return (worker = fresh)
  }
  return {
    run: (kind, ask) => {
      if (stopped) return Promise.reject(new Error('the server is stopping'))
      const id = ++last
      return new Promise((done, failed) => {
        waiting.set(id, { done, failed })
        const thread = started()
        thread.ref()
        thread.postMessage({ id, kind, ask } satisfies Asked)
      })
    },
    stop: async () => {
      stopped = true
      const ending = worker
      fail(new Error('the server is stopping'))
      await ending?.terminate()
    },
  }
}

/** Called in the thread: does what is asked, by kind. */
export function serveThread(works: Readonly<Record<string, unknown>>): void {
  const answer = async ({ id, kind, ask }: Asked): Promise<Answered> => {
    try {
      const work = works[kind] as ((ask: unknown) => unknown) | undefined
      if (!work) throw new Error(`this thread does no ${kind}`)
      return { id, ok: true, value: await work(ask) }
    } catch (error) {
      return { id, ok: false, why: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
  parentPort?.on('message', (asked: Asked) => {
    void answer(asked).then((done) => parentPort?.postMessage(done))
  })
}
