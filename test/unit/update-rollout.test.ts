import t from 'tap'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { isQuietAround, QUIET_AROUND_MS } from '../../server/core/update-quiet.ts'
import { inWaves, LINK_BLAMED_MS, MISSING_AFTER_MS, OFFLINE_AFTER_MS, STAND_IN_AFTER_MS, stepRollout, waveSizes, type RolloutView } from '../../server/core/update-rollout.ts'
import type { Rollout, RolloutRow } from '../../server/core/update-store.ts'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import type { Slot } from '../../shared/core/slot.ts'

const NOW = wallMs(1_795_384_800_000)
const MINUTE = 60_000
const rollout = (over: Partial<Rollout> = {}): Rollout => ({
  id: 'r', release: 'm', actor: 'administrator', at: NOW, state: 'running', why: null, changedAt: NOW, wave: 0, waves: 4, healthyMs: 10 * MINUTE, throughSession: false, spreadMs: 0, ...over,
})
const row = (cluster: string, over: Partial<RolloutRow> = {}): RolloutRow => ({ rollout: 'r', cluster, wave: 0, rev: 1, state: 'waiting', why: null, since: NOW, permille: 0, before: null, excused: false, ...over })
const view = (over: Partial<RolloutView> = {}): RolloutView => ({ now: NOW, offlineSince: () => null, isSpared: () => false, toldToGo: () => false, hasIncidentSince: () => false, mayGo: () => true, soundedSince: () => true, ...over })
const at = (ms: number): WallMs => wallMs(NOW + ms)

t.test('one goes first, or one in twenty, and every cluster is in one wave', async (t) => {
  t.same(waveSizes(1), [1])
  t.same(waveSizes(2), [1, 1])
  t.same(waveSizes(14), [1, 2, 4, 7])
  t.same(waveSizes(200), [10, 30, 60, 100])
  t.same(waveSizes(200, 3), [3, 30, 60, 107])
  for (let n = 1; n < 400; n++) {
    t.equal(waveSizes(n).reduce((a, b) => a + b), n)
    t.ok(waveSizes(n).every((size) => size > 0))
  }
  t.same(inWaves(['a', 'b', 'c', 'd']).map(({ wave }) => wave), [0, 1, 2, 3])
})

t.test('a cluster goes over when it is ready and nothing sounds near', async (t) => {
  const rows = [row('a', { state: 'ready' }), row('b', { state: 'ready' }), row('c', { state: 'downloading' }), row('d', { wave: 1, state: 'ready' })]
  t.same(stepRollout(rollout(), rows, view({ mayGo: (id) => id !== 'b' })), { next: null, go: ['a'] })
})

t.test('the next wave begins when all of this one are well for long enough', async (t) => {
  const rows = [row('a', { state: 'done' }), row('b', { wave: 1, rev: 0 })]
  t.equal(stepRollout(rollout(), rows, view({ now: at(10 * MINUTE - 1) })).next, null)
  t.same(stepRollout(rollout(), rows, view({ now: at(10 * MINUTE) })).next, { state: 'running', wave: 1 })
  t.equal(stepRollout(rollout(), [row('x', { state: 'downloading' }), ...rows], view({ now: at(HOURS) })).next, null, 'one still downloads')
  t.same(stepRollout(rollout(), [row('x', { state: 'downloading' }), ...rows], view({ now: at(HOURS), offlineSince: (id) => (id === 'x' ? NOW : null) })).next, { state: 'running', wave: 1 }, 'one that is away is not waited for')
  t.same(stepRollout(rollout(), [row('x', { state: 'waiting' }), ...rows], view({ now: at(HOURS), isSpared: (id) => id === 'x' })).next, { state: 'running', wave: 1 }, 'nor one whose SIM is spared')
  t.same(stepRollout(rollout(), [row('x', { state: 'downloading', why: 'budget' }), ...rows], view({ now: at(HOURS) })).next, { state: 'running', wave: 1 }, 'nor one that has fetched what it may of the day')
  t.equal(stepRollout(rollout({ throughSession: true }), rows, view({ now: at(HOURS), soundedSince: () => false })).next, null, 'the first ones have not sounded yet')
})
const HOURS = 5 * 60 * MINUTE

