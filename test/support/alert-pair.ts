import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { enrolAlertBox, type AlertBox } from './alert-box.ts'
import { startLiveServer, type LiveServer } from './live-server.ts'

/** A clip that every cluster holds. */
export const CLIP = { programme: 'bao-yen' } as const
/** A real emergency for all, with that clip. */
export const orderOf = (over: object = {}): object => ({ title: 'Vỡ đê', messages: [CLIP], targets: 'all', drill: false, ...over })

/** A station with two clusters: Thôn Đông lies in a commune, Thôn Đoài in none. */
export interface AlertPair {
  readonly live: LiveServer
  readonly east: AlertBox
  readonly west: AlertBox
  raise(over?: object): Promise<EmergencyView>
  stop(): Promise<void>
}
export async function startAlertPair(): Promise<AlertPair> {
  const live = await startLiveServer()
  const east = await enrolAlertBox(live.server, 'Thôn Đông', '24958')
  const west = await enrolAlertBox(live.server, 'Thôn Đoài')
  return {
    live, east, west,
    async raise(over) {
      const reply = await live.ask('POST /emergencies', orderOf(over))
      if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
      return reply.body as EmergencyView
    },
    async stop() {
      for (const box of [east, west]) await box.leave()
      await live.stop()
    },
  }
}
