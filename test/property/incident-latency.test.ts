import fc from 'fast-check'
import t from 'tap'
import { createLinkMemory, isOffline, noteLinks } from '../../server/core/incident-offline.ts'
import { createWatchMemory, watch, type WatchedIncident } from '../../server/core/incident-watch.ts'
import { explain, type Member } from '../../server/core/incident-cause.ts'
import type { PresenceRecord, PresenceStore } from '../../server/core/stores.ts'
import { createPresence } from '../../server/features/fleet/presence.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'

const T0 = Date.UTC(2026, 10, 22, 22, 30)
const BEAT_MS = 40_000

interface Course {
  /** When it beats, within the 40 s. */
  readonly phaseMs: number
  /** From then on nothing comes. */
  readonly faultMs: number
  /** Where within the second presence and rules look. */
  readonly lookMs: number
  /** The broker tells its last will so long after the fault; null = a black hole, nothing is told. */
  readonly willMs: number | null
}

/** The real presence and the real rules over a virtual clock; answers how long after the fault an incident opened. */
function secondsToScreen({ phaseMs, faultMs, lookMs, willMs }: Course): number | null {
  let now = 0
  const clock: Clock = { wall: () => wallMs(T0 + now), mono: () => monoMs(now), after: () => () => undefined }
  const records = new Map<string, PresenceRecord>()
  const store: PresenceStore = { all: () => [...records.values()], byCluster: (id) => records.get(id) ?? null, upsert: (record) => void records.set(record.cluster, record) }
  const presence = createPresence({ clock, store })
  const [links, memory] = [createLinkMemory(), createWatchMemory()]
  presence.noteHello('c', { boot: 'b', conn: 'x', agent: '1', simulated: true, clock: 5, plan: 0, now: 0, caps: {} } as never)
  for (const end = faultMs + 110_000; now < end; now += 100) {
    if (now < faultMs && now % BEAT_MS === phaseMs) presence.noteBeat('c', { s: 1, t: 0, c: 1000 })
    if (willMs !== null && now === faultMs + willMs) presence.noteGone('c', 'x')
    if (now % 1_000 !== lookMs) continue
    presence.sweep()
    const members = store.all().map(({ cluster, online, lastSeen }): Member => ({ cluster, online, lastSeen, areas: [], carrier: null, cell: null }))
    noteLinks(links, members, clock.wall())
    const conditions = members.filter((m) => isOffline(links, m, clock.wall())).map(({ cluster }) => ({ cluster, kind: 'offline' as const, since: null, en: '', vi: '' }))
    const changes = watch(memory, { now: clock.wall(), members, conditions, open: [], past: () => [], excused: new Set(), unknown: new Set(), sounding: new Set(), told: links.told })
    if (changes.some((change) => change.do === 'open')) return now < faultMs ? -1 : (now - faultMs) / 1_000
  }
  return null
}

const tenth = (max: number) => fc.integer({ min: 0, max: max / 100 - 1 }).map((n) => n * 100)

t.test('whatever the instant of the fault and the phase of the beat, it is an incident within 60 s', async (t) => {
  const seed = Number(process.env.TL_SEED ?? Date.now() % 2 ** 31)
  t.comment(`seed ${seed}`)
  let worst = 0
  fc.assert(
    fc.property(tenth(BEAT_MS), fc.integer({ min: 400, max: 2_000 }).map((n) => n * 100), tenth(1_000), fc.option(tenth(30_000)), (phaseMs, faultMs, lookMs, willMs) => {
      const seconds = secondsToScreen({ phaseMs, faultMs, lookMs, willMs })
      worst = Math.max(worst, seconds ?? Infinity)
      return seconds !== null && seconds >= 0 && seconds <= 60
    }),
    { seed, numRuns: 300 },
  )
  t.comment(`worst ${worst} s`)
  t.ok(worst <= 60)
})

t.test('a link that comes back by itself again and again has more patience, and is on the screen within 100 s', async (t) => {
  const links = createLinkMemory()
  let now = T0
  const member = (online: boolean, lastSeen: number): Member[] => [{ cluster: 'c', online, lastSeen: wallMs(lastSeen), areas: [], carrier: null, cell: null }]
  for (let drop = 0; drop < 3; drop++) {
    now += 120_000
    noteLinks(links, member(false, now - 59_000), wallMs(now))
    now += 20_000
    noteLinks(links, member(true, now), wallMs(now))
  }
  const fault = now
  const offlineAfter = (ms: number): boolean => {
    const gone = member(ms <= 58_000, fault)
    noteLinks(links, gone, wallMs(fault + ms))
    return gone.some((m) => isOffline(links, m, wallMs(fault + ms)))
  }
  t.notOk(offlineAfter(60_000))
  t.notOk(offlineAfter(90_000))
  t.ok(offlineAfter(99_000))
})

t.test('each of the fallen is explained once, and no group is blamed of which more than a fifth is known to stand', async (t) => {
  const seed = Number(process.env.TL_SEED ?? Date.now() % 2 ** 31)
  t.comment(`seed ${seed}`)
  const member = fc.record({ area: fc.integer({ min: 0, max: 3 }), carrier: fc.integer({ min: 0, max: 2 }), cell: fc.integer({ min: 0, max: 6 }), down: fc.boolean(), silentMs: fc.integer({ min: 0, max: 39_000 }) })
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 40 }), (places) => {
      const now = wallMs(T0)
      const members = places.map(({ area, carrier, cell, down, silentMs }, n): Member => ({
        cluster: `c${n}`, online: !down, lastSeen: wallMs(now - (down ? 60_000 : silentMs)), areas: [`a${area}`, 'p'], carrier: `k${carrier}`, cell: `z${cell}`,
      }))
      const fallen = new Set(members.filter(({ online }) => !online).map(({ cluster }) => cluster))
      const explained = explain({ fallen, now, bySilence: false, told: new Set() }, members)
      const all = explained.flatMap(({ clusters }) => clusters)
      const once = all.length === fallen.size && new Set(all).size === all.length && all.every((cluster) => fallen.has(cluster))
      const fair = explained.every(({ cause, clusters }) => {
        if (cause.kind === 'cluster') return clusters.length === 1
        const group = members.filter((m) => (cause.kind === 'station' ? true : cause.kind === 'area' ? m.areas.includes(cause.id) : cause.kind === 'carrier' ? m.carrier === cause.id : m.cell === cause.id))
        const well = group.filter(({ cluster }) => !fallen.has(cluster)).length
        return well <= 0.2 * (clusters.length + well)
      })
      return once && fair
    }),
    { seed, numRuns: 300 },
  )
  t.pass('explained')
})

t.test('looking twice opens nothing twice', async (t) => {
  const now = wallMs(T0)
  const members: Member[] = [{ cluster: 'c', online: false, lastSeen: wallMs(now - 60_000), areas: [], carrier: null, cell: null }]
  const conditions = [{ cluster: 'c', kind: 'offline' as const, since: null, en: '', vi: '' }]
  const facts = { now, members, conditions, past: () => [], excused: new Set<string>(), unknown: new Set<string>(), sounding: new Set<string>(), told: new Set<string>() }
  const memory = createWatchMemory()
  t.equal(watch(memory, { ...facts, open: [] }).length, 1)
  const open: WatchedIncident = { id: 'i', kind: 'offline', cause: { kind: 'cluster', id: 'c' }, fallen: new Set(['c']), healed: new Set(), openedAt: now, lastFall: now }
  t.same(watch(memory, { ...facts, open: [open] }), [])
  t.same(watch(createWatchMemory(), { ...facts, open: [open] }), [], 'also after a restart')
})
