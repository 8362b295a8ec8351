import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pinoLog } from '../../server/adapters/pino-log.ts'
import { readServerSettings } from '../../server/core/server-settings.ts'
import { startServer } from '../../server/start-server.ts'
import type { OwnServerOptions } from './own-server.ts'

const { folder, timetable, tls, bind } = JSON.parse(process.argv[2] ?? '{}') as OwnServerOptions

mkdirSync(folder, { recursive: true })
const file = join(folder, 'timetable.yaml')
writeFileSync(file, timetable)
const log = pinoLog('warn', join(folder, 'server.log'))
const settings = readServerSettings({
  TL_PORT: '0', TL_MQTT_PORT: '0', TL_BIND: bind ?? '127.0.0.1', TL_DATA: folder, TL_TIMETABLE: file,
  ...(tls ? { TL_TLS_CERT: tls.certFile, TL_TLS_KEY: tls.keyFile } : {}),
})
if (!settings.ok) throw new Error(settings.why)
const started = await startServer(settings.value, file, log)
if (!started.ok) {
  process.stderr.write(`${started.why}\n`)
  process.exit(2)
}
const server = started.value
process.once('disconnect', () => {
  server.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
const { failures } = await server.prepare(() => undefined)
for (const failure of failures) process.stderr.write(`${failure.what}: ${failure.en}\n`)
process.send?.({ url: server.url, mqttUrl: server.mqttUrl, token: server.token })
