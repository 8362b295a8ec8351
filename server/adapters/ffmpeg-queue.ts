/** Runs at most `atOnce` jobs together and lets at most `waiting` others wait, first come, first served. */
export interface JobQueue {
  /** null when too many wait already: the caller says "try again later". A job that throws rejects. */
  run<T>(job: () => Promise<T>): Promise<T | null>
}

/** `atOnce` and `waiting` are counts ≥ 1 and ≥ 0. */
export function createJobQueue(atOnce: number, waiting: number): JobQueue {
  let running = 0
  const line: (() => void)[] = []
  const leave = (): void => {
    const next = line.shift()
    // the place is handed over, so that a newcomer cannot slip in between
    if (next) next()
    else running -= 1
  }
  return {
    async run(job) {
      if (running >= atOnce) {
        if (line.length >= waiting) return null
        await new Promise<void>((resolve) => line.push(resolve))
      } else running += 1
      try {
        return await job()
      } finally {
        leave()
      }
    },
  }
}
