export interface Gathering {
  /** Something has happened: it is to be loaded anew. */
  note(): void
  stop(): void
}

/** After a load the next one waits for so many times as long as it took, within bounds: news that never ends leaves a slow link to the person for most of the time. */
const REST = 2
const MOST_REST_MS = 5_000

/** Calls `load` soon after something is noted, once for all that is noted until then; what is noted while it loads is loaded after it. So no stream of news, however dense, puts a load off for ever or overtakes its answer. */
export function gathering(load: () => Promise<void>, waitMs: number): Gathering {
  let phase: 'idle' | 'waiting' | 'loading' | 'noted' | 'over' = 'idle'
  let timer: ReturnType<typeof setTimeout> | undefined
  const phaseNow = (): typeof phase => phase

  const wait = (ms: number): void => {
    phase = 'waiting'
    timer = setTimeout(() => void run(), ms)
  }
  async function run(): Promise<void> {
    phase = 'loading'
    const from = performance.now()
    try {
      await load()
    } finally {
      const after = phaseNow()
      if (after === 'noted') wait(Math.max(waitMs, Math.min(MOST_REST_MS, (performance.now() - from) * REST)))
      else if (after !== 'over') phase = 'idle'
    }
  }
  return {
    note() {
      if (phase === 'idle') wait(waitMs)
      else if (phase === 'loading') phase = 'noted'
    },
    stop() {
      phase = 'over'
      clearTimeout(timer)
    },
  }
}
