import type { ClusterView } from './views.ts'

/** What a cluster is doing, in one word; the worst that is known comes first. */
export type ClusterMood = 'fault' | 'offline' | 'muted' | 'playing' | 'online'
export const MOODS: readonly ClusterMood[] = ['fault', 'offline', 'muted', 'playing', 'online']

/** `faulty`: something is wrong with it that listeners miss. */
export function moodOf(cluster: Pick<ClusterView, 'online' | 'now' | 'playing'>, faulty: boolean): ClusterMood {
  if (!cluster.online) return 'offline'
  if (faulty) return 'fault'
  if (cluster.now.mute) return 'muted'
  return cluster.playing ? 'playing' : 'online'
}
