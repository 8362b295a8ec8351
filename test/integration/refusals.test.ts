import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fakedClock } from '../../agent/adapters/clock.ts'
import { createBodyStore } from '../../server/adapters/body-store.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { loadServerKeys } from '../../server/adapters/key-store.ts'
import { viewsOf, type ClusterView } from '../../server/features/clusters/view.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { MAX_PLAN_INFLATED, packStarts, type PlanBody } from '../../shared/protocol/messages/plan.ts'
import type { SigningKey } from '../../shared/protocol/keys.ts'
import { parseJson, signOrder } from '../../shared/protocol/orders.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { hasty, startBox } from '../support/box.ts'
import { until } from '../support/mqtt-client.ts'
import { realClock } from '../support/real-clock.ts'
import { spansAt } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { startStation, type Station } from '../support/station.ts'

const CLUSTER = 'c0000000a1'
const HOUR_MS = 3_600_000
const crypto = nodeCrypto()
const deflate = nodeDeflate()
const work = mkdtempSync(join(tmpdir(), 'tl-refusals-'))
const TONE = join(work, 'tone.opus')
makeOpus(TONE, 'sine=frequency=600:duration=3')
t.teardown(() => rmSync(work, { recursive: true }))

async function stationWithFile(options: Parameters<typeof startStation>[0] = {}): Promise<{ station: Station; password: string }> {
  const station = await startStation(options)
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('tone', TONE, 3_000)
  return { station, password }
}
const viewOf = (station: Station): ClusterView =>
  viewsOf({ stores: station.stores, clock: realClock }, station.stores.clusters.active())[0] as ClusterView
const refusedOf = (station: Station, why: string): number => viewOf(station).refused[why] ?? 0

interface Forgery {
  readonly rev: number
  readonly start: number
  readonly key?: SigningKey
  readonly target?: string
  readonly exp?: number
}

/** A plan as the station makes them, with one session of three seconds under a policy that allows it; its body is served to whoever asks. */
function forge(station: Station, { rev, start, key = station.keys.orders, target = CLUSTER, exp }: Forgery): string {
  const current = station.stores.plans.current(CLUSTER)
  const plain = current && deflate.inflate(createBodyStore(join(station.folder, 'plans')).read(current.sha) ?? new Uint8Array(), MAX_PLAN_INFLATED)
  const body = parseJson(plain) as PlanBody
  const session = { id: 'gia', policy: 'ca-ngay', len: 60_000, starts: packStarts([start]), items: [{ at: 0, len: 3_000, media: body.media[0]?.sha ?? null, resume: 'from-the-beginning' as const }] }
  const policies = { 'ca-ngay': { label: '', windows: [{ from: 0, to: 86_400 }], quiet: [], warn: [], openings: [], pauses: [], mourning: [], volume: [] } }
  const bytes = deflate.deflate(utf8(JSON.stringify({ ...body, policies, sessions: [session] } satisfies PlanBody)))
  const sha = toBase64Url(crypto.sha256(bytes))
  createBodyStore(join(station.folder, 'plans')).save(sha, bytes)
  return signOrder(crypto, key, { t: 'plan', c: target, iat: Date.now(), exp: exp ?? body.to, rev, sha, len: bytes.length })
}
const send = (station: Station, order: string): Promise<void> => station.broker.link.publish(topicOf('plan', CLUSTER), utf8(order), { qos: 1, retain: false })

