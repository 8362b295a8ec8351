import { incidentWords } from '../../../../../core/incident-kinds.ts'
import type { Language } from './language.ts'

/** Kinds of incidents, as they are called everywhere; one that is not known stands as it is. */
export const incidentText = (kind: string, language: Language): string => incidentWords(kind)?.[language] ?? kind
