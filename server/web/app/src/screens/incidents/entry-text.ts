import type { IncidentEntry, IncidentState } from '../../lib/views.ts'
import type { Dictionary } from '../../words/vi.ts'

/** A state of an incident in words. */
export const stateText = (words: Dictionary, state: IncidentState): string =>
  ({ open: words.stateOpen, assigned: words.stateAssigned, 'in-hand': words.stateInHand, repaired: words.stateRepaired, verified: words.stateVerified })[state]

/** A line of its history in words. */
export function entryText(words: Dictionary, { kind, clusters, state, assignee, text, part }: IncidentEntry): string {
  const names = clusters.join(', ')
  const told: Readonly<Record<IncidentEntry['kind'], string>> = {
    opened: words.entryOpened,
    joined: words.entryJoined(names),
    healed: words.entryHealed(names),
    merged: words.entryMerged,
    reopened: words.entryReopened,
    'not-repaired': words.entryNotRepaired,
    state: state === null ? '' : stateText(words, state) + (assignee === null ? '' : `: ${assignee}`),
    comment: '',
    photo: words.entryPhoto,
    part: part === null ? '' : words.entryPart(part.name, part.count),
    closed: words.entryClosed,
    replaced: words.entryReplaced,
  }
  return [told[kind], kind === 'opened' ? '' : (text ?? '')].filter((one) => one !== '').join(' — ')
}
