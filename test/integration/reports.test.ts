import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { inCommune, type Bulletin } from '../../server/core/bulletin.ts'
import type { Report } from '../../server/core/report-model.ts'
import type { RowPageView } from '../../server/features/reports/handlers.ts'
import { playProvince } from '../../scripts/province/play.ts'
import { ask, serverWorld, type ServerWorld } from '../support/server-world.ts'

/** Three days of five communes before the clock of the world. */
const folder = mkdtempSync(join(tmpdir(), 'tl-reports-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const COMMUNE = '24000'
const API = '/api/v1'
let world: ServerWorld

t.before(async () => {
  playProvince({ folder, size: { seed: 'reports', communes: 5, clusters: 30, firstDay: dayNumberOf('2026-11-20'), days: 3 } }).close()
  world = await serverWorld(t, {}, folder)
})

t.test('every figure of a report leads to its rows, and they add up to it', async (t) => {
  const report = (await ask(world.app, `GET ${API}/reports/2026-11?area=${COMMUNE}`)).body as Report
  t.equal(report.area.name, 'Xã 1')
  let traced = 0
  for (const id of ['sources', 'classes', 'languages']) {
    for (const [, , , , planned, played] of report.sections.find((section) => section.id === id)?.rows ?? []) {
      const page = (await ask(world.app, `GET ${API}${planned?.trace}&limit=7`)).body as RowPageView
      t.same([page.all?.plannedMinutes, page.all?.playedMinutes], [planned?.value, played?.value], planned?.trace ?? '')
      traced++
    }
  }
  t.ok(traced >= 5)
  for (const [, slots] of report.sections.find((section) => section.id === 'evidence')?.rows ?? []) t.equal(((await ask(world.app, `GET ${API}${slots?.trace}`)).body as RowPageView).all?.rows, slots?.value)
  for (const [, slots, ms] of report.sections.find((section) => section.id === 'reasons')?.rows ?? []) {
    const { all } = (await ask(world.app, `GET ${API}${slots?.trace}`)).body as RowPageView
    t.same([all?.rows, Math.round(10 * ((all?.plannedMinutes ?? 0) - (all?.playedMinutes ?? 0)))], [slots?.value, Math.round(10 * Number(ms?.value))], slots?.trace ?? '')
  }
  const sessions = report.sections[0]?.rows.slice(1, 5) ?? []
  for (const [, cell] of sessions) t.equal(String(((await ask(world.app, `GET ${API}${cell?.trace}`)).body as { sessions: unknown[] }).sessions.length), cell?.value)
})

t.test('bulletins are counted where and when they came, were read and sounded', async (t) => {
  const { stores } = world.deps
  const at = wallMs(Date.parse('2026-11-21T08:00:00+07:00'))
  const bulletin = (id: string, receivedAt: typeof at, document: boolean): void => {
    const doc: Bulletin = { id, sender: 'source:so', senderName: 'Sở', external: id, version: 1, fingerprint: id, class: 'normal', title: id, text: 'x', language: 'vi', areas: [COMMUNE], validUntil: null, deadline: null, receivedAt, correctedAt: null, withdrawnAt: null, withdrawnReason: null, programme: null, document: document ? { file: 'f', name: 'f.pdf', kind: 'pdf', bytes: 9 } : null, emergency: null }
    stores.bulletins.insert(doc, [inCommune(id, COMMUNE, receivedAt)])
  }
  bulletin('b1', at, true)
  bulletin('b2', at, false)
  bulletin('b3', wallMs(at - 40 * 86_400_000), false)
  stores.bulletins.noteReader('b1', { commune: COMMUNE, person: 'p', name: 'P', at })
  stores.bulletins.saveCommune({ ...inCommune('b2', COMMUNE, at), airedAt: at })
  const counted = async (period: string, area: string): Promise<unknown> =>
    ((await ask(world.app, `GET ${API}/reports/${period}?area=${area}`)).body as Report).sections.find(({ id }) => id === 'bulletins')?.rows.map(([, cell]) => cell?.value)
  t.same(await counted('2026-11', COMMUNE), ['2', '1', '1', '1'])
  t.same(await counted('2026', COMMUNE), ['3', '1', '1', '1'])
  const other = stores.areas.all().find(({ code, kind }) => kind === 'commune' && code !== COMMUNE)?.code ?? ''
  t.same(await counted('2026-11', other), ['0', '0', '0', '0'], 'not in the next commune')
})

t.test('rows come in pages that follow each other without a gap and without doubles', async (t) => {
  const seen: string[] = []
  let after = ''
  for (let page = 0; page < 100; page++) {
    const { rows, next, all } = (await ask(world.app, `GET ${API}/reports/rows?area=${COMMUNE}&period=2026-11-21&limit=33${after}`)).body as RowPageView
    seen.push(...rows.map(({ cluster, slot }) => `${cluster} ${slot}`))
    if (next === null) {
      t.equal(seen.length, all?.rows)
      break
    }
    after = `&after=${next}`
  }
  t.equal(new Set(seen).size, seen.length)
  t.ok(seen.length > 100)
})

t.test('a report comes as PDF, DOCX, XLSX and CSV under the heading of the area', async (t) => {
  const heading = { form: 'party', superior: 'ĐẢNG BỘ TỈNH', issuer: 'ĐẢNG ỦY XÃ MỘT', place: 'Xã Một', position: 'BÍ THƯ', signer: 'Nguyễn Văn Ưởng' }
  t.match(await ask(world.app, `PUT ${API}/areas/${COMMUNE}/report-heading`, heading), { status: 200, body: heading })
  t.match((await ask(world.app, `GET ${API}/areas/${COMMUNE}/report-heading`)).body, heading)
  for (const [form, begins, type] of [['pdf', '%PDF-', 'application/pdf'], ['docx', 'PK', 'wordprocessingml'], ['xlsx', 'PK', 'spreadsheetml'], ['csv', '\ufeff', 'text/csv']] as const) {
    const response = await world.app.inject({ method: 'GET', url: `${API}/reports/2026-q4?area=${COMMUNE}&form=${form}`, headers: { authorization: 'Bearer token-of-the-administrator' } })
    t.equal(response.statusCode, 200, form)
    t.match(response.headers['content-type'], type)
    t.match(response.headers['content-disposition'], `bao-cao-${COMMUNE}-2026-q4.${form}`)
    t.ok(response.rawPayload.toString('utf8').startsWith(begins), form)
    t.ok(response.rawPayload.length > 1_000)
  }
  const log = await ask(world.app, `GET ${API}/reports/log.csv?area=${COMMUNE}&period=2026-11-20`)
  t.equal(log.text.trim().split('\r\n').length, 1 + 20, 'two sessions of ten items')
  t.match(log.text, /Tiếp âm VOV1: Thời sự/)
  t.match(await ask(world.app, `DELETE ${API}/areas/${COMMUNE}/report-heading`), { status: 200 })
  t.equal((await ask(world.app, `GET ${API}/areas/${COMMUNE}/report-heading`)).body, null)
})

t.test('what a person confirms is the highest rung, and the report follows', async (t) => {
  const { rows } = (await ask(world.app, `GET ${API}/reports/rows?area=${COMMUNE}&period=2026-11-22&rung=played&limit=1`)).body as RowPageView
  const [row] = rows
  t.ok(row)
  t.match(await ask(world.app, `POST ${API}/reports/confirmations`, { cluster: row?.cluster, slot: row?.slot, note: 'Nghe rõ' }), { status: 201, body: { rung: 'confirmed' } })
  world.clock.pass(10_000)
  const report = (await ask(world.app, `GET ${API}/reports/2026-11-22?area=${COMMUNE}`)).body as Report
  t.equal(report.sections.find(({ id }) => id === 'evidence')?.rows[4]?.[1]?.value, 1)
  t.match(await ask(world.app, `POST ${API}/reports/confirmations`, { cluster: row?.cluster, slot: 'nothing.0' }), { status: 404, body: { error: { code: 'no-such-row' } } })
})

t.test('an inspector sees what the link says and nothing else, hears the sound behind a row, and leaves a trace', async (t) => {
  const order = { area: COMMUNE, from: '2026-11-20', to: '2026-11-21', name: 'Thanh tra Sở', purpose: 'Kiểm tra định kỳ', days: 7 }
  const made = await ask(world.app, `POST ${API}/reports/shares`, order)
  t.match(made, { status: 201, body: { token: /^[\w-]{43}$/, area: COMMUNE } })
  const { token, id } = made.body as { token: string; id: string }
  const look = (path: string) => ask(world.app, `GET ${API}/inspect/${token}${path}`, undefined, { authorization: '' })
  t.match(await look(''), { status: 200, body: { area: COMMUNE, from: '2026-11-20', to: '2026-11-21' } })
  t.match(await look('/reports/2026-11-21'), { status: 200, body: { area: { code: COMMUNE } } })
  t.match(await look('/reports/log?period=2026-11-20'), { status: 200 })
  t.match(await look('/reports/2026-11'), { status: 403, body: { error: { code: 'outside-link', vi: /\S/ } } })
  t.match(await look('/reports/2026-11-21?area=24001'), { status: 403 })
  t.match(await look('/reports/rows?period=2026-11-21&area=68'), { status: 403 })
  const { rows } = (await look('/reports/rows?period=2026-11-21&source=own&limit=1')).body as RowPageView
  const page = await world.deps.reports.run('rows', { area: COMMUNE, from: dayNumberOf('2026-11-21'), to: dayNumberOf('2026-11-21'), now: world.clock.wall(), limit: 1, filter: { source: 'own' } })
  const sha = page.rows[0]?.evidence.planned?.media ?? ''
  const sound = `/reports/rows/${rows[0]?.cluster}/${rows[0]?.slot}/audio`
  t.match(await look(sound), { status: 404, body: { error: { code: 'no-sound' } } }, 'a file that is gone is told')
  world.media.set(sha, Buffer.from('OggS the very sound'))
  t.equal((await look(sound)).text, 'OggS the very sound')
  const uses = world.deps.stores.auditPages.page({ actor: `link:${id}`, most: 100 })
  t.equal(uses.length, 9, 'each use is in the audit log, also those that were refused')
  t.match(uses[0], { action: 'report.inspect', subject: COMMUNE, detail: { use: /audio/ } })
  t.match(await ask(world.app, `DELETE ${API}/reports/shares/${id}`), { status: 200, body: { revokedAt: /2026/ } })
  t.match(await look(''), { status: 410 })
  t.match(await ask(world.app, `GET ${API}/inspect/${'A'.repeat(43)}`, undefined, { authorization: '' }), { status: 410 })
  const second = (await ask(world.app, `POST ${API}/reports/shares`, { ...order, days: 1 })).body as { token: string }
  world.clock.pass(86_400_001)
  t.match(await ask(world.app, `GET ${API}/inspect/${second.token}`), { status: 410 }, 'it expires by itself')
})

t.test('bad questions are told in both languages', async (t) => {
  for (const [question, status, body] of [
    ['GET /reports/2026-13', 400], ['GET /reports/2026-02-30', 400], ['GET /reports/20x6', 400], ['GET /reports/2030', 422], ['GET /reports/2026-11?form=doc', 400], ['GET /reports/2026-11?area=99999', 404], ['GET /reports/2026-11?area=x', 400],
    ['GET /reports/2020-01-01..2026-01-01', 400], ['GET /reports/rows?period=2026-11&colour=red', 400], ['GET /reports/rows', 400], ['GET /reports/rows?period=2026-11&cluster=x', 400], ['GET /reports/rows?period=2026-11&after=x', 400],
    ['GET /reports/sessions?period=2026-11&verdict=fine', 400], ['GET /reports/log?period=x2026', 400], ['GET /reports/log.csv?area=24000', 400], ['GET /reports/rows/0000000000/sang.0/audio', 404],
    ['PUT /areas/24000/report-heading', 400, { form: 'royal', issuer: 'x', place: 'x', position: 'x' }], ['PUT /areas/99999/report-heading', 404, { form: 'state', issuer: 'x', place: 'x', position: 'x' }], ['GET /areas/99999/report-heading', 404],
    ['POST /reports/shares', 400, { area: '24000', from: '2026-11-20', to: '2026-11-21', name: 'x', purpose: 'x', days: 31 }], ['POST /reports/shares', 422, { area: '24000', from: '2026-11-21', to: '2026-11-20', name: 'x', purpose: 'x', days: 1 }],
    ['POST /reports/shares', 404, { area: '99999', from: '2026-11-20', to: '2026-11-21', name: 'x', purpose: 'x', days: 1 }], ['DELETE /reports/shares/AAAAAAAAAAAA', 404], ['GET /inspect/short', 400],
    ['POST /reports/confirmations', 404, { cluster: 'zzzzzzzzzz', slot: 's.0' }], ['POST /reports/confirmations', 400, {}],
    ['GET /results?limit=x', 400], ['GET /sessions/none/results/2026-11-22T05:30', 404], ['GET /sessions/sang-24000/results/2026-11-31T05:30', 400], ['GET /sessions/sang-24000/results/2026-11-22T05:31', 404], ['GET /sessions/sang-24000/results/yesterday', 400],
  ] as const) {
    const [method, path] = question.split(' ') as [string, string]
    t.match(await ask(world.app, `${method} ${API}${path}` as never, body), { status, body: { error: { en: /\S/, vi: /\S/ } } }, `${question} ${JSON.stringify(body ?? '')}`)
  }
})

t.test('what sounded days ago can be confirmed by when it was due', async (t) => {
  world.clock.pass(9 * 86_400_000)
  const [older] = ((await ask(world.app, `GET ${API}/reports/rows?area=${COMMUNE}&period=2026-11-22&rung=played&limit=1`)).body as RowPageView).rows
  t.match(await ask(world.app, `POST ${API}/reports/confirmations`, { cluster: older?.cluster, slot: older?.slot, due: Date.parse(older?.plannedStart ?? '') }), { status: 201 }, 'by when it was due')
})
