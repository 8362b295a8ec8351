import fc from 'fast-check'
import t from 'tap'
import type { PresenceRecord, PresenceStore } from '../../server/core/stores.ts'
import { createPresence, WILL_GRACE_MS, type Presence } from '../../server/features/fleet/presence.ts'
import { vitalOf, isStale } from '../../server/core/vital-of.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { BEAT_INTERVAL_MS } from '../../shared/protocol/messages/beat.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'
import type { Hello } from '../../shared/protocol/messages/presence.ts'

const seed = Math.floor(Math.random() * 1e9)
const HOUR = 3_600_000

interface Rig {
  readonly presence: Presence
  readonly turned: string[]
  /** Does what is due at its instants, with a sweep each second. */
  run(until: number, acts: readonly { readonly at: number; do(): void }[]): void
}
function rig(): Rig {
  let now = 0
  const clock: Clock = { wall: () => wallMs(1_795_000_000_000 + now), mono: () => monoMs(now), after: () => () => undefined }
  const known = new Map<string, PresenceRecord>()
  const store: PresenceStore = { all: () => [...known.values()], byCluster: (id) => known.get(id) ?? null, upsert: (record) => void known.set(record.cluster, record) }
  const turned: string[] = []
  const presence = createPresence({ clock, store, turned: ({ online }) => void turned.push(`${online ? 'online' : 'offline'} ${Math.round(now)}`) })
  return {
    presence, turned,
    run: (until, acts) => {
      const all = [...acts, ...Array.from({ length: Math.floor(until / 1_000) }, (_, n) => ({ at: (n + 1) * 1_000, do: presence.sweep }))].sort((a, b) => a.at - b.at)
      for (const act of all) {
        now = act.at
        act.do()
      }
    },
  }
}
const helloOf = (conn: number): Hello => ({ v: 1, boot: 'bbbbbbbbbbb', conn: String(conn).padStart(11, '0'), plan: 1, now: 1, agent: '1', clock: 4, at: 1, simulated: false })
const beat = { s: 1, t: 1, c: 1_000, e: 4 }

t.test('an hour of 3 % loss with outages of 5 s is no loss of a cluster', (t) => {
  t.comment(`seed ${seed}`)
  const chance = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 400, maxLength: 400 })
  fc.assert(fc.property(chance, fc.integer({ min: 0, max: BEAT_INTERVAL_MS - 1 }), (by, phase) => {
    const { presence, turned, run } = rig()
    let drawn = 0
    const draw = (): number => by[drawn++ % by.length] ?? 0
    const acts: { at: number; do(): void }[] = [{ at: 1, do: () => presence.noteHello('c', helloOf(0)) }]
    // every other minute the link goes for 5 s; TCP gives up, a fresh connection comes, and the old one's last will before or after its hello
    const outages = Array.from({ length: 30 }, (_, n) => n * 120_000 + 10_000 + draw() * 60_000)
    outages.forEach((from, n) => {
      const back = from + 5_000 + draw() * 4_000
      const will = from + 1_000 + draw() * 8_000
      acts.push({ at: will, do: () => presence.noteGone('c', helloOf(n).conn) }, { at: back, do: () => presence.noteHello('c', helloOf(n + 1)) })
    })
    for (let sent = phase; sent < HOUR; sent += BEAT_INTERVAL_MS) {
      // what falls into an outage comes after it; a lost packet comes with the next try, twice as late each time
      const outage = outages.find((from) => sent >= from && sent < from + 5_000)
      let late = outage === undefined ? 50 : outage + 10_400 - sent
      for (let retry = 300; draw() < 0.03 && retry < 5_000; retry *= 2) late += retry
      acts.push({ at: sent + late, do: () => presence.noteBeat('c', beat) })
    }
    run(HOUR, acts)
    return turned.join() === 'online 1'
  }), { seed, numRuns: 60 })
  t.end()
})

t.test('a cluster that falls silent, at whatever instant, is offline within 60 s; one whose connection ended and that does not come back, sooner', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(fc.double({ min: 90_000, max: 200_000, noNaN: true }), fc.double({ min: 0, max: 39_999, noNaN: true }), fc.boolean(), (fault, phase, hasWill) => {
    const { presence, turned, run } = rig()
    const acts: { at: number; do(): void }[] = [{ at: 1, do: () => presence.noteHello('c', helloOf(0)) }]
    for (let at = phase; at < fault; at += BEAT_INTERVAL_MS) acts.push({ at, do: () => presence.noteBeat('c', beat) })
    if (hasWill) acts.push({ at: fault + 1, do: () => presence.noteGone('c', helloOf(0).conn) })
    run(300_000, acts)
    const [, offline, ...more] = turned
    const shown = Number(offline?.split(' ')[1])
    return more.length === 0 && offline?.startsWith('offline') === true && shown - fault <= (hasWill ? WILL_GRACE_MS + 2_000 : 60_000)
  }), { seed, numRuns: 100 })
  t.end()
})

t.test('an old connection’s last will says nothing of the new one', (t) => {
  const { presence, turned, run } = rig()
  run(80_000, [
    { at: 1, do: () => presence.noteHello('c', helloOf(0)) }, { at: 20_000, do: () => presence.noteHello('c', helloOf(1)) },
    { at: 20_001, do: () => presence.noteGone('c', helloOf(0).conn) }, { at: 41_000, do: () => presence.noteBeat('c', beat) },
  ])
  t.same(turned, ['online 1'])
  t.end()
})

const health = (over: Partial<Health>): Health => ({ at: 1, boot: 'b', upS: 1, agent: '1', simulated: false, link: { connects: 1, lateBeats: 0 }, clock: { trusted: true }, volume: 80, mute: false, evidenceWaiting: 0, ...over })

t.test('what a SIM carried is counted once over reboots, resets, repeats and documents that come late', (t) => {
  t.comment(`seed ${seed}`)
  const step = fc.record({ bytes: fc.integer({ min: 0, max: 2 ** 40 }), event: fc.constantFrom('none', 'none', 'boot', 'reset', 'both') })
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.array(fc.constantFrom('once', 'twice', 'old'), { minLength: 40, maxLength: 40 }), (steps, ways) => {
    let state = { boot: 0, upS: 1, counter: 500 }
    let [before, last]: [Health | null, Health | null] = [null, null]
    let [counted, truth] = [0, 0]
    const take = (doc: Health): void => {
      if (isStale(before, doc)) return
      counted += vitalOf(before, doc, 0).dataBytes
      before = doc
    }
    take(health({ boot: 'b0', data: { rxBytes: state.counter, txBytes: 0 } }))
    steps.forEach(({ bytes, event }, n) => {
      const reset = event === 'reset' || event === 'both'
      const boot = event === 'boot' || event === 'both'
      // a counter that began anew shows only when it stands below where it was
      const counter = reset && bytes < state.counter ? bytes : state.counter + bytes
      truth += bytes
      state = { boot: state.boot + (boot ? 1 : 0), upS: boot ? 1 : state.upS + 5, counter }
      const doc = health({ boot: `b${state.boot}`, upS: state.upS, data: { rxBytes: counter, txBytes: 0 } })
      take(doc)
      if (ways[n] === 'twice') take(doc)
      if (ways[n] === 'old' && last?.boot === doc.boot) take(last)
      last = doc
    })
    return counted === truth
  }), { seed })
  t.end()
})
