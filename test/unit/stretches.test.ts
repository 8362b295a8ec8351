import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { LEAD_MS, nextLook, wantedAt } from '../../agent/core/stretches.ts'

const play = (id: string, from: number, to: number, offsetMs = 0): Segment =>
  ({ from: wallMs(from), to: wallMs(to), onAir: { do: 'play', slot: { id, source: { kind: 'file', media: id } } as Slot, offsetMs, until: wallMs(to), because: { code: 'due', slot: id, class: 'scheduled' } } })
const quiet = (from: number, to: number): Segment =>
  ({ from: wallMs(from), to: wallMs(to), onAir: { do: 'silence', until: wallMs(to), because: { code: 'nothing-due' } } })

const day = [quiet(0, 10_000), play('a', 10_000, 30_000), play('b', 30_000, 50_000), quiet(50_000, 90_000)]

t.test('an item that follows another directly is ordered a lead before it is due, not at the other’s end', async (t) => {
  t.equal(nextLook(day, wallMs(10_000)), 30_000 - LEAD_MS)
  t.same(wantedAt(day, wallMs(30_000 - LEAD_MS)).map((s) => s.slot.id), ['a', 'b'])
})

t.test('looks come one after the other and always lie ahead', async (t) => {
  const looks: number[] = []
  for (let now: number | null = 0; now !== null; now = nextLook(day, wallMs(now))) looks.push(now)
  t.same(looks, [0, 10_000 - LEAD_MS, 30_000 - LEAD_MS, 30_000, 50_000])
})

t.test('a stretch keeps its key when the timeline is cut inside it', async (t) => {
  const whole = wantedAt([play('a', 10_000, 30_000)], wallMs(20_000))
  const cut = wantedAt([play('a', 15_000, 30_000, 5_000)], wallMs(20_000))
  t.equal(whole[0]?.key, cut[0]?.key)
})

t.test('nothing known asks for no look', async (t) => {
  t.equal(nextLook([], wallMs(0)), null)
  t.equal(nextLook(day, wallMs(60_000)), null)
})
