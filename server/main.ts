import { join, resolve } from 'node:path'
import { openPracticeLine } from './adapters/practice-line.ts'
import { pinoLog } from './adapters/pino-log.ts'
import { exposureWarning, readServerSettings, SERVER_VARIABLES } from './core/server-settings.ts'
import { runDemonstration } from './features/demonstration/plugin.ts'
import { runPractice } from './start-practice.ts'
import { startServer, VERSION } from './start-server.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** A person must do something: sentences, no stack. */
function giveUp(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

const HELP = `Tiếng Làng ${VERSION}

  npm start               the server with a demonstration commune of three clusters
  npm start -- --sound    one of the three plays on this machine's sound device
  npm start -- --no-demo  the station itself

Settings come from the environment:
${SERVER_VARIABLES.map(({ env, what }) => `  ${env.padEnd(18)}  ${what}`).join('\n')}
`

async function main(): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help')) return say(HELP)
  // the form in which a station starts this program beside itself: /tap-duot
  if (args.includes('--practice')) {
    const line = openPracticeLine()
    return line ? runPractice(line, pinoLog('warn', null)) : giveUp('Only a running station opens its practice commune: on its page /tap-duot.')
  }
  const unknown = args.find((a) => !['--no-demo', '--sound'].includes(a))
  if (unknown !== undefined) giveUp(`${unknown} is not understood.\n\n${HELP}`)
  const demonstration = !args.includes('--no-demo')
  const read = readServerSettings(process.env)
  if (!read.ok) giveUp(read.why)
  // the demonstration never touches a real station's folder, nor the other way round
  const folder = process.env.TL_DATA?.trim() ? read.value.folder : join(read.value.folder, demonstration ? 'trinh-dien' : 'dai')
  const { backups = demonstration ? null : `${folder}-sao-luu` } = read.value
  // the demonstration is a commune to practise in already
  const practice = demonstration ? null : (read.value.practice ?? null)
  const settings = { ...read.value, folder: resolve(folder), backups: backups && resolve(backups), practice }
  const warning = exposureWarning(settings)
  if (warning !== null) process.stderr.write(`${warning}\n`)
  // the demonstration draws a table on the terminal: its log goes to a file
  const log = pinoLog(settings.logLevel, demonstration ? join(settings.folder, 'server.log') : null)
  const timetable = settings.timetable ?? join('schedules', demonstration ? 'trinh-dien.yaml' : 'mac-dinh.yaml')
  const started = await startServer(settings, timetable, log)
  if (!started.ok) giveUp(started.why)
  const server = started.value

  let ending = false
  let endDemonstration: () => Promise<void> = () => Promise.resolve()
  const stop = (): void => {
    if (ending) return
    ending = true
    say('Đang dừng… / Stopping…')
    endDemonstration()
      .then(() => server.stop())
      .then(() => process.exit(0))
      .catch((error: unknown) => giveUp(String(error)))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', stop)

  const ready = (): void => {
    say('Ready')
    say(`Address: ${server.url}  (API documentation: ${server.url}/api/docs)`)
    if (server.secureUrls.length > 0) say(`In the local network: ${server.secureUrls.join('  ')}  (a phone opens ${server.secureUrls[0]?.replace('https', 'http') ?? ''}/tin-cay first)`)
    say(`MQTT: ${server.mqttUrl}`)
    say(`Administrator token: ${server.token}`)
    if (server.firstAdministrator !== null) say(`First administrator (this link works once, for 24 hours): ${server.firstAdministrator}`)
  }
  if (demonstration) {
    endDemonstration = await runDemonstration({ server, folder: settings.folder, log, sound: args.includes('--sound'), say, ready, giveUp, out: process.stdout })
    return
  }
  const prepared = await server.prepare((step) => say(`… ${step}`))
  for (const failure of prepared.failures) say(`${failure.what}: ${failure.vi} / ${failure.en}`)
  ready()
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
