import t from 'tap'
import { progressOf, waitsForAway, type RolloutRow, type RolloutView } from '../../server/web/app/src/screens/updates/views.ts'

const row = (wave: number, state: RolloutRow['state'], online: boolean): RolloutRow => ({ cluster: `${wave}${state}${online}`, name: 'Cụm', wave, state, online, percent: 0, version: '0.1.0', why: null, vi: '', en: '' })
const rollout = (state: RolloutView['state'], wave: number, clusters: readonly RolloutRow[]): RolloutView => ({ id: 'x', version: '0.2.0', at: '', state, why: null, wave, waves: 3, counts: {}, clusters })

t.test('a rollout waits for clusters that are away only where nobody of the wave is there or has it already', async (t) => {
  t.equal(waitsForAway(rollout('running', 0, [row(0, 'waiting', false), row(1, 'waiting', true)])), true, 'a later wave does not help')
  t.equal(waitsForAway(rollout('running', 0, [row(0, 'waiting', false), row(0, 'downloading', true)])), false, 'one is there')
  t.equal(waitsForAway(rollout('running', 0, [row(0, 'waiting', false), row(0, 'done', true)])), false, 'one has proved it')
  t.equal(waitsForAway(rollout('running', 0, [row(0, 'done', false)])), false, 'all have it')
  t.equal(waitsForAway(rollout('halted', 0, [row(0, 'waiting', false)])), false, 'what is halted waits for a person')
  t.equal(waitsForAway({ ...rollout('running', 0, []) }), false)
})

t.test('how far a rollout has come counts those that could not among all', async (t) => {
  t.same(progressOf({ counts: { done: 3, failed: 1, 'fell-back': 1, waiting: 5 } }), { done: 3, of: 10, wrong: 2 })
  t.same(progressOf({ counts: {} }), { done: 0, of: 0, wrong: 0 })
})