t.test('where the whole wave is held and proves nothing, another cluster is taken into it', async (t) => {
  const rows = [row('a', { state: 'downloading', why: 'budget' }), row('b', { wave: 1, rev: 0 }), row('c', { wave: 1, rev: 0 }), row('d', { wave: 2, rev: 0 })]
  const later = at(STAND_IN_AFTER_MS + 1)
  const standIn = (own: Partial<RolloutRow>, over: Partial<RolloutView> = {}): string | undefined => stepRollout(rollout(), [row('a', own), ...rows.slice(1)], view({ now: later, ...over })).standIn
  t.equal(standIn({ state: 'downloading', why: 'budget' }), 'b')
  t.equal(standIn({ state: 'downloading', why: 'budget' }, { now: at(STAND_IN_AFTER_MS) }), undefined, 'not at once')
  t.equal(standIn({}, { isSpared: (id) => id === 'a' || id === 'b' }), 'c', 'nor one that is held itself')
  t.equal(standIn({}, { offlineSince: (id) => (id === 'a' ? NOW : null) }), 'b')
  t.equal(standIn({}, { offlineSince: (id) => (id === 'a' ? at(STAND_IN_AFTER_MS) : null) }), undefined, 'its link was lost a moment ago')
  t.equal(standIn({ state: 'downloading' }), undefined, 'it is under way')
  t.equal(standIn({ state: 'trial' }, { offlineSince: () => NOW, now: at(MISSING_AFTER_MS) }), undefined)
  t.equal(standIn({ state: 'failed', why: 'no-space' }), undefined, 'settled, and a person decides')
  const proved = [...rows, row('e', { state: 'done' })]
  t.equal(stepRollout(rollout(), proved, view({ now: at(MINUTE) })).standIn, undefined)
  t.same(stepRollout(rollout({ wave: 1, waves: 2 }), [row('a', { why: 'budget', state: 'downloading' }), row('b', { state: 'done' })], view({ now: at(HOURS) })).next, null, 'a wave that was emptied so is no hindrance, and it is over when the first has come too')
  t.same(stepRollout(rollout({ wave: 1, waves: 2 }), [row('a', { state: 'done' }), row('b', { state: 'done' })], view({ now: at(HOURS) })).next, { state: 'done', wave: 1 })
})

t.test('a canary that falls back halts it at once', async (t) => {
  const rows = [row('a', { state: 'fell-back', why: 'crashed' }), row('b', { state: 'ready' }), row('c', { wave: 1, rev: 0 })]
  t.same(stepRollout(rollout(), rows, view()), { next: { state: 'halted', why: 'fell', clusters: ['a'] }, go: [] })
})

