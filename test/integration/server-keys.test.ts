import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { readServerSettings } from '../../server/core/server-settings.ts'
import { createStores } from '../../server/create-stores.ts'
import type { KeysView } from '../../server/features/keys/views.ts'
import { startServer } from '../../server/start-server.ts'
import { silentLog } from '../../shared/core/log.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { startLiveServer } from '../support/live-server.ts'
import { realClock } from '../support/real-clock.ts'

t.test('a station that has clusters and lacks its root key is not started with another one', async (t) => {
  const folder = t.testdir()
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  createStores(opened.value, realClock).clusters.insert({
    id: 'c0000000a1', name: 'Cụm', created: wallMs(0), publicKey: new Uint8Array(32), secretSha256: createHash('sha256').digest(), mosquittoHash: null,
  })
  opened.value.close()
  const settings = readServerSettings({ TL_DATA: folder, TL_PORT: '0', TL_MQTT_PORT: '0' })
  if (!settings.ok) throw new Error(settings.why)
  const started = await startServer(settings.value, 'schedules/mac-dinh.yaml', silentLog)
  if (started.ok) await started.value.stop()
  t.match(started, { ok: false, code: 'no-root-key', why: /root\.key/ })
  t.notOk(existsSync(join(folder, 'keys', 'root.key')), 'and none is made')
})

t.test('an administrator sees by what clusters know the station, and how long its keys last; never a secret', async (t) => {
  const live = await startLiveServer()
  t.teardown(() => live.stop())
  const { status, body } = await live.ask('GET /keys')
  const { claim } = (await live.ask('POST /clusters/claims', { name: 'Thôn Đông' })).body as { claim: string }
  t.match({ status, body }, { status: 200, body: { fingerprint: claim.split('.')[1], signing: [{ use: 'orders' }, { use: 'time' }, { use: 'streams' }] } })
  for (const { until } of (body as KeysView).signing) t.ok(Date.parse(until) - Date.now() > 365 * 86_400_000, until)
  const root = readFileSync(join(live.folder, 'data', 'keys', 'root.key'))
  for (const form of ['base64url', 'base64', 'hex'] as const) t.notOk(JSON.stringify(body).includes(root.toString(form)))
})
