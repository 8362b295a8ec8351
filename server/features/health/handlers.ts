import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** The heartbeat comes every second; half a minute without one is no hiccup. */
const HEARTBEAT_STALE_MS = 30_000

export const HealthView = Type.Object({
  ok: Type.Boolean(),
  version: Type.String(),
  at: Type.String(),
  database: Type.Boolean(),
  broker: Type.Boolean(),
  lastHeartbeat: Type.Union([Type.String(), Type.Null()]),
})
export type HealthView = Static<typeof HealthView>

export interface HealthHandlers {
  check(): HealthView
}

export function createHealthHandlers(deps: ServerDeps): HealthHandlers {
  const databaseAnswers = (): boolean => {
    try {
      deps.stores.meta.get('health')
      return true
    } catch (error) {
      deps.log.error({ error: String(error) }, 'the database does not answer')
      return false
    }
  }
  return {
    check() {
      const now = deps.clock.wall()
      const beat = deps.vitals.lastHeartbeat()
      const database = databaseAnswers()
      const broker = deps.vitals.brokerConnected()
      const beating = beat !== null && now - beat < HEARTBEAT_STALE_MS
      return {
        ok: database && broker && beating,
        version: deps.version,
        at: isoWithOffset(now),
        database,
        broker,
        lastHeartbeat: beat === null ? null : isoWithOffset(beat),
      }
    },
  }
}
