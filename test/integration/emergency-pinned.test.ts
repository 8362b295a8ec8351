import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CLIP, startAlertPair } from '../support/alert-pair.ts'
import { until } from '../support/mqtt-client.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'

const work = mkdtempSync(join(tmpdir(), 'tl-pinned-'))
const SIREN = join(work, 'siren.ogg')
makeOpus(SIREN, 'sine=frequency=700:duration=3')

const { live, east, west, raise, stop } = await startAlertPair()
t.teardown(async () => {
  await stop()
  rmSync(work, { recursive: true })
})

t.test('a cluster that says it lacks a pinned file is told how it comes, and is shown', async (t) => {
  const pinned = (await live.ask('GET /pinned-clips')).body as { programme: string; name: string; missing: { name: string }[] }[]
  t.ok(pinned.length >= 7, 'the station’s own sounds and words')
  const clip = live.server.stores.programmes.byKey('chime:bao-yen')
  if (!clip) throw new Error('no clip')
  await west.lack([clip.sha])
  await sleep(300)
  const shown = (await live.ask('GET /pinned-clips')).body as typeof pinned
  t.same(shown.find((one) => one.name === 'bao-yen')?.missing, [{ cluster: west.cluster, name: 'Thôn Đoài' }])
  const { id } = await raise()
  t.ok(await until(() => east.newest(id) !== undefined && west.newest(id) !== undefined))
  t.match(west.newest(id)?.parts.at(-1), { m: clip.sha, b: clip.bytes, s: /^~/ })
  t.notOk('s' in (east.newest(id)?.parts.at(-1) ?? {}))
  t.ok(await until(() => west.packets(west.newest(id)?.parts.at(-1)?.s ?? '').at(-1)?.last === true), 'it is sent the clip')
  t.equal(east.packets(west.newest(id)?.parts.at(-1)?.s ?? '').length, 0, 'and only it')
  await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
})

t.test('a programme can be pinned in a language of the area, and then sounds 0.7 s after acceptance where it is understood', async (t) => {
  t.equal((await live.ask(`PATCH /clusters/${east.cluster}`, { languages: ['cjm', 'vi'] })).status, 200)
  const programme = await live.upload(SIREN)
  const before = await raise({ messages: [CLIP, { programme, language: 'cjm' }] })
  t.equal(Date.parse(before.startAt) - Date.parse(before.acceptedAt), 2_000, 'not on the clusters yet')
  t.ok(await until(() => east.newest(before.id) !== undefined && west.newest(before.id) !== undefined))
  t.match(east.newest(before.id)?.parts, [{ m: String }, { m: String, s: String }, { m: String }], 'the tone, the alert of the hamlet, then Vietnamese, whichever was named first')
  t.equal(east.newest(before.id)?.parts.length, 3)
  t.equal(west.newest(before.id)?.parts.length, 2, 'who does not understand it hears the tone and Vietnamese')
  t.ok(await until(() => east.packets(`~${before.id}1`).at(-1)?.last === true, 20_000))
  t.equal(west.packets(`~${before.id}1`).length, 0, 'and pays nothing for it')

  t.equal((await live.ask(`PUT /pinned-clips/${programme}`, { language: 'cjm', area: '99999' })).status, 422)
  t.match((await live.ask('GET /pinned-clips/languages')).body, [{ language: 'cjm', clusters: 1, without: [{ cluster: east.cluster }] }, { language: 'vi', clusters: 2 }], 'a missing one is shown')
  t.match(await live.ask(`PUT /pinned-clips/${programme}`, { language: 'cjm' }), { status: 200, body: { language: 'cjm', area: null, clusters: 1 } })
  t.match((await live.ask('GET /pinned-clips/languages')).body, [{ language: 'cjm', clusters: 1, without: [] }, { language: 'vi' }])
  const after = await raise({ messages: [{ programme }, CLIP] })
  t.equal(Date.parse(after.startAt) - Date.parse(after.acceptedAt), 700)
  t.ok(await until(() => east.newest(after.id) !== undefined && west.newest(after.id) !== undefined))
  t.same(east.newest(after.id)?.parts.map((part) => Object.keys(part).toSorted().join()), ['m,ms', 'm,ms', 'm,ms'], 'a clip names its language itself')
  t.equal(west.newest(after.id)?.parts.length, 2)
  const only = await raise({ messages: [{ programme }] })
  t.ok(await until(() => west.newest(only.id) !== undefined))
  t.match(west.newest(only.id)?.parts, [{ m: String }, { m: String, s: String }], 'what has nothing for them sounds all the same, and comes as a clip')
  t.equal((await live.ask(`DELETE /pinned-clips/${programme}`)).status, 200)
  await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
})
