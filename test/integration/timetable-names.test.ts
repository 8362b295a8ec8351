import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { seedTimetable } from '../../server/features/sessions/plugin.ts'
import { renamed, type StationTimetable } from '../../server/web/app/src/screens/begin/station.ts'
import { ROOT } from '../support/tree.ts'
import { ask, serverWorld } from '../support/server-world.ts'

interface Node { readonly code: string; readonly name: string; readonly inForce: boolean; readonly children: Node[] }
const API = '/api/v1'
const standing = (nodes: readonly Node[]): string[] => nodes.filter(({ inForce }) => inForce).flatMap((node) => [`${node.code} ${node.name}`, ...standing(node.children)])

t.test('a new station is named by its first administrator while its programmes are still to come', async (t) => {
  const world = await serverWorld(t)
  const seed = world.deps.timetableYaml.parse(readFileSync(join(ROOT, 'schedules', 'mac-dinh.yaml'), 'utf8'))
  if (!seed.ok) return t.fail('the timetable of a new station cannot be read')
  t.ok(seedTimetable(world.deps, seed.value).ok)
  const before = parse((await ask(world.app, `GET ${API}/timetable.yaml`)).text) as StationTimetable
  const names = { station: 'Đài truyền thanh xã Đức Trọng', today: '2026-11-23', province: { before: '00', code: '68', name: 'Tỉnh Lâm Đồng' }, commune: { before: '00001', code: '24958', name: 'Xã Đức Trọng' } }
  const put = (timetable: object) => world.app.inject({ method: 'PUT', url: `${API}/timetable.yaml`, headers: { authorization: 'Bearer token-of-the-administrator', 'content-type': 'application/yaml' }, payload: JSON.stringify(timetable) })

  const answer = await put(renamed(before, names))
  t.equal(answer.statusCode, 200, answer.body)
  t.same(standing((await ask(world.app, `GET ${API}/areas`)).body as Node[]), ['68 Tỉnh Lâm Đồng', '24958 Xã Đức Trọng'])
  t.match((await ask(world.app, `GET ${API}/timetable.yaml`)).text, /station: Đài truyền thanh xã Đức Trọng/)
  t.match((await ask(world.app, `GET ${API}/sessions`)).body, [{ targets: { areas: ['24958'] } }, { targets: { areas: ['24958'] } }], 'sessions go with their commune')

  const [first, ...others] = before.sessions
  const lacking = await put({ ...renamed(before, names), sessions: [{ ...first, items: [{ folder: 'khong-co' }] }, ...others] })
  t.equal(lacking.statusCode, 422, 'what a file itself brings must be there')
  t.match(lacking.body, /khong-co/)
})
