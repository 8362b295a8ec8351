import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { EvidenceView } from '../../server/features/evidence/handlers.ts'
import type { ClusterView } from '../../server/features/clusters/view.ts'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { sessionAt, soonMs, startLiveServer, type LiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { levels, readRecording, spansAt, type Span } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'

const work = mkdtempSync(join(tmpdir(), 'tl-orders-'))
const TONE = join(work, 'tone.ogg')
makeOpus(TONE, 'sine=frequency=600:duration=14')
/** Asked for within a second; the machine that tests may be busy. */
const AT_ONCE_MS = 3_000

let live: LiveServer
t.before(async () => void (live = await startLiveServer()))
t.teardown(async () => {
  await live.stop()
  rmSync(work, { recursive: true })
})

async function evidenceOf(cluster: string, session: string, start: number): Promise<EvidenceView | undefined> {
  const { body } = await live.ask(`GET /evidence?date=${civilDate(wallMs(start))}&cluster=${cluster}`)
  return (body as EvidenceView[]).find((row) => row.session === session)
}
async function untilEvidence(cluster: string, session: string, start: number): Promise<EvidenceView | undefined> {
  for (let n = 0; n < 60; n++) {
    const row = await evidenceOf(cluster, session, start)
    if (row && row.reason?.code !== 'not-due-yet') return row
    await sleep(200)
  }
  return undefined
}
const wallLevel = (wav: string, fromMs: number, toMs: number): number => {
  const recording = readRecording(wav)
  const blocks = levels(recording.pcm).slice(Math.round((fromMs - recording.startedAtMs) / 5), Math.round((toMs - recording.startedAtMs) / 5))
  return blocks.reduce((sum, level) => sum + level, 0) / blocks.length
}

t.test('03:15 under the default policy is refused with a plain sentence in both languages', async (t) => {
  const programme = await live.upload(TONE)
  const night = sessionAt(soonMs(0), { id: 'dem', at: '03:15', until: '03:20', days: 'daily', policy: undefined, items: [{ file: programme }] })
  const { status, body } = await live.ask('POST /sessions', night)
  t.equal(status, 422)
  const { error } = body as { error: { en: string; vi: string; code: string } }
  t.match(error, { en: /03:15.*(21:00|05:00)/s, vi: /03:15|giờ/ })
  t.notMatch(JSON.stringify(body), /stack|Error:|\.ts/)
  t.equal((await live.ask('GET /sessions/dem')).status, 404, 'nothing was stored')
})

/** One order of a person while a cluster plays: silence follows at once, and the evidence has the reason. */
async function silencedBy(t: Test, name: string, patch: object, undo: object | null): Promise<{ spans: Span[]; start: number; ordered: number; id: string }> {
  const box = await live.enrolBox(name)
  t.teardown(() => box.stop(true))
  const { cluster: id } = box.identity
  const programme = await live.upload(TONE)
  const start = soonMs(6_000)
  const posted = await live.ask('POST /sessions', sessionAt(start, { id: name, targets: { clusters: [id] }, items: [{ file: programme }] }))
  t.equal(posted.status, 201, JSON.stringify(posted.body).slice(0, 300))
  await sleep(start + 3_000 - Date.now())
  const playing = (await live.ask(`GET /clusters/${id}`)).body as ClusterView
  t.equal(playing.playing?.session, name, 'the cluster says that it plays')
  const ordered = Date.now()
  t.equal((await live.ask(`PATCH /clusters/${id}`, patch)).status, 200)
  await sleep(4_000)
  if (undo) await live.ask(`PATCH /clusters/${id}`, undo)
  await sleep(start + 15_500 - Date.now())
  const spans = spansAt(box.wav)
  t.ok(Math.abs((spans[0]?.fromMs ?? 0) - start) < 250, 'it began on time')
  t.ok((spans[0]?.toMs ?? Infinity) - ordered < AT_ONCE_MS, `silent ${Math.round((spans[0]?.toMs ?? Infinity) - ordered)} ms after the order`)
  return { spans, start, ordered, id }
}

t.jobs = 3
void t.test('stop ends what sounds, for good', { buffered: true }, async (t) => {
  const { spans, start, ordered, id } = await silencedBy(t, 'dung', { stop: true }, null)
  t.equal(spans.length, 1, 'and it does not come back')
  const row = await untilEvidence(id, 'dung', start)
  t.match(row, { rung: 'played', reason: { code: 'stopped' } })
  t.ok(Math.abs((row?.seconds ?? 0) * 1000 - (ordered - start)) < AT_ONCE_MS, 'the seconds are those that sounded')
})

void t.test('mute silences at once, and unmuting lets it go on', { buffered: true }, async (t) => {
  const { spans, start, ordered, id } = await silencedBy(t, 'tat-tieng', { mute: true }, { mute: false })
  t.equal(spans.length, 2, 'it sounds again')
  t.ok((spans[1]?.fromMs ?? 0) - (ordered + 4_000) < AT_ONCE_MS, 'soon after the second order')
  const row = await untilEvidence(id, 'tat-tieng', start)
  t.match(row, { rung: 'played', reason: { code: 'muted' } })
})

void t.test('volume reaches what sounds', { buffered: true }, async (t) => {
  const box = await live.enrolBox('am-luong')
  t.teardown(() => box.stop(true))
  const { cluster: id } = box.identity
  const programme = await live.upload(TONE)
  const start = soonMs(6_000)
  await live.ask('POST /sessions', sessionAt(start, { id: 'am-luong', targets: { clusters: [id] }, items: [{ file: programme }] }))
  await sleep(start + 3_000 - Date.now())
  t.equal((await live.ask(`PATCH /clusters/${id}`, { nowVolume: 10 })).status, 200)
  await sleep(AT_ONCE_MS)
  t.equal((await live.ask(`PATCH /clusters/${id}`, { nowVolume: 0 })).status, 200)
  t.ok(await until(() => Date.now() > start + 10_500, 30_000))
  const [loud, low, none] = [wallLevel(box.wav, start + 1_000, start + 2_500), wallLevel(box.wav, start + 5_300, start + 5_900), wallLevel(box.wav, start + 9_500, start + 10_000)]
  t.ok(loud - low > 10, `from ${Math.round(loud)} to ${Math.round(low)} dBFS`)
  t.ok(none < -80, `volume 0 is silence: ${Math.round(none)} dBFS`)
})
