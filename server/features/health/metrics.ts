import { Counter, Gauge, Registry } from 'prom-client'
import { REFUSALS } from '../../../shared/protocol/messages/reported.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export interface Metrics {
  noteRequest(method: string, status: number): void
  readonly contentType: string
  /** The text that Prometheus reads. */
  render(): Promise<string>
}

/** A registry of its own: two servers in one process, as in tests, count apart. */
export function createMetrics(deps: ServerDeps): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `tieng_lang_${name}`, help, registers })
  const requests = new Counter({ name: 'tieng_lang_http_requests_total', help: 'HTTP requests by method and class of status', labelNames: ['method', 'status'], registers })
  const refused = new Gauge({ name: 'tieng_lang_agent_refusals', help: 'Refusals that clusters report since their boot, by reason', labelNames: ['reason'], registers })
  const clusters = gauge('clusters', 'Clusters that are enrolled and not revoked')
  const online = gauge('clusters_online', 'Clusters with a connection')
  const playing = gauge('clusters_playing', 'Clusters that sound now')
  const behind = gauge('clusters_behind_plan', 'Clusters online that do not follow their newest plan yet')
  const broker = gauge('broker_connected', '1 while the message broker is in reach')
  const heartbeat = gauge('heartbeat_age_seconds', 'Seconds since the last heartbeat; -1 before the first')
  const relays = new Gauge({ name: 'tieng_lang_relays_open', help: 'Relays that are open, by state', labelNames: ['state'], registers })
  const relayFaults = new Gauge({ name: 'tieng_lang_relay_faults', help: 'Reconnects, substitutions and faulty checks of relays since the start', labelNames: ['fault'], registers })
  gauge('info', `Version ${deps.version}`).set(1)

  const readFleet = (): void => {
    const active = new Set(deps.stores.clusters.active().map(({ id }) => id))
    const present = deps.stores.presence.all().filter((p) => p.online && active.has(p.cluster))
    const plans = new Map(deps.stores.plans.allCurrent().map((plan) => [plan.cluster, plan.rev]))
    clusters.set(active.size)
    online.set(present.length)
    playing.set(present.filter((p) => p.playing !== null).length)
    behind.set(present.filter((p) => p.planRev < (plans.get(p.cluster) ?? 0)).length)
    for (const reason of REFUSALS) refused.set({ reason }, present.reduce((sum, p) => sum + ((p.refused as Partial<Record<string, number>>)[reason] ?? 0), 0))
  }

  return {
    noteRequest: (method, status) => requests.inc({ method, status: `${Math.floor(status / 100)}xx` }),
    contentType: registry.contentType,
    render() {
      readFleet()
      const beat = deps.vitals.lastHeartbeat()
      broker.set(deps.vitals.brokerConnected() ? 1 : 0)
      const relayed = deps.vitals.relays?.()
      for (const [state, count] of Object.entries(relayed?.open ?? {})) relays.set({ state }, count)
      if (relayed) for (const fault of ['reconnects', 'substitutions', 'faultyChecks'] as const) relayFaults.set({ fault }, relayed[fault])
      heartbeat.set(beat === null ? -1 : (deps.clock.wall() - beat) / 1000)
      return registry.metrics()
    },
  }
}
