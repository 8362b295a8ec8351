import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { EvidenceView } from '../../server/features/evidence/handlers.ts'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { sessionAt, soonMs, startLiveServer } from '../support/live-server.ts'
import { mosquittoMissing, startMosquitto } from '../support/mosquitto.ts'
import { openClient, until } from '../support/mqtt-client.ts'
import { spansAt } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'

t.test('over a real Mosquitto a claim, a session and its evidence go the whole way, and a revoked box is thrown out', { skip: mosquittoMissing ?? false }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-mosquitto-'))
  const mosquitto = await startMosquitto(folder)
  const { username, password } = mosquitto.server
  const files = { passwordFile: join(folder, 'passwords'), aclFile: join(folder, 'acl') }
  // a hand that spoilt the access list: the server puts the generated one in its place
  writeFileSync(files.aclFile, 'topic read #\n')
  const live = await startLiveServer({
    mqttUrl: `mqtt://${username}:${password}@127.0.0.1:${mosquitto.port}`,
    mosquitto: { ...files, reload: { kind: 'pid-file', path: join(folder, 'pid') } },
  })
  t.teardown(async () => {
    await live.stop()
    await mosquitto.stop()
    rmSync(folder, { recursive: true })
  })
  t.ok(await until(() => live.server.deps.vitals.brokerConnected()), 'the server is connected')
  t.match(readFileSync(files.aclFile, 'utf8'), /Generated from the topic table/)
  const box = await live.enrolBox('Thôn Đông')
  t.teardown(() => box.stop(true))
  t.equal(box.identity.mqttUrl, `mqtt://127.0.0.1:${mosquitto.port}`, 'the box is sent to that broker, without the server’s password')
  t.notMatch(readFileSync(files.passwordFile, 'utf8'), box.identity.password, 'which holds hashes only')
  t.ok(await until(() => live.server.stores.presence.byCluster(box.identity.cluster)?.online === true), 'the box is there')

  const tone = join(folder, 'tone.ogg')
  makeOpus(tone, 'sine=frequency=600:duration=3')
  const programme = await live.upload(tone)
  const start = soonMs(6_000)
  t.equal((await live.ask('POST /sessions', sessionAt(start, { items: [{ file: programme }] }))).status, 201)
  await sleep(start + 4_000 - Date.now())
  const spans = spansAt(box.wav)
  t.equal(spans.length, 1)
  t.ok(Math.abs((spans[0]?.fromMs ?? 0) - start) < 250, `it sounds ${Math.round((spans[0]?.fromMs ?? 0) - start)} ms after its time`)
  t.ok(await until(() => live.server.stores.evidence.between(wallMs(start), wallMs(start + 1)).length === 1), 'the evidence comes back')
  const rows = (await live.ask(`GET /evidence?date=${civilDate(wallMs(start))}`)).body as EvidenceView[]
  t.match(rows, [{ rung: 'played', clusterName: 'Thôn Đông', reason: null }])

  // were the password file lost with its machine, the registry would bring it back at the next start
  t.ok((live.server.stores.clusters.byId(box.identity.cluster)?.mosquittoHash ?? '').startsWith('$7$'))
  const { cluster } = box.identity
  const streams = await openClient(box.identity.mqttUrl, { clientId: `${cluster}.aud`, username: cluster, password: box.identity.password })
  t.equal((await live.ask(`DELETE /clusters/${cluster}`)).status, 200)
  t.ok(await until(() => streams.closed()), 'its connections are cut')
  await t.rejects(openClient(box.identity.mqttUrl, { clientId: `${cluster}.aud`, username: cluster, password: box.identity.password }), 'a revoked box is not let in')
})
