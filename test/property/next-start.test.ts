import t from 'tap'
import { DAY_MS } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { dueOccurrences, nextStart } from '../../shared/core/recurrence.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'

const two = (n: number): string => String(n).padStart(2, '0')

t.test('nothing is due before the next start, and something is at it', async (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const chance = chanceFrom(`next start ${seed}`)
    const sessions = Array.from({ length: chance.whole(1, 4) }, (_, n): Session => ({
      id: `p-${n}`, name: 'Phiên', at: `${two(chance.whole(0, 23))}:${two(chance.whole(0, 59))}`, until: '23:59', targets: 'all', items: [{ chime: 'gong' }],
      days: chance.happens(0.5) ? 'daily' : { weekdays: [chance.whole(1, 7) as 1] },
      ...(chance.happens(0.3) ? { repeat: { every: '17m', length: '3m' } } : {}),
    }))
    const now = wallMs(1_795_000_000_000 + chance.whole(0, 14 * DAY_MS))
    const next = nextStart(sessions, now)
    t.ok(next > now && next <= now + DAY_MS, `seed ${seed}: it lies ahead, a day at most`)
    t.same(dueOccurrences(sessions, now, wallMs(next - 1)), [], `seed ${seed}: nothing before`)
    if (next < now + DAY_MS) t.ok(dueOccurrences(sessions, wallMs(next - 1), next).length > 0, `seed ${seed}: something at it`)
  }
})
