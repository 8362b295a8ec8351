import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { createMembers } from '../../server/core/incident-members.ts'
import { startSelfTests } from '../../server/features/ears/plugin.ts'
import { createFindings, createSweep } from '../../server/features/incidents/plugin.ts'
import { placedWorld } from '../support/incident-world.ts'

const BOX = 'c000000011'

t.test('a self-test that found a faulty sound card opens one incident, and the next one that is passed closes it', async (t) => {
  const w = await placedWorld(t)
  const { stores, events } = w.deps
  w.place([{ id: BOX, area: '24958' }])
  const stop = startSelfTests({ ...w.deps, clock: { ...w.clock, after: () => () => undefined } })
  t.teardown(stop)
  const sweep = createSweep({ ...w.deps, members: createMembers(stores), findings: createFindings(w.deps) })
  const look = (): void => {
    for (let n = 0; n < 8; n++) {
      w.clock.pass(1_000)
      w.beat(BOX)
      sweep.look()
    }
  }
  const answered = (id: string, st: 'done' | 'failed', sound: string): void => {
    stores.hands.insert({ id, cluster: BOX, kind: 'check', detail: {}, actor: 'server', at: w.clock.wall(), expiresAt: wallMs(w.clock.wall() + 60_000), state: 'ordered', served: null, hasFile: false })
    stores.hands.note(BOX, { id, st, at: w.clock.wall(), facts: { diskWell: true, sound } }, w.clock.wall())
    events.tell({ kind: 'service.answered', at: w.clock.wall(), areas: [], subject: BOX, detail: { service: id } })
  }
  const found = () => stores.incidents.open().filter(({ kind }) => kind === 'self-test')
  look()
  t.same(found(), [])
  answered('0000000001', 'failed', 'swallows')
  look()
  const [incident] = found()
  t.match(found(), [{ severity: 'fault', cause: { kind: 'cluster', id: BOX } }])
  answered('0000000002', 'failed', 'swallows')
  answered('0000000003', 'done', 'not-now')
  look()
  t.same(found().map(({ id }) => id), [incident?.id], 'still the same one')
  answered('0000000004', 'done', 'well')
  look()
  t.same(found(), [], 'the system has seen that it is repaired')
})