async function forgedPlans(t: Test): Promise<void> {
  const { station, password } = await stationWithFile()
  const options = { url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty }
  const first = await startBox(options)
  station.soon({ id: 'xa', inMs: 600_000, lengthMs: 60_000, items: [{ file: 'tone' }] })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 15_000), 'a real plan is in force and its file is held')
  const rev = (): number => station.stores.presence.byCluster(CLUSTER)?.planRev ?? 0
  const start = Math.ceil(Date.now() / 1000) * 1000 + 13_000
  const stranger = loadServerKeys(mkdtempSync(join(work, 'keys-')), crypto, wallMs(Date.now()))
  const replayed = forge(station, { rev: rev() + 1, start })
  await send(station, replayed)
  const high = Date.now() + 60_000
  const taken = rev() + 1
  t.ok(await until(() => rev() === taken), 'a plan of the station’s own key is taken')
  const later = forge(station, { rev: taken + 1, start: start + HOUR_MS })
  await send(station, later)
  t.ok(await until(() => rev() === taken + 1), 'and a newer one takes its place')

  await send(station, forge(station, { rev: high, start, key: stranger.orders }))
  await send(station, forge(station, { rev: high, start, key: station.keys.time }))
  t.ok(await until(() => refusedOf(station, 'unsigned') === 2), 'another key, and a key that is not for orders')
  await send(station, forge(station, { rev: high, start, target: 'c0000000a2' }))
  t.ok(await until(() => refusedOf(station, 'wrong-target') === 1), 'for another cluster')
  await send(station, forge(station, { rev: high, start, exp: Date.now() - 1 }))
  t.ok(await until(() => refusedOf(station, 'expired') === 1), 'past its date')
  await send(station, replayed)
  t.ok(await until(() => refusedOf(station, 'rolled-back') === 1), 'an older one, genuine and played back')
  await first.stop()
  const box = await startBox({ ...options, folder: first.folder })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  t.ok(await until(() => (station.stores.plans.current(CLUSTER)?.rev ?? 0) > taken + 1 && rev() === station.stores.plans.current(CLUSTER)?.rev, 8_000), 'the box starts again, and the station issues what is newer than all it holds')
  t.ok(await until(() => refusedOf(station, 'rolled-back') === 1 && refusedOf(station, 'unsigned') === 0), 'the floor outlives a restart: the copy that the broker retained is older')
  await send(station, replayed)
  t.ok(await until(() => refusedOf(station, 'rolled-back') === 2), 'and so is what is played back')
  t.ok(Date.now() < start, 'all of it came before the session that it carries')
  t.equal(rev(), station.stores.plans.current(CLUSTER)?.rev, 'the plan in force is the station’s own')

  await sleep(start + 1_000 - Date.now())
  const control = Math.ceil(Date.now() / 1000) * 1000 + 5_000
  await send(station, forge(station, { rev: high, start: control }))
  await sleep(control + 4_500 - Date.now())
  const spans = spansAt(box.wav)
  t.same(spans.map((s) => Math.round((s.fromMs - control) / 1000)), [0], 'the forged ones were silent; the same plan under the right key sounds')
}

async function nightSession(t: Test): Promise<void> {
  // 03:14:45 in Viet Nam, whatever the hour of this machine
  const night = Math.floor(Date.now() / 86_400_000) * 86_400_000 + (3 * 3_600 + 14 * 60 + 45 - 7 * 3_600) * 1000
  const clock = fakedClock(realClock, { offsetMs: night - Date.now(), ppm: 0 })
  const { station, password } = await stationWithFile({ clock })
  const box = await startBox({ url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty, clock })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  // past admission, straight into the plan: this is what a broken or captured server would sign
  const days = { once: new Date(night + 7 * HOUR_MS).toISOString().slice(0, 10) }
  station.setSession({ id: 'dem', name: 'Đêm', at: '03:15:00', until: '03:15:30', days, targets: 'all', items: [{ file: 'tone' }, { file: 'tone' }] })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 12_000), 'the cluster took the signed plan and holds the file')
  t.ok(clock.wall() < night + 15_000, 'before it is due')
  t.ok(await until(() => refusedOf(station, 'quiet-hours') === 2, 25_000), 'each item is refused and reported')
  await sleep(1_500)
  t.same(spansAt(box.wav), [], 'nothing sounds')
  t.ok(box.power.every((p) => !p.on), 'the amplifier stays off')
  const slots = station.report(night, night + 60_000)
  t.same(slots.map((s) => [s.rung, s.reason, s.playedMs]), [['sent', 'quiet-hours', 0], ['sent', 'quiet-hours', 0]], 'the evidence says why')
}

async function untrustedClock(t: Test): Promise<void> {
  let silentOnTime = false
  const { station, password } = await stationWithFile({ withhold: (topic) => silentOnTime && topic.endsWith('/time') })
  const options = { url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty }
  const before = await startBox(options)
  const start = station.soon({ id: 'thu', inMs: 10_000, lengthMs: 10_000, items: [{ file: 'tone' }] })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 8_000), 'plan and file are there')
  await before.stop()
  // a box whose RTC forgot everything, and a station that never tells the time
  silentOnTime = true
  rmSync(join(before.folder, 'disk/state/clock'))
  const box = await startBox({ ...options, folder: before.folder })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  t.ok(Date.now() < start - 1_000, 'before it is due')
  await sleep(start + 4_500 - Date.now())
  t.same(spansAt(box.wav), [], 'nothing sounds')
  t.equal(refusedOf(station, 'clock-untrusted'), 1, 'and it says why')
  t.match(viewOf(station), { online: true, clock: { trusted: false } })
}

t.jobs = 3
void t.test('plans that are forged, misdirected, expired, replayed or rolled back are silent and counted', { buffered: true }, forgedPlans)
void t.test('a session in quiet hours is silent on the cluster although the station signed it', { buffered: true }, nightSession)
void t.test('nothing scheduled sounds while the cluster does not know the time', { buffered: true }, untrustedClock)
