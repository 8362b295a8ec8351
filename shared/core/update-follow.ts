import { ok, refuse, type Result } from './result.ts'
import { compareVersions } from './update-version.ts'

/** What a release says of itself, as far as it decides whether it may follow another. */
export interface Following {
  readonly n: number
  readonly version: string
  readonly least: string
  readonly protocol: readonly number[]
  readonly node: string
  readonly back?: boolean
}
/** What runs on a box. */
export interface Running {
  readonly version: string
  /** Greatest number of a release that has proved itself here; 0 = none. It may come again, where the box was set up anew by hand. */
  readonly floor: number
  readonly protocol: number
  readonly node: string
}

export type FollowRefusal = 'replayed' | 'downgrade' | 'too-old' | 'wrong-protocol' | 'node-too-old'

/**
 * Whether a release may take the place of what runs. Numbers only grow: one that has been left behind never comes again.
 * Going back to an older version is a release of its own, signed as such, under a new number.
 */
export function mayFollow(release: Following, running: Running): Result<null, FollowRefusal> {
  if (release.n < running.floor) return refuse('replayed', 'This release is older than one that has already run here: make it anew.')
  if (release.back !== true && compareVersions(release.version, running.version) < 0) return refuse('downgrade', `Version ${release.version} is older than ${running.version}, and the release is not signed as a way back.`)
  if (compareVersions(running.version, release.least) < 0) return refuse('too-old', `Version ${running.version} is too old for it: go to version ${release.least} first.`)
  if (!release.protocol.includes(running.protocol)) return refuse('wrong-protocol', `It does not speak version ${running.protocol} of the protocol.`)
  if (compareVersions(running.node, release.node) < 0) return refuse('node-too-old', `It needs Node ${release.node}; this box has ${running.node}.`)
  return ok(null)
}
