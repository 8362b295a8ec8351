import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fromHex, readGolden } from '../../scripts/gen/golden.ts'
import type { Connect } from '../../agent/core/ports.ts'
import type { Log } from '../../shared/core/log.ts'
import { silentLog } from '../../shared/core/log.ts'
import { TOPIC_NAMES, TOPICS, topicOf, type TopicName } from '../../shared/protocol/topics.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import { hasty, startBox } from '../support/box.ts'
import { below, damaged, seeded } from '../support/damage.ts'
import { openClient, until } from '../support/mqtt-client.ts'
import { spansAt } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { startStation } from '../support/station.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLUSTER = 'c0000000a1'
/** A link that is refused as long as its place is taken. */
const whileFree = (connect: Connect, place: { readonly isFree: boolean }): Connect => (options, events) => {
  if (place.isFree || !options.clientId.endsWith('.aud')) return connect(options, events)
  const no = (): Promise<never> => Promise.reject(new Error('not connected'))
  setTimeout(() => events.down('taken'), 50)
  return { publish: no, subscribe: no, unsubscribe: no, ping: no, close: () => undefined }
}

const SEED = Number(process.env['TL_SEED'] ?? below(Math.random, 1e9))
const ROUNDS = 60

t.test(`damaged messages on every topic, both ways: no crash, no sound, counted (TL_SEED=${SEED})`, async (t) => {
  const random = seeded(SEED)
  const work = mkdtempSync(join(tmpdir(), 'tl-fuzz-'))
  const tone = join(work, 'tone.opus')
  makeOpus(tone, 'sine=frequency=600:duration=3')
  const errors: string[] = []
  const log: Log = { ...silentLog, error: (facts, text) => void errors.push(`${text} ${JSON.stringify(facts)}`) }
  const station = await startStation({ log })
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('tone', tone, 3_000)
  // the place of the box's second connection is taken by one that speaks as a cluster that has gone mad
  const place = { isFree: false }
  const box = await startBox({ url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty, log, between: (connect) => whileFree(connect, place) })
  const mad = await openClient(station.url, { clientId: `${CLUSTER}.aud`, username: CLUSTER, password })
  t.teardown(async () => {
    await mad.end()
    await box.stop(true)
    await station.stop(true)
    rmSync(work, { recursive: true })
  })
  station.soon({ id: 'xa', inMs: 600_000, lengthMs: 60_000, items: [{ file: 'tone' }] })
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 10_000), 'a cluster with a plan and its file')
  const real = utf8(station.stores.plans.current(CLUSTER)?.order ?? '')

  const golden = readGolden(ROOT)
  const goodOnes = (name: TopicName): Uint8Array[] => {
    const own = golden.filter((g) => g.topic === name).flatMap((g) => g.cases.map((c) => fromHex(c.payload ?? '')))
    return TOPICS[name].kind === 'order' ? [...own, real] : own
  }
  const sent: Partial<Record<TopicName, number>> = {}
  const damageAll = async (names: readonly TopicName[]): Promise<void> => {
    for (const name of names) {
      const good = goodOnes(name)
      t.ok(good.length > 0, `${name}: there is a golden message to damage`)
      for (let round = 0; round < ROUNDS; round++) {
        const payload = Buffer.from(damaged(random, good[below(random, good.length)] ?? new Uint8Array([1]))).subarray(0, TOPICS[name].limit)
        if (payload.length === 0) continue
        sent[name] = (sent[name] ?? 0) + 1
        // below the 200 a second at which the broker cuts a flood, which broker-hostile.test.ts is about
        await sleep(8)
        if (TOPICS[name].from === 'agent') await mad.publish(topicOf(name, CLUSTER), payload, { qos: 1 })
        else if (TOPICS[name].kind === 'stream') station.broker.link.streams.sendTo(CLUSTER, payload)
        else await station.broker.link.publish(topicOf(name, CLUSTER), payload, { qos: 1, retain: false })
      }
    }
  }
  await damageAll(TOPIC_NAMES.filter((name) => TOPICS[name].kind !== 'stream'))
  t.notOk(mad.closed(), 'the broker let all of them through')
  await mad.end()
  place.isFree = true
  t.ok(await until(() => station.broker.stats().clients === 2, 15_000), 'the box has both its connections')
  await damageAll(TOPIC_NAMES.filter((name) => TOPICS[name].kind === 'stream'))
  // some damaged reports still are reports: one refusal more makes the real agent say its own count last
  await sleep(1_500)
  await station.broker.link.publish(topicOf('plan', CLUSTER), utf8('x'), { qos: 1, retain: false })
  await until(() => (station.stores.presence.byCluster(CLUSTER)?.refused.malformed ?? 0) > ROUNDS)

  const dropped = Object.fromEntries(station.fleet.dropped)
  for (const name of TOPIC_NAMES.filter((n) => TOPICS[n].from === 'agent')) {
    const count = Object.entries(dropped).reduce((sum, [what, n]) => sum + (what.startsWith(`${name} `) ? n : 0), 0)
    t.ok(count > ROUNDS / 6, `${name}: ${count} of ${sent[name]} were dropped and counted`)
  }
  t.same(Object.keys(dropped).filter((what) => what.endsWith(' failed')), [], 'none reached so deep that a handler threw')
  const refused = station.stores.presence.byCluster(CLUSTER)?.refused ?? {}
  const total = Object.values(refused).reduce((sum: number, n) => sum + Number(n), 0)
  t.ok((refused.malformed ?? 0) > 0 && (refused.unsigned ?? 0) > 0, `the cluster counted ${JSON.stringify(refused)}`)
  t.ok(total > ROUNDS * 4, `nearly all of ${ROUNDS * 5} were refused: ${total}`)
  t.same(errors, [], 'nothing that deserves an error in the log')
  t.same(spansAt(box.wav), [], 'nothing sounded')
  t.notOk(box.power.some((p) => p.on), 'the amplifier was never on')

  const start = station.soon({ id: 'sau', inMs: 5_000, lengthMs: 3_000, items: [{ file: 'tone' }] })
  await sleep(start + 4_500 - Date.now())
  const spans = spansAt(box.wav)
  t.equal(spans.length, 1, 'afterwards a real session sounds')
  t.ok(Math.abs((spans[0]?.fromMs ?? 0) - start) < 250, 'on time')
  t.ok(await until(() => station.stores.evidence.between(start, (start + 1) as never).length === 1), 'and its evidence is taken')
})
