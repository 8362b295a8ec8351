import type { ClusterView, SymptomsOf } from './views.ts'

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

type Symptom = SymptomsOf['symptoms'][number]
/** What is said beside the mood: what is wrong, or since when where the mood has said it already. null = nothing. */
export function whyOf(mood: ClusterMood, symptoms: readonly Symptom[]): { readonly symptom: Symptom } | { readonly since: string } | null {
  const told = symptoms.find(({ severity }) => severity === 'fault') ?? symptoms[0]
  if (told === undefined) return null
  if (mood !== 'offline' || told.kind !== 'offline') return { symptom: told }
  return told.since === null ? null : { since: told.since }
}
