import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'

/** The files that lie beside a timetable. References lead nowhere else. */
export interface TimetableFolder {
  /** Absolute path of a reference; null when it leads out of the folder, or to nothing. */
  path(ref: string): string | null
  /** Last part of a reference. */
  nameOf(ref: string): string
  /** Names in a folder, sorted; empty when it is not there. */
  list(ref: string): Promise<string[]>
}

export function createTimetableFolder(timetableFile: string): TimetableFolder {
  const root = dirname(resolve(timetableFile))
  const path = (ref: string): string | null => {
    const at = resolve(join(root, ref))
    return at.startsWith(root + sep) && existsSync(at) ? at : null
  }
  return {
    path,
    nameOf: (ref) => basename(ref),
    list: async (ref) => {
      const at = path(ref)
      return at === null ? [] : (await readdir(at)).sort()
    },
  }
}
