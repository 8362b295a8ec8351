import type { Words } from '../../words/vi.ts'
import type { ContentClass, Rung, Source, Verdict } from './views.ts'
import type { vi } from './words-vi.ts'

type Dictionary = Words<typeof vi>

export const sourceText = (words: Dictionary, source: Source): string =>
  ({ own: words.sourceOwn, relay: words.sourceRelay, shared: words.sourceShared, bulletin: words.sourceBulletin, live: words.sourceLive, emergency: words.sourceEmergency })[source]
export const classText = (words: Dictionary, name: ContentClass): string => ({ normal: words.classNormal, priority: words.classPriority, emergency: words.classEmergency })[name]
export const rungText = (words: Dictionary, rung: Rung): string =>
  ({ planned: words.rungPlanned, sent: words.rungSent, played: words.rungPlayed, heard: words.rungHeard, confirmed: words.rungConfirmed })[rung]
export const verdictText = (words: Dictionary, verdict: Verdict): string => ({ whole: words.verdictWhole, part: words.verdictPart, none: words.verdictNone })[verdict]
