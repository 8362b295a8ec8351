import type { ServerDeps } from '../../core/server-deps.ts'

export const ID_PATTERN = '^[0-9a-f]{12}$'

/** Twelve letters that nobody guesses by counting. */
export const newId = (deps: Pick<ServerDeps, 'secretBytes'>): string => [...deps.secretBytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
