import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Cancel, Clock } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'

export interface KeySwitches {
  stop(): void
}
export interface KeySwitchDeps {
  readonly clock: Clock
  readonly log: Log
  /** Raw: bounce and hold are judged by the stage. Once for each switch at the start, then at every change; numbers from 1. */
  readonly turned: (number: number, on: boolean) => void
  /** Where gpiomon and gpioget are; absent = on the PATH. */
  readonly programs?: { readonly mon: string; readonly get: string }
}

/** Where a switch is: `file:/path` holds 1 or 0 (also a GPIO value file of sysfs); `gpio:CHIP/LINE` by libgpiod, `/low` where it connects the line to ground. */
type Place = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'gpio'; readonly chip: string; readonly line: string; readonly low: boolean }

const MAX_SWITCHES = 4
/** A person holds the key for more than a second; a file asks nothing of the processor at this pace. */
const FILE_EVERY_MS = 200
const AGAIN_MS = 5_000

function placeOf(text: string): Place | null {
  if (/^file:\/\S+$/.test(text)) return { kind: 'file', path: text.slice('file:'.length) }
  const [, chip, line, low] = /^gpio:([A-Za-z0-9_-]{1,40})\/(\d{1,4})(\/low)?$/.exec(text) ?? []
  return chip === undefined || line === undefined ? null : { kind: 'gpio', chip, line, low: low !== undefined }
}

const there = (program: string): boolean => !spawnSync(program, ['--version'], { stdio: 'ignore' }).error

/**
 * Watches the key switches of a box. `text`: up to four places, with commas, the first is switch 1; empty or `none`: there are none. Refuses what is not
 * understood, and GPIO lines on a box without libgpiod's programs.
 */
export function openKeySwitch(text: string, deps: KeySwitchDeps): Result<KeySwitches> {
  const words = text.split(',').map((word) => word.trim()).filter((word) => word !== '' && word !== 'none')
  const places = words.map(placeOf)
  if (places.length > MAX_SWITCHES || places.includes(null)) return refuse('bad-setting', `TL_SWITCH: write up to ${MAX_SWITCHES} of file:/path, gpio:CHIP/LINE or gpio:CHIP/LINE/low, with commas between.`)
  const programs = deps.programs ?? { mon: 'gpiomon', get: 'gpioget' }
  if (places.some((place) => place?.kind === 'gpio') && ![programs.mon, programs.get].every(there)) {
    return refuse('no-libgpiod', 'TL_SWITCH names a GPIO line, but gpiomon and gpioget are not on this box: install the package gpiod (apt-get install gpiod).')
  }
  const stops = places.map((place, n) => {
    const turned = (on: boolean): void => deps.turned(n + 1, on)
    return place?.kind === 'gpio' ? watchLine(place, programs, { ...deps, turned }) : watchFile(place?.path ?? '', { ...deps, turned })
  })
  return ok({ stop: () => stops.forEach((stop) => stop()) })
}

interface Watch {
  readonly clock: Clock
  readonly log: Log
  readonly turned: (on: boolean) => void
}

function watchFile(path: string, { clock, log, turned }: Watch): Cancel {
  let last: boolean | null = null
  let told = false
  let wake: Cancel = () => undefined
  const look = (): void => {
    wake = clock.after(FILE_EVERY_MS, look)
    try {
      // a file that is not there yet is a switch that is off
      const on = existsSync(path) && readFileSync(path, 'latin1').trim() === '1'
      told = false
      if (on !== last) turned((last = on))
    } catch (error) {
      if (!told) log.error({ path, error: String(error) }, 'the file of a key switch cannot be read')
      told = true
    }
  }
  look()
  return () => wake()
}

type Line = Extract<Place, { kind: 'gpio' }>

/** Version 1 takes the chip and the line; version 2 wants `-c` before the chip, and says "inactive" unless asked for figures. */
function argumentsFor(program: string, { chip, line, low }: Line): { readonly get: string[]; readonly mon: string[] } {
  const version = /\bv?(\d+)\.\d/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? '1'
  const common = low ? ['--active-low', '--bias=pull-up'] : []
  return Number(version) >= 2
    ? { get: [...common, '--numeric', '-c', chip, line], mon: [...common, '--format=%e', '-c', chip, line] }
    : { get: [...common, chip, line], mon: [...common, '--line-buffered', '--format=%e', chip, line] }
}

/** What both versions print for `%e`: 1 = rising; 0 (version 1) or 2 (version 2) = falling. */
function watchLine(place: Line, programs: { readonly mon: string; readonly get: string }, { clock, log, turned }: Watch): Cancel {
  const how = argumentsFor(programs.get, place)
  let child: ChildProcess | null = null
  let stopped = false
  let wake: Cancel = () => undefined
  const begin = (): void => {
    // asked before it is watched: gpiomon holds the line for itself
    const now = spawnSync(programs.get, how.get, { encoding: 'utf8', timeout: 2_000 })
    if (now.status === 0) turned(now.stdout.trim() === '1')
    else log.error({ ...place, error: now.stderr.trim() || String(now.error) }, 'the line of a key switch cannot be read')
    const mon = spawn(programs.mon, how.mon, { stdio: ['ignore', 'pipe', 'pipe'] })
    child = mon
    createInterface(mon.stdout).on('line', (text) => turned(text.trim() === '1'))
    let complaint = ''
    mon.stderr.on('data', (bytes: Buffer) => void (complaint = (complaint + bytes.toString()).slice(-300)))
    mon.on('error', (error) => void (complaint = String(error)))
    mon.on('close', () => {
      if (stopped) return
      log.error({ ...place, error: complaint.trim() }, 'the line of a key switch is no longer watched; it is tried again')
      wake = clock.after(AGAIN_MS, begin)
    })
  }
  begin()
  return () => {
    stopped = true
    wake()
    child?.kill()
  }
}
