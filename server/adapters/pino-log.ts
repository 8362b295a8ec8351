import { pino } from 'pino'
import type { Log } from '../../shared/core/log.ts'

/** JSON lines to standard error, or to a file where the terminal shows something else. */
export function pinoLog(level: string, file: string | null): Log {
  const destination = pino.destination(file === null ? 2 : { dest: file, mkdir: true, sync: true })
  return pino({ level, base: null }, destination)
}
