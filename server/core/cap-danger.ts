import type { CapInfo } from './cap-message.ts'

/** How bad it would be. */
const SEVERITY: Record<CapInfo['severity'], number> = { Extreme: 9, Severe: 7, Moderate: 5, Minor: 3, Unknown: 5 }
/** How soon something must be done. */
const URGENCY: Record<CapInfo['urgency'], number> = { Immediate: 0, Expected: -1, Future: -2, Past: -4, Unknown: -1 }
/** How sure it is. */
const CERTAINTY: Record<CapInfo['certainty'], number> = { Observed: 0, Likely: 0, Possible: -1, Unlikely: -3, Unknown: -1 }

/** 0 = ordinary … 9 = immediate danger to life, from the three words by which CAP ranks a warning. */
export const dangerOf = ({ severity, urgency, certainty }: Pick<CapInfo, 'severity' | 'urgency' | 'certainty'>): number =>
  Math.max(0, SEVERITY[severity] + URGENCY[urgency] + CERTAINTY[certainty])
