import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { BodyStore } from '../core/ports.ts'

/** Bodies held in memory: a change of the timetable makes every cluster ask for its own within a minute. */
const MAX_HELD = 4_000

/** Deflated plan bodies as files named by their hash. Writing is synchronous: a head is sent only after its body is on the disk. */
export function createBodyStore(folder: string): BodyStore {
  mkdirSync(folder, { recursive: true })
  for (const left of readdirSync(folder).filter((n) => n.endsWith('.tmp'))) rmSync(join(folder, left))
  const held = new Map<string, Uint8Array>()
  const path = (sha: string): string => join(folder, sha)
  const hold = (sha: string, bytes: Uint8Array): void => {
    if (held.size >= MAX_HELD) held.delete(held.keys().next().value as string)
    held.set(sha, bytes)
  }
  return {
    save: (sha, bytes) => {
      const file = openSync(`${path(sha)}.tmp`, 'w')
      writeSync(file, bytes)
      fsyncSync(file)
      closeSync(file)
      renameSync(`${path(sha)}.tmp`, path(sha))
      hold(sha, bytes)
    },
    read: (sha) => {
      const known = held.get(sha)
      if (known) return known
      if (!existsSync(path(sha))) return null
      const bytes = new Uint8Array(readFileSync(path(sha)))
      hold(sha, bytes)
      return bytes
    },
    keepOnly: (shas) => {
      for (const name of readdirSync(folder)) {
        if (shas.has(name)) continue
        held.delete(name)
        rmSync(path(name))
      }
    },
  }
}
