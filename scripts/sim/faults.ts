import type { SimBox } from './box.ts'
import type { SimBroker } from './broker.ts'
import type { Chance } from './chance.ts'
import type { SimStation } from './station.ts'
import type { World } from './world.ts'

export interface FaultDeps {
  readonly world: World
  readonly chance: Chance
  readonly broker: SimBroker
  readonly station: SimStation
  readonly boxes: ReadonlyMap<string, SimBox>
  /** No new fault after this instant; every fault is over by `healed`. */
  readonly last: number
  readonly healed: number
  readonly note: (what: string) => void
}

const MINUTE = 60_000
const HOUR = 3_600_000

/** Waits as between rare things that know nothing of each other. */
const waitMs = (chance: Chance, meanMs: number): number => -Math.log(1 - chance.random()) * meanMs
/** Mostly short, seldom long. */
const lasting = (chance: Chance, fromMs: number, toMs: number): number => fromMs * (toMs / fromMs) ** chance.random()

/** Everything that goes wrong by itself, until `last`. */
export function startFaults(deps: FaultDeps): { onPublish(box: string, topic: string): void; onSound(box: string): void } {
  const { world, broker, station, boxes, last, healed, note } = deps
  const left = (ms: number): number => Math.min(ms, Math.max(1_000, healed - world.now()))
  const often = (chance: Chance, meanMs: number, strike: () => void): void => {
    const arm = (): void => {
      const at = world.now() + waitMs(chance, meanMs)
      if (at < last)
        world.at(at, () => {
          strike()
          arm()
        })
    }
    arm()
  }

  const powerCut = (box: SimBox, chance: Chance): void => {
    note('power cuts')
    box.powerCut(left(lasting(chance, 15_000, chance.happens(0.1) ? 3 * HOUR : 20 * MINUTE)), chance.happens(0.15))
  }
  const network = (box: string, state: 'down' | 'hole', ms: number): void => {
    note(state === 'down' ? 'links down' : 'links half open')
    broker.setNetwork(box, state)
    world.after(left(ms), () => broker.setNetwork(box, 'up'))
  }

  for (const [id, box] of boxes) {
    const chance = deps.chance.fork(`box ${id}`)
    often(chance, 3 * HOUR, () => network(id, 'down', lasting(chance, 5_000, 3 * HOUR)))
    often(chance, 7 * HOUR, () => network(id, 'hole', lasting(chance, 10_000, 40 * MINUTE)))
    often(chance, 9 * HOUR, () => powerCut(box, chance))
    often(chance, 30 * HOUR, () => {
      note('agents restarted')
      void box.restart()
    })
  }
  const middle = deps.chance.fork('middle')
  often(middle, 5 * HOUR, () => {
    note('broker restarts')
    broker.restart(left(lasting(middle, 3_000, 10 * MINUTE)), middle.happens(0.5))
  })
  often(middle, 8 * HOUR, () => {
    if (!station.fleet()) return
    note('server kills')
    station.kill()
    world.after(left(lasting(middle, 20_000, 3 * HOUR)), () => station.start())
  })

  // the moments that hurt most: in a transfer, in a send of evidence, in a sound
  const cruel = deps.chance.fork('cruel')
  const strikeSoon = (id: string, withinMs: number): void => {
    const box = boxes.get(id)
    if (box && world.now() < last) world.after(cruel.between(0, withinMs), () => powerCut(box, cruel))
  }
  return {
    onPublish: (id, topic) => {
      if (topic.endsWith('/want') && cruel.happens(0.000_4)) strikeSoon(id, 400)
      if (topic.endsWith('/evidence') && cruel.happens(0.004)) strikeSoon(id, 600)
    },
    onSound: (id) => {
      if (cruel.happens(0.004)) strikeSoon(id, 40_000)
    },
  }
}
