import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BodyStore } from '../core/ports.ts'

/** Bodies held in memory: a change of the timetable makes every cluster ask for its own within a minute. */
const MAX_HELD = 4_000

/**
 * Deflated plan bodies as files named by their hash. A write waits for no disk: what a power cut spoils no longer fits its
 * name, reads as absent, and is planned anew. (Waiting took half of the time of a province's planning.)
 */
export function createBodyStore(folder: string): BodyStore {
  mkdirSync(folder, { recursive: true })
  const held = new Map<string, Uint8Array>()
  const path = (sha: string): string => join(folder, sha)
  const hold = (sha: string, bytes: Uint8Array): void => {
    if (held.size >= MAX_HELD) held.delete(held.keys().next().value as string)
    held.set(sha, bytes)
  }
  return {
    save: (sha, bytes) => {
      writeFileSync(path(sha), bytes)
      hold(sha, bytes)
    },
    read: (sha) => {
      const known = held.get(sha)
      if (known) return known
      if (!existsSync(path(sha))) return null
      const bytes = new Uint8Array(readFileSync(path(sha)))
      if (createHash('sha256').update(bytes).digest('base64url') !== sha) return null
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
