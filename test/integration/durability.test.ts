import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createDisk } from '../../agent/adapters/disk.ts'
import { saveIdentity } from '../../agent/adapters/enrol.ts'
import type { EvidenceView } from '../../server/features/evidence/handlers.ts'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { killed, serverProgram, startProgram, type ChildProgram } from '../support/child-program.ts'
import { askHttp, enrolAt, sessionAt, stationFolder } from '../support/live-server.ts'
import { openClient, until } from '../support/mqtt-client.ts'
import { readRecording, spansAt, toneHz } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { startStation } from '../support/station.ts'

const KILLS = 3
const CLUSTER = 'c0000000a1'
const work = mkdtempSync(join(tmpdir(), 'tl-durable-'))
t.teardown(() => rmSync(work, { recursive: true }))

async function killedServer(t: Test): Promise<void> {
  const { folder, timetable } = stationFolder()
  let server = await serverProgram(folder, timetable)
  t.teardown(async () => {
    await killed(server)
    rmSync(folder, { recursive: true, force: true })
  })
  const { claim } = (await askHttp(server.url, server.token, 'POST /clusters/claims', { name: 'Thôn Đông' })).body as { claim: string }
  const identity = await enrolAt(server.url, claim, join(work, 'enrolled'))
  const { cluster, password } = identity
  const due = Date.now() - 60_000
  const log = toBase64Url(new Uint8Array(8).fill(5))
  for (let n = 1; n <= KILLS; n++) {
    const id = `buoi-${n}`
    const posted = await askHttp(server.url, server.token, 'POST /sessions', sessionAt(Date.now() + 3_600_000 * n, { id, items: [{ speak: 'Xin chào bà con.' }] }))
    await killed(server)
    server = await serverProgram(folder, timetable)
    if (posted.status === 201) t.equal((await askHttp(server.url, server.token, `GET /sessions/${id}`)).status, 200, `${id}: accepted, so it is there after kill -9`)
    else t.fail(`the session was not taken: ${JSON.stringify(posted.body)}`)

    const box = await openClient(server.mqttUrl, { clientId: `${cluster}.ctl`, username: cluster, password })
    await box.subscribe(topicOf('ack', cluster))
    const row = { n, slot: `s.${n}.0`, due: due + n, end: due + 5_000, began: due + n, ms: 4_000, underruns: 0 }
    await box.publish(topicOf('evidence', cluster), JSON.stringify({ log, rows: [row] }))
    t.ok(await until(() => box.received.length > 0), 'the evidence is acknowledged')
    await killed(server)
    server = await serverProgram(folder, timetable)
    // an acknowledgement can be lost as well: the box then says it again
    const again = await openClient(server.mqttUrl, { clientId: `${cluster}.ctl`, username: cluster, password })
    if (n === KILLS) await again.publish(topicOf('evidence', cluster), JSON.stringify({ log, rows: [row] }))
    const evidence = (await askHttp(server.url, server.token, `GET /evidence?date=${civilDate(wallMs(due))}`)).body as EvidenceView[]
    t.same(evidence.filter((e) => e.cluster === cluster).map((e) => [e.slot, e.seconds]), Array.from({ length: n }, (_, i) => [`s.${i + 1}.0`, 4]), 'every acknowledged row is there, once')
    await again.end()
  }
  t.equal((await askHttp(server.url, server.token, 'GET /sessions')).status, 200)
}

/** The agent as a process, killed in mid item. */
async function killedAgent(t: Test): Promise<void> {
  const lengthMs = 26_000
  const rising = join(work, 'rising.opus')
  makeOpus(rising, 'aevalsrc=0.5*sin(2*PI*(400*t+25*t*t)):d=30:s=48000')
  const station = await startStation()
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('rising', rising, lengthMs)
  const folder = mkdtempSync(join(work, 'box-'))
  const wav = join(folder, 'sound.wav')
  await saveIdentity(await createDisk(join(folder, 'disk')), { v: 1, cluster: CLUSTER, mqttUrl: station.url, password, root: toBase64Url(station.keys.rootPublic) })
  const run = (): ChildProgram => startProgram('agent/main.ts', { TL_DATA: join(folder, 'disk'), TL_SINK: `wav:${wav}` })
  let agent = run()
  t.teardown(async () => {
    await killed(agent)
    await station.stop(true)
  })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.online === true, 15_000), 'the agent is there')
  const start = station.soon({ id: 'thu', inMs: 5_000, lengthMs: 60_000, items: [{ file: 'rising' }] })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 4_500), 'it holds the file')
  // past the first checkpoint, which comes at most 15 s after the begin
  await sleep(start + 16_000 - Date.now())
  const killedAt = Date.now()
  await killed(agent)
  const deadAt = Date.now()
  agent = run()
  await sleep(start + lengthMs + 1_000 - Date.now())
  const spans = spansAt(wav)
  t.equal(spans.length, 2, 'it sounds before and after')
  const [before, after] = spans
  t.ok(Math.abs((before?.fromMs ?? 0) - start) < 250, 'it began on time')
  // the recording is brought up to date once a second: so much of it dies with the agent
  t.ok((before?.toMs ?? 0) > killedAt - 1_500 && (before?.toMs ?? Infinity) < deadAt + 250, `the kill ends it: ${killedAt - (before?.toMs ?? 0)} ms before are not in the recording`)
  t.ok(Math.abs((after?.toMs ?? 0) - start - lengthMs) < 250, 'it ends at its end')
  for (const at of [(after?.fromMs ?? 0) + 500, start + lengthMs - 1_000]) {
    const hz = toneHz(readRecording(wav), at)
    t.ok(Math.abs(hz - (400 + 50 * ((at - start) / 1000))) < 12, `it joins in phase: ${Math.round(hz)} Hz at ${((at - start) / 1000).toFixed(1)} s`)
  }
  t.ok(await until(() => station.stores.evidence.between(start, wallMs(start + 1)).length === 2, 20_000), 'two rows of evidence')
  const [slot] = station.report(start, start + 1)
  t.match(slot, { rung: 'played', reason: 'restarted' }, 'the report says why less was played')
  const sounded = spans.reduce((sum, s) => sum + s.toMs - s.fromMs, 0)
  t.ok((slot?.playedMs ?? 0) <= sounded + 500 && (slot?.playedMs ?? 0) >= sounded - 16_000, `what it adds up to is never more than sounded (${Math.round(sounded)} ms), and at most a checkpoint less: ${slot?.playedMs} ms`)
  t.ok((slot?.playedMs ?? 0) > (after?.toMs ?? 0) - (after?.fromMs ?? 0) + 500, 'the part before the kill is in it')
}

void t.test('a server killed by kill -9 has lost nothing that it acknowledged', { buffered: true }, killedServer)
void t.test('an agent killed in mid item joins in phase, and its evidence adds up', { buffered: true }, killedAgent)
