import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { finishedEverywhere, newerState, UNREACHED_AFTER_MS, verdictOf } from '../../server/core/emergency-verdict.ts'
import { emergencyOfSlot, type EmergencyClusterRow, type HeardState } from '../../server/core/emergency-record.ts'

const NOW = wallMs(1_800_000_000_000)
const heard = (state: HeardState['state'], at = 0, rev = 1): HeardState => ({ state, at: wallMs(NOW + at), rev, level: null, why: null })

t.test('what counts of two answers, in whatever order they come', async (t) => {
  const rows: readonly (readonly [HeardState, HeardState, HeardState['state'], string])[] = [
    [heard('received'), heard('sounding', 5), 'sounding', 'the later one'],
    [heard('sounding', 5), heard('received', 0), 'sounding', 'also when it comes first'],
    [heard('sounding', 5), heard('received', 9, 2), 'sounding', 'a newer order that was received is no news of the sound'],
    [heard('sounding', 5), heard('waiting', 9, 2), 'waiting', 'but one that waits is'],
    [heard('failed', 5), heard('sounding', 9, 2), 'sounding', 'who failed at first may sound after all'],
    [heard('finished', 5, 2), heard('sounding', 9, 1), 'finished', 'an old revision says nothing more'],
    [heard('sounding', 5), heard('finished', 5), 'finished', 'at one instant the one that is further on'],
    [heard('sounding', 5), heard('sounding', 5), 'sounding', 'twice is once'],
  ]
  for (const [known, said, state, what] of rows) t.equal(newerState(known, said).state, state, what)
})

t.test('a cluster is unreached when nothing was heard of it for thirty seconds, and is mended by its first word', async (t) => {
  const at = (ms: number): { acceptedAt: typeof NOW; now: typeof NOW } => ({ acceptedAt: NOW, now: wallMs(NOW + ms) })
  t.match(verdictOf(null, at(0)), { verdict: 'ordered', at: NOW })
  t.match(verdictOf(null, at(UNREACHED_AFTER_MS - 1)), { verdict: 'ordered' })
  t.match(verdictOf(null, at(UNREACHED_AFTER_MS)), { verdict: 'unreached', at: NOW + UNREACHED_AFTER_MS })
  t.match(verdictOf(heard('sounding', 90_000), at(90_001)), { verdict: 'sounding', at: NOW + 90_000 })
})

t.test('it is finished when every cluster has sounded the order in force to its end, or was stopped for its place', async (t) => {
  const row = (over: Partial<EmergencyClusterRow>): EmergencyClusterRow => ({ emergency: 'a', cluster: 'c', rev: 2, stopped: null, heard: null, correctedAt: null, ...over })
  const stopped = row({ stopped: { at: NOW, by: 'x', reason: 'y' } })
  t.ok(finishedEverywhere([row({ heard: heard('finished', 0, 2) }), stopped]))
  t.notOk(finishedEverywhere([row({ heard: heard('finished', 0, 1) })]), 'the tone alone was finished')
  t.notOk(finishedEverywhere([row({ heard: heard('finished', 0, 2) }), row({})]), 'one has not been heard of')
  t.notOk(finishedEverywhere([row({ heard: heard('failed', 0, 2) })]), 'who failed may come back')
  t.notOk(finishedEverywhere([]))
})

t.test('slots of emergencies are told from all others', async (t) => {
  t.same(emergencyOfSlot('a.abcd123456'), { id: 'abcd123456', correction: false })
  t.same(emergencyOfSlot('a.abcd123456.c'), { id: 'abcd123456', correction: true })
  for (const slot of ['l.abcd123456', 'a.ABCD', 'a.abc', 'a.abcd.d', 'sang.20261123.0']) t.equal(emergencyOfSlot(slot), null, slot)
})
