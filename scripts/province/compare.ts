import type { Tally } from '../../server/core/report-tally.ts'
import type { TruthSums } from './truth.ts'

/** Where what the station says differs from what really happened; empty = nowhere. */
export function differences(truth: TruthSums, said: Tally): string[] {
  const found: string[] = []
  const same = (what: string, really: unknown, told: unknown): void => {
    if (JSON.stringify(really) !== JSON.stringify(told)) found.push(`${what}: really ${JSON.stringify(really)}, said ${JSON.stringify(told)}`)
  }
  for (const key of new Set([...truth.cells.keys(), ...Object.keys(said.cells)])) {
    const [really, told] = [truth.cells.get(key), said.cells[key]]
    if (!really || !told) {
      found.push(`${key}: ${really ? 'not said' : 'not so'}`)
      continue
    }
    const { planned, sent, played, ...rest } = really
    for (const [name, value] of Object.entries(rest)) same(`${key} ${name}`, value, told[name as keyof typeof rest])
    same(`${key} rungs`, [planned, sent, played, 0, 0], told.rungs)
  }
  same('sessions', truth.sessions, said.sessions)
  for (const id of new Set([...truth.clusters.keys(), ...Object.keys(said.clusters)])) {
    const [really, told] = [truth.clusters.get(id), said.clusters[id]]
    for (const name of Object.keys({ ...really, ...told }) as (keyof NonNullable<typeof told>)[]) same(`${id} ${name}`, really?.[name], told?.[name])
  }
  for (const reason of new Set([...truth.reasons.keys(), ...Object.keys(said.reasons)])) {
    const really = truth.reasons.get(reason)
    same(`reason ${reason}`, really && [really.slots, really.ms], said.reasons[reason])
  }
  return found
}
