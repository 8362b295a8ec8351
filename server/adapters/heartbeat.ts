import { schedule } from 'node-cron'
import type { Log } from '../../shared/core/log.ts'

/**
 * Calls `beat` each second. node-cron arms one timer for the next second and never catches up, which is right for a
 * heartbeat: what is due is asked of our own rule with the instant that was seen last.
 */
export function startHeartbeat(beat: () => void, log: Log): () => Promise<void> {
  const safely = (): void => {
    try {
      beat()
    } catch (error) {
      log.error({ error: String(error) }, 'heartbeat failed')
    }
  }
  // at once as well: a server is well from its first moment
  safely()
  const task = schedule('* * * * * *', safely)
  return async () => {
    await task.destroy()
  }
}
