import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { FindMedia, LaidMedia, MediaRef } from '../../shared/core/layout.ts'

/** How long the programmes are that stand beside a timetable file. */
export interface Lengths {
  /** As admission asks: null where the file is not here, or its length cannot be told. */
  readonly mediaMs: (ref: MediaRef) => number | null
  /** As the layout asks; what is not here gets `UNKNOWN_LENGTH_MS` so that it shows. */
  readonly find: FindMedia
  readonly isKnown: (ref: MediaRef) => boolean
}

/** What the preview assumes for an item whose length nobody knows yet; it is marked there. */
export const UNKNOWN_LENGTH_MS = 30_000
/** Files of one folder that are measured. */
const MAX_EPISODES = 200
const PROBE_TIMEOUT_MS = 20_000

/** Length of a sound file, ms, as ffprobe tells; null where it cannot. */
export function probeMs(path: string): number | null {
  const probe = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path], {
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
  })
  const ms = Math.round(Number.parseFloat(probe.stdout ?? '') * 1000)
  return probe.status === 0 && ms > 0 ? ms : null
}

const exists = (path: string): 'file' | 'folder' | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : null
}

/** Lengths below `folder`, measured by `probe` at most once each. */
export function programmeLengths(folder: string, probe: (path: string) => number | null = probeMs): Lengths {
  const measured = new Map<string, number | null>()
  const msOf = (path: string): number | null => {
    const known = measured.get(path)
    if (known !== undefined) return known
    const ms = exists(path) === 'file' ? probe(path) : null
    measured.set(path, ms)
    return ms
  }
  const laid = (ref: string): LaidMedia[] => {
    const ms = msOf(join(folder, ref))
    return ms === null ? [] : [{ sha: ref, ms, name: ref }]
  }
  const found = (ref: MediaRef): LaidMedia[] => {
    if (ref.kind === 'file') return laid(ref.ref)
    if (ref.kind !== 'folder' || exists(join(folder, ref.ref)) !== 'folder') return []
    return readdirSync(join(folder, ref.ref)).sort().slice(0, MAX_EPISODES).flatMap((name) => laid(`${ref.ref}/${name}`))
  }
  const unknown = (ref: MediaRef): LaidMedia[] => [{ sha: `?${JSON.stringify(ref)}`, ms: UNKNOWN_LENGTH_MS }]
  return {
    isKnown: (ref) => found(ref).length > 0,
    find: (ref) => (found(ref).length > 0 ? found(ref) : unknown(ref)),
    mediaMs: (ref) => {
      const all = found(ref).map((m) => m.ms)
      if (all.length === 0) return null
      return ref.kind === 'folder' && ref.rotation === 'all' ? all.reduce((a, b) => a + b, 0) : Math.max(...all)
    },
  }
}
