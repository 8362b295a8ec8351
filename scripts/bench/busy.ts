import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** What a virtual machine's host has taken of its processors' time between two readings of /proc/stat, 0–1; 0 when none has passed. */
export function takenShare(before: string, after: string): number {
  const [from, to] = [ticksOf(before), ticksOf(after)]
  const all = to.all - from.all
  return all > 0 ? (to.taken - from.taken) / all : 0
}

/** user, nice, system, idle, iowait, irq, softirq and steal; what follows is part of user and nice already. */
const COUNTED = 8

function ticksOf(stat: string): { readonly all: number; readonly taken: number } {
  const fields = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? []
  return { all: fields.slice(0, COUNTED).reduce((sum, ticks) => sum + ticks, 0), taken: fields[COUNTED - 1] ?? 0 }
}

const stat = (): string => readFileSync('/proc/stat', 'utf8')
let seen = stat()

/** How busy the machine was with other things: its load, and what its host has taken since this was asked last. A figure is no better than that. */
export function busyText(): string {
  const before = seen
  seen = stat()
  const taken = takenShare(before, seen)
  return `load ${(loadavg()[0] ?? 0).toFixed(1)}${taken >= 0.005 ? `, ${(100 * taken).toFixed(0)} % taken by the host` : ''}`
}
