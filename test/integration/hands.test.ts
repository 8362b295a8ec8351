import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { ServiceView } from '../../server/features/hands/handlers.ts'
import { startProgram, type ChildProgram } from '../support/child-program.ts'
import { sessionAt, startLiveServer, type LiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'

t.setTimeout(240_000)

/** Asks every half second. */
async function eventually(holds: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) if (await holds()) return true
  return false
}

async function serviced(live: LiveServer, cluster: string, body: object, ms = 40_000): Promise<ServiceView> {
  const ordered = await live.ask(`POST /clusters/${cluster}/services`, body)
  if (ordered.status !== 201) throw new Error(JSON.stringify(ordered))
  const { id } = ordered.body as ServiceView
  let view = ordered.body as ServiceView
  await eventually(async () => {
    view = (await live.ask(`GET /services/${id}`)).body as ServiceView
    return !['ordered', 'taken'].includes(view.state) && (view.file === null || view.file.path !== null)
  }, ms)
  return view
}

t.test('a technician works on a real box from afar: tone, ten seconds of listening, log bundle, self-test, restart, each once', async (t) => {
  const live = await startLiveServer()
  t.teardown(() => live.stop())
  const work = mkdtempSync(join(tmpdir(), 'tl-hands-'))
  t.teardown(() => rmSync(work, { recursive: true, force: true }))
  // a plan with hours that let a tone sound whenever this runs
  const far = await live.ask('POST /sessions', sessionAt(Date.now() + 26 * 3_600_000, { items: [{ chime: 'nhac-hieu' }] }))
  if (far.status !== 201) throw new Error(JSON.stringify(far))
  const { claim } = (await live.ask('POST /clusters/claims', { name: 'Cụm Xa' })).body as { claim: string }
  const wav = join(work, 'sound.wav')
  const env = { TL_SERVER: live.server.url, TL_CLAIM: claim, TL_DATA: join(work, 'agent'), TL_SINK: `wav:${wav}` }
  let box: ChildProgram = startProgram('agent/main.ts', env)
  t.teardown(() => void box.child.kill('SIGKILL'))
  t.ok(await until(() => live.server.stores.presence.all().some(({ online }) => online), 60_000), box.err())
  const cluster = live.server.stores.clusters.active()[0]?.id ?? ''

  t.ok(await until(() => live.server.stores.presence.byCluster(cluster)?.planTo !== undefined && live.server.stores.presence.byCluster(cluster)?.planRev !== 0 && Object.hasOwn(live.server.deps.slotsFor(cluster, live.server.deps.clock.wall())?.policies ?? {}, 'ca-ngay'), 20_000), 'it has a plan')

  const check = await serviced(live, cluster, { do: 'check' })
  t.match(check, { facts: { diskWell: true, clockTrusted: true } })
  if (check.facts['sound'] !== 'not-now') {
    t.ok(Number(check.facts['takenMs']) > 3_000, JSON.stringify(check.facts))
    t.match(check.findings.map(({ level }) => level), check.facts['sound'] === 'well' ? ['note'] : ['fault'])
  }

  const [tone, heard] = await Promise.all([serviced(live, cluster, { do: 'tone', policy: 'ca-ngay' }), serviced(live, cluster, { do: 'listen' })])
  t.match(tone, { state: 'done' }, JSON.stringify(tone))
  t.ok(Number(tone.facts['playedMs']) > 8_000, JSON.stringify(tone.facts))
  t.ok(Number(heard.facts['level']) > -50, `what is played is heard: ${String(heard.facts['level'])} dBFS`)
  t.ok((heard.file?.bytes ?? 0) > 5_000 && (heard.file?.bytes ?? 0) <= 40_000, `${String(heard.file?.bytes)} bytes`)
  const sound = await fetch(`${live.server.url}/api/v1${heard.file?.path ?? ''}`, { headers: { authorization: `Bearer ${live.server.token}` } })
  t.equal(Buffer.from(await sound.arrayBuffer()).subarray(0, 4).toString(), 'OggS')
  t.equal(live.server.stores.evidence.between(0 as never, 4e12 as never).length, 0, 'a test tone is no programme')

  const bundle = await serviced(live, cluster, { do: 'log' })
  const file = await fetch(`${live.server.url}/api/v1${bundle.file?.path ?? ''}`, { headers: { authorization: `Bearer ${live.server.token}` } })
  const text = gunzipSync(Buffer.from(await file.arrayBuffer())).toString()
  t.match(text, /"do":"tone"/)
  t.notMatch(text, new RegExp(claim.split('.')[0] ?? 'x'), 'no claim, no password')

  const last = await live.ask(`POST /clusters/${cluster}/services`, { do: 'restart' })
  const { id } = last.body as ServiceView
  t.equal(await box.ended, 0, 'it ended in good order')
  box = startProgram('agent/main.ts', env)
  t.ok(await eventually(async () => ((await live.ask(`GET /services/${id}`)).body as ServiceView).state === 'done', 60_000), 'and tells of it after the start')

  // the same order once more, as somebody who has copied it would send it: only its answer comes
  live.server.deps.events.tell({ kind: 'service.ordered', at: live.server.deps.clock.wall(), areas: [], subject: cluster, detail: { service: id } })
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  t.equal(box.child.exitCode, null, 'replayed, it does nothing')
})
