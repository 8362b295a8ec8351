import type { EmergencyView } from '../../lib/views.ts'
import type { Words } from '../../words/vi.ts'
import type { vi } from './words-vi.ts'

/** Why it is over; empty while it is not. Of one that was spoken the station's own sentence stands elsewhere. */
export function endText(words: Words<typeof vi>, { endedBecause, endedBy, endedReason }: Pick<EmergencyView, 'endedBecause' | 'endedBy' | 'endedReason'>): string {
  if (endedBecause === 'cancelled') return endedBy === null ? '' : words.endedBy(endedBy, endedReason ?? '')
  return endedBecause === 'expired' ? words.endedExpired : endedBecause === 'replaced' ? words.endedReplaced : endedBecause === 'finished' ? words.endedFinished : ''
}
