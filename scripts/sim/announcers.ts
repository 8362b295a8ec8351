import type { RunningEmergencies } from '../../server/features/emergencies/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { ASKED_AFTER_MS, checkOnTime, checkReached } from './alarm-ear.ts'
import type { AlarmBook } from './alarms.ts'
import type { Chance } from './chance.ts'
import type { Checker } from './checker.ts'
import type { SimTimetable } from './timetable.ts'
import type { World } from './world.ts'

export interface AnnouncerDeps {
  readonly world: World
  readonly chance: Chance
  readonly emergencies: () => RunningEmergencies | null
  readonly stationSince: () => number
  readonly alarms: AlarmBook
  readonly checker: Checker
  readonly timetable: SimTimetable
  readonly last: number
  readonly note: (what: string) => void
}

const MINUTE = 60_000
/** Of a small fleet; a large one is spared, since each emergency costs as many sounds as it has boxes. */
const MEAN_MS = 45 * MINUTE
const LARGE = 50
/** A clip is not said again so soon: whoever hears it knows which emergency it is. */
const CLIP_RESTS_MS = 3 * 3_600_000

/** Those who may sound the horns at any hour: they raise, replace, cancel, correct, and stop what others have raised. */
export function startAnnouncers({ world, chance, emergencies, stationSince, alarms, checker, timetable, last, note }: AnnouncerDeps): void {
  const said = new Map<string, number>()
  let raised: string[] = []
  const isLarge = timetable.members.length > LARGE
  const communes = timetable.areas.filter((area) => area.kind === 'commune').map(({ code }) => code)
  const targets = (): { areas: string[] } | 'all' | { clusters: string[] } =>
    chance.happens(isLarge ? 0.05 : 0.3) ? 'all' : chance.happens(0.7) ? { areas: [chance.pick(communes)] } : { clusters: [chance.pick(timetable.members).id] }

  const watch = (id: string, clusters: readonly string[]): void => {
    const each = (ask: (box: string) => void): void => clusters.forEach((box) => checker.ears.has(box) && ask(box))
    const orderOf = (box: string) => alarms.ordersOf(box).get(id)
    const first = orderOf(clusters[0] ?? '')
    if (!first) return
    world.at(first.at + ASKED_AFTER_MS, () =>
      each((box) => {
        const [ear, order] = [checker.ears.get(box), orderOf(box)]
        if (ear && order && order.ended === null) checkOnTime(checker.bench, ear, order)
      }),
    )
    world.at(first.exp, () =>
      each((box) => {
        const [ear, order] = [checker.ears.get(box), orderOf(box)]
        if (ear && order && order.ended === null) checkReached(checker.bench, ear, order, stationSince())
      }),
    )
  }
  const raise = (replaces: readonly string[] = []): void => {
    const free = alarms.clips.messages.map((_, n) => `p-tin-${n}`).filter((clip) => (said.get(clip) ?? -Infinity) < world.now() - CLIP_RESTS_MS)
    if (free.length === 0) return
    const programme = chance.pick(free)
    said.set(programme, world.now())
    const lifeMs = chance.happens(0.8) ? chance.between(3 * MINUTE, 25 * MINUTE) : chance.between(20_000, 90_000)
    void emergencies()
      ?.raise({
        title: programme, messages: [{ kind: 'programme', programme }], targets: targets(), drill: chance.happens(0.2), danger: chance.whole(0, 9), authority: chance.whole(0, 3),
        times: chance.whole(1, 5), gapMs: chance.whole(0, 2_500), volume: chance.happens(0.5) ? 80 : null, expiresAt: wallMs(Math.floor(world.now() + lifeMs)), replaces, actor: 'sim',
      })
      .then((one) => {
        if (!one.ok) return note(`emergencies refused: ${one.code}`)
        raised.push(one.value.id)
        world.after(50, () => watch(one.value.id, one.value.clusters))
      })
  }
  const inForce = (): string | null => {
    const now = emergencies()
    raised = raised.filter((id) => now?.byId(id)?.endedAt === null)
    return raised.length > 0 ? chance.pick(raised) : null
  }
  const end = (id: string): void => {
    const kind = chance.pick(['cancel', 'correct', 'local', 'replace'])
    note(`emergencies ended: ${kind}`)
    if (kind === 'replace') return raise([id])
    if (kind === 'local') return void emergencies()?.stopLocally(id, { actor: 'sim', reason: 'thử', targets: { areas: [chance.pick(communes)] } })
    void emergencies()?.cancel(id, { actor: 'sim', reason: 'thử', correction: kind === 'correct' ? { kind: 'programme', programme: 'p-dinh-chinh' } : null })
  }
  const arm = (): void => {
    const at = world.now() - Math.log(1 - chance.random()) * MEAN_MS * (isLarge ? 2 : 1)
    if (at >= last) return
    world.at(at, () => {
      if (emergencies()) {
        const id = inForce()
        note('emergencies raised')
        raise()
        // the second one comes while the first sounds
        if (chance.happens(0.3)) world.after(chance.between(500, 30_000), () => raise())
        for (const other of id === null ? [] : [id]) end(other)
        world.after(chance.between(2_000, 3 * MINUTE), () => {
          const now = inForce()
          if (now !== null && world.now() < last && chance.happens(0.6)) end(now)
        })
      }
      arm()
    })
  }
  arm()
}
