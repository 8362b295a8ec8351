import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClockFault } from '../../../agent/core/clock-fault.ts'
import type { Identity } from '../../../agent/core/claim.ts'
import { chanceFrom } from '../../sim/chance.ts'
import { createApi, type Api } from '../../fleet/api.ts'
import { COMMUNE, communeTimetable, startOwnServer, type OwnServer } from '../../fleet/own-server.ts'
import { makeCertificate } from '../certificate.ts'
import { upload } from '../station-under-test.ts'
import { enrolled, startBoxes, wallMinusHr, type Boxes, type BoxFacts } from './boxes.ts'
import { openEmulator, type LinkEmulator } from './emulator.ts'
import type { LinkPlace } from './on-link.ts'
import { drawLink, type BoxLink, type ProfileName } from './profiles.ts'

/** A real server, and many real agents behind links of their own. */
export interface LinkStation {
  readonly folder: string
  readonly server: OwnServer
  readonly api: Api
  readonly link: LinkEmulator
  readonly links: readonly BoxLink[]
  readonly clusters: readonly string[]
  /** Recording of box n; all of them have one time base. */
  readonly wav: (box: number) => string
  /** The bench's wall clock now, on the recordings' time base. */
  now(): number
  addSound(name: string, lavfi: string): Promise<string>
  /** Starts all boxes; each is new to the world. */
  start(): Promise<void>
  /** Waits until all know the time. */
  ready(limitMs: number): Promise<void>
  facts(): Promise<readonly BoxFacts[]>
  logged(): Promise<ReadonlyMap<string, number>>
  /** Ends the boxes, so that their recordings are whole; the rest goes on until stop(). */
  stopBoxes(): Promise<void>
  stop(): Promise<void>
}

export interface LinkStationOptions {
  /** One per box. */
  readonly profiles: readonly ProfileName[]
  readonly tls: boolean
  readonly perProcess: number
  /** Clocks are wrong by up to this, s, and by up to 100 ppm; 0 = true clocks. */
  readonly clocksWrongByS: number
  /** YAML of the server's timetable; a commune that may sound all day when absent. */
  readonly timetable?: string
  /** `wav` records to a file, `null` plays to nobody. */
  readonly sink?: 'wav' | 'null'
  readonly seed: number
  readonly signal: AbortSignal
}

const LOOK_MS = 500

export async function openLinkStation(place: LinkPlace, options: LinkStationOptions): Promise<LinkStation> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
  const chance = chanceFrom(`links ${options.seed}`)
  const links = options.profiles.map((profile) => drawLink(profile, chance.random))
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const tls = options.tls ? makeCertificate(folder) : null
    const server = await startOwnServer({ folder: join(folder, 'server'), timetable: options.timetable ?? communeTimetable(), ...(tls ? { tls } : {}), ...(place.boxes === null ? {} : { bind: '0.0.0.0' }) })
    stops.push(() => server.stop())
    const api = createApi({ ...server, ...(tls ? { ca: readFileSync(tls.certFile, 'utf8') } : {}) })
    const link = await openEmulator({ links, port: Number(new URL(server.mqttUrl).port), seed: options.seed, boxes: place.boxes, random: chance.fork('proxies').random })
    stops.push(() => link.stop())
    const boxFolder = (box: number): string => join(folder, `box-${box + 1}`)
    const identities: Identity[] = []
    for (let n = 0; n < links.length; n++) identities.push(await enrolled(api, server.url, { name: `Cụm ${n + 1}`, area: COMMUNE, folder: boxFolder(n), caFile: tls?.certFile ?? null }))
    const wallMinusHrMs = wallMinusHr()
    const wav = (box: number): string => join(boxFolder(box), 'sound.wav')
    const faults = faultsOf(links.length, options.clocksWrongByS)
    const tasks = identities.map(({ cluster, password, root }, n) => ({
      cluster, password, root, end: link.ends[n] as LinkEmulator['ends'][number], fault: faults[n] as ClockFault, folder: boxFolder(n),
      sink: options.sink === 'null' ? 'null' : `wav:${wav(n)}?roll=36000`,
    }))
    let boxes: Boxes | null = null
    const stopBoxes = async (): Promise<void> => {
      await boxes?.stop()
      boxes = null
    }
    const asked = (): Boxes => {
      if (!boxes) throw new Error('the boxes have not been started')
      return boxes
    }
    return {
      folder, server, api, link, links, wav, stop, stopBoxes,
      clusters: identities.map(({ cluster }) => cluster),
      now: () => Number(process.hrtime.bigint() / 1_000n) / 1_000 + wallMinusHrMs,
      addSound: (name, lavfi) => upload(api, { name, lavfi, folder }),
      start: async () => {
        boxes = await startBoxes({ boxes: tasks, wallMinusHrMs, caFile: tls?.certFile ?? null }, { namespace: place.boxes, perProcess: options.perProcess, signal: options.signal })
        stops.push(stopBoxes)
      },
      ready: async (limitMs) => {
        for (const until = performance.now() + limitMs; performance.now() < until; await pause(LOOK_MS, undefined, { signal: options.signal }))
          if ((await asked().facts()).every(({ clock }) => clock.trusted)) return
        throw new Error('Not every box learned the time.')
      },
      facts: () => asked().facts(),
      logged: () => asked().logged(),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Evenly over ± `spreadS`, and crystals that run up to 100 ppm fast or slow in turn. */
export function faultsOf(count: number, spreadS: number): readonly ClockFault[] {
  return Array.from({ length: count }, (_, n) => {
    if (spreadS === 0) return { offsetMs: 0, ppm: 0 }
    const share = count === 1 ? 1 : (2 * n) / (count - 1) - 1
    return { offsetMs: Math.round(share * spreadS * 1_000), ppm: [100, -100, 60, -60, 20, -20][n % 6] ?? 0 }
  })
}