t.test('a cluster that does not come back, has an incident or goes away halts it', async (t) => {
  const next = (own: Partial<RolloutRow>, over: Partial<RolloutView>): unknown => stepRollout(rollout(), [row('a', own), row('b', { wave: 1, rev: 0 })], view(over)).next
  t.equal(next({ state: 'trial' }, { now: at(MISSING_AFTER_MS) }), null)
  t.match(next({ state: 'trial' }, { now: at(MISSING_AFTER_MS + 1) }), { state: 'halted', why: 'missing' })
  t.match(next({ state: 'done' }, { hasIncidentSince: () => true }), { state: 'halted', why: 'incident' })
  t.match(next({ state: 'done' }, { now: at(OFFLINE_AFTER_MS + 2_000), offlineSince: () => at(1_000) }), { state: 'halted', why: 'offline' })
  t.equal(next({ state: 'done' }, { now: at(OFFLINE_AFTER_MS), offlineSince: () => at(1_000) }), null, 'a flap')
  t.match(next({ state: 'done', since: at(-LINK_BLAMED_MS) }, { now: at(HOURS), offlineSince: () => at(1_000) }), { state: 'running' }, 'hours later it is the link, and not the release')
  const told = { toldToGo: () => true, offlineSince: () => NOW }
  t.equal(next({ state: 'ready' }, { ...told, now: at(MISSING_AFTER_MS) }), null)
  t.match(next({ state: 'ready' }, { ...told, now: at(MISSING_AFTER_MS + 1) }), { state: 'halted', why: 'missing' }, 'told to go, and not heard of since')
  t.equal(next({ state: 'ready' }, { now: at(HOURS), offlineSince: () => NOW }), null, 'it was away before it was told')
  t.equal(next({ state: 'done', excused: true }, { hasIncidentSince: () => true }), null, 'somebody knows, and goes on')
})

t.test('what only says something of the box does not halt it, unless no box could take it', async (t) => {
  const fault = row('a', { state: 'failed', why: 'no-space' })
  t.equal(stepRollout(rollout(), [fault, row('b', { state: 'done' })], view()).next, null)
  t.match(stepRollout(rollout(), [fault], view()).next, { state: 'halted', why: 'nothing-proved' })
})

t.test('of hundreds a few may fail by themselves', async (t) => {
  const rows = Array.from({ length: 200 }, (_, n) => row(`c${n}`, n < 4 ? { state: 'fell-back', why: 'not-well' } : { state: 'done' }))
  t.not((stepRollout(rollout({ waves: 1 }), rows, view()).next as { state?: string } | null)?.state, 'halted')
  const more = rows.map((one, n) => (n === 4 ? row('c4', { state: 'fell-back', why: 'not-well' }) : one))
  t.match(stepRollout(rollout({ waves: 1 }), more, view()).next, { state: 'halted' })
})

t.test('it is over when the last has it and all are well', async (t) => {
  const rows = [row('a', { state: 'done' }), row('b', { wave: 1, state: 'done' })]
  t.same(stepRollout(rollout({ wave: 1, waves: 2 }), rows, view({ now: at(HOURS) })).next, { state: 'done', wave: 1 })
  t.equal(stepRollout(rollout({ wave: 1, waves: 2 }), rows, view({ now: at(MINUTE) })).next, null)
  const away = [row('a', { state: 'done' }), row('b', { wave: 1 })]
  t.equal(stepRollout(rollout({ wave: 1, waves: 2 }), away, view({ now: at(HOURS), offlineSince: (id) => (id === 'b' ? NOW : null) })).next, null, 'it waits for one that is away')
})

t.test('half an hour around a slot and an opening is not quiet', async (t) => {
  const slots = (from: number, to: number): readonly Slot[] => [{ start: at(from), end: at(to) } as Slot]
  const policies = { x: DEFAULT_POLICY }
  t.equal(isQuietAround({ slots: [], policies }, NOW), true)
  t.equal(isQuietAround({ slots: slots(QUIET_AROUND_MS, HOURS), policies }, NOW), true)
  t.equal(isQuietAround({ slots: slots(QUIET_AROUND_MS - 1, HOURS), policies }, NOW), false)
  t.equal(isQuietAround({ slots: slots(-HOURS, -QUIET_AROUND_MS + 1), policies }, NOW), false)
  t.equal(isQuietAround({ slots: slots(-HOURS, -QUIET_AROUND_MS), policies }, NOW), true)
  t.equal(isQuietAround({ slots: slots(-MINUTE, MINUTE), policies }, NOW), false)
  t.equal(isQuietAround({ slots: [], policies: { x: { ...DEFAULT_POLICY, openings: [{ from: NOW + 10 * MINUTE, to: NOW + HOURS, reason: 'bão' }] } } }, NOW), false)
})
