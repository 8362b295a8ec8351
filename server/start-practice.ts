import { every } from '../shared/core/clock.ts'
import type { Log } from '../shared/core/log.ts'
import type { PracticeLine } from './adapters/practice-line.ts'
import { realClock } from './adapters/clock.ts'
import { createPractising, type Practising } from './core/practice-inside.ts'
import type { PracticePlace, ToPractice } from './core/practice-line.ts'
import type { ServerSettings } from './core/server-settings.ts'
import { beginSession, COMMUNE, COMMUNE_CLUSTERS, COMMUNE_TIMETABLE, startCommune } from './features/demonstration/plugin.ts'
import { addPracticePeople } from './features/practice/plugin.ts'
import { secretBytes } from './start-broadcasting.ts'
import { startServer, type RunningServer } from './start-server.ts'

/** How often whoever waits is told how far it is. */
const COUNT_MS = 1_000
const LOOK_MS = 250
const BOXES_WITHIN_MS = 45_000

type Begin = Extract<ToPractice, { ask: 'begin' }>

/** Nothing of it but the place comes from the station: the rest is what a station has that nobody set up. The broker is for its own boxes. */
const settingsOf = (folder: string, { plain, trustProxy }: PracticePlace): ServerSettings => ({
  ...plain, folder, trustProxy,
  mqttPort: 0, mqttBind: '127.0.0.1', mqttUrl: null, publicMqttUrl: null, mosquitto: null, tls: null, localHttps: null,
  logLevel: 'warn', heartbeatUrl: null, capCertificates: null, tts: null, backups: null, timetable: null, practice: null,
})

/** Whoever practises alone lets what they made on the air themselves. */
async function letMakersApprove(server: RunningServer): Promise<void> {
  const answer = await server.app.inject({
    method: 'PUT', url: `/api/v1/areas/${COMMUNE}/rules`, headers: { authorization: `Bearer ${server.token}` }, payload: { selfApproval: true },
  })
  if (answer.statusCode >= 300) throw new Error(answer.body)
}

/**
 * A station to practise in, beside the one that started this process and to which `line` leads: the made-up commune, somebody of
 * every role, and three boxes that play to nobody (what they play is heard all the same by listening in). It ends when the station
 * says so, and when the station ends.
 */
export function runPractice(line: PracticeLine, log: Log): void {
  const practising = createPractising(realClock, secretBytes, () => line.say({ say: 'used' }))
  let end: () => Promise<void> = () => Promise.resolve()
  let folder: string | null = null
  let isLeaving = false
  const leave = (): void => {
    if (isLeaving) return
    isLeaving = true
    line.leave(folder, () => end())
  }
  line.onCut(leave)
  line.onEnd(leave)
  line.onWord((word) => {
    if (word.ask === 'end') return leave()
    if (word.ask === 'ticket') return line.say({ say: 'ticket', n: word.n, ticket: practising.tickets.issue(word) })
    if (folder !== null) return
    folder = word.folder
    begin(word, { line, log, practising, onEnd: (stop) => (end = stop) }).catch((error: unknown) => line.say({ say: 'failed', why: String(error) }))
  })
}

/** Whoever comes in finds the three at work; without one of them, after a while, all the same. */
function boxesOnline({ stores }: RunningServer): Promise<void> {
  const isThere = (): boolean => stores.clusters.active().filter(({ id }) => stores.presence.byCluster(id)?.online === true).length === COMMUNE_CLUSTERS
  return new Promise((done) => {
    const look = every(realClock, LOOK_MS, () => isThere() && end())
    const giveUp = realClock.after(BOXES_WITHIN_MS, () => end())
    const end = (): void => {
      look()
      giveUp()
      done()
    }
  })
}

interface Around {
  readonly line: PracticeLine
  readonly log: Log
  readonly practising: Practising
  /** Told anew as more is running. */
  onEnd(stop: () => Promise<void>): void
}

async function begin({ folder, place }: Begin, { line, log, practising, onEnd }: Around): Promise<void> {
  line.say({ say: 'step', step: 'start', made: 0 })
  const started = await startServer(settingsOf(folder, place), COMMUNE_TIMETABLE, log, { practising, secure: place.secure })
  if (!started.ok) return line.say({ say: 'failed', why: started.why })
  const server = started.value
  onEnd(() => server.stop())
  addPracticePeople(server.deps, COMMUNE)
  await letMakersApprove(server)
  const made = (): number => server.stores.programmes.all().length
  const speaking = (): void => line.say({ say: 'step', step: 'speech', made: made() })
  speaking()
  const hush = every(realClock, COUNT_MS, speaking)
  const { failures } = await server.prepare(() => undefined).finally(hush)
  for (const failure of failures) log.warn({ what: failure.what }, failure.en)
  line.say({ say: 'step', step: 'clusters', made: made() })
  const commune = await startCommune({ server, folder, log, say: (text) => log.warn({}, text), sinkOf: () => 'null', apart: false })
  onEnd(async () => {
    await commune.stop()
    await server.stop()
  })
  await boxesOnline(server)
  beginSession(server)
  // an address leaves out the port that everybody knows
  line.say({ say: 'ready', plain: Number(new URL(server.url).port) || 80, secure: server.practicePort })
}
