import t from 'tap'
import { createAccess } from '../../server/core/access.ts'
import { ROLES, type Grant, type Identity, type Role } from '../../server/core/identity.ts'
import { ACTIONS, areasWhere, roleMay, type Action } from '../../server/core/permissions.ts'
import type { Stores } from '../../server/core/stores.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'

const NOW = wallMs(Date.UTC(2026, 10, 22, 21))
const areas = [
  { code: '68', name: 'Lâm Đồng', kind: 'province' as const },
  { code: '24958', name: 'Xã Đức Trọng', kind: 'commune' as const, parent: '68' },
  { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet' as const, parent: '24958' },
  { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune' as const, parent: '68' },
]
const stores = { areas: { all: () => areas }, groups: { all: () => [] }, clusters: {}, generations: { places: () => 1 } } as unknown as Stores
const access = createAccess({ clock: { wall: () => NOW, mono: () => monoMs(0), after: () => () => undefined }, stores })
const who = (...grants: Grant[]): Identity => ({ kind: 'person', actor: 'person:x', name: 'X', grants })

/** Where it is done, and whether a grant in the commune 24958 reaches there. */
const PLACES: readonly (readonly [string, readonly string[] | 'all', boolean])[] = [
  ['the own area', ['24958'], true],
  ['an area inside', ['24958-dong'], true],
  ['both', ['24958-dong', '24958'], true],
  ['a neighbour', ['24961'], false],
  ['the own area and a neighbour', ['24958', '24961'], false],
  ['the area above', ['68'], false],
  ['an area that is not there', ['99999'], false],
  ['what stands nowhere', [], false],
  ['the whole station', 'all', false],
]
/** As the table is meant to be read, without the code that reads it. */
const listed = (role: Role, action: Action): boolean => role === 'administrator' || (ACTIONS[action] as readonly string[]).includes(role)

t.test('every role may do in its own area exactly what the table says, and nothing anywhere else', async (t) => {
  for (const action of Object.keys(ACTIONS) as Action[]) {
    for (const role of ROLES) {
      const expected = listed(role, action)
      t.equal(roleMay(role, action), expected, `${role} ${action}`)
      for (const [name, place, inside] of PLACES) {
        const told = `${role} ${action}: ${name}`
        t.equal(access.refusal(who({ role, areas: ['24958'] }), action, place) === null, expected && inside, told)
        t.equal(access.refusal(who({ role, areas: 'all' }), action, place) === null, expected, `${told}, everywhere`)
        t.not(access.refusal(who({ role, areas: ['24958'], until: NOW }), action, place), null, `${told}, until now`)
        t.equal(access.refusal(who({ role, areas: ['24958'], until: wallMs(NOW + 1) }), action, place) === null, expected && inside, `${told}, until soon`)
        if (place !== 'all' && place.length === 1) t.equal(access.sees(who({ role, areas: ['24958'] }), action)(place[0] ?? null), expected && inside, `${told}, in a list`)
      }
    }
    t.same(areasWhere(who(), action, NOW), new Set(), `${action} without a grant`)
  }
})

t.test('rights of several grants add up, and none lends its role to the area of another', async (t) => {
  const two = who({ role: 'technician', areas: ['24958'] }, { role: 'operator', areas: ['24961'] })
  t.equal(access.refusal(two, 'cluster.quieten', ['24958', '24961']), null, 'both roles may')
  t.not(access.refusal(two, 'cluster.write', ['24961']), null)
  t.not(access.refusal(two, 'timetable.publish', ['24958']), null)
  t.equal(access.refusal(two, 'timetable.publish', ['24961']), null)
})

t.test('what is not in the table nobody but an administrator may do', async (t) => {
  for (const role of ROLES) t.equal(roleMay(role, 'person.write'), role === 'administrator')
})
