import t from 'tap'
import { actorName } from '../../server/core/actor-name.ts'
import type { Person } from '../../server/core/person-store.ts'

t.test('whoever did something is called by their name, never by a number', async (t) => {
  const people = { byId: (id: string) => (id === 'p1' ? ({ name: 'Lê Thị Bình' } as Person) : null) }
  t.equal(actorName(people, 'person:p1'), 'Lê Thị Bình')
  t.equal(actorName(people, 'administrator'), 'Quản trị')
  t.equal(actorName(people, 'server'), 'Hệ thống')
  t.equal(actorName(people, 'cap:pctt@tinh.example'), 'pctt@tinh.example')
  t.equal(actorName(people, 'person:gone'), 'person:gone', 'one that is not known stays as it is')
})
