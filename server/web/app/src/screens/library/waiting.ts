/** Waits so long, or until the device says that it has a link again. */
export const linkOr = (ms: number): Promise<void> =>
  new Promise((done) => {
    const over = (): void => {
      clearTimeout(timer)
      removeEventListener('online', over)
      done()
    }
    const timer = setTimeout(over, ms)
    addEventListener('online', over)
  })

/** What a line of a person's work needs to go over a bad link. */
export const OVER_THE_LINK = { wait: linkOr, chance: Math.random, now: () => performance.now() } as const
