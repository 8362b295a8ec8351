import type { Log } from '../../shared/core/log.ts'
import type { LogLevel } from '../core/agent-settings.ts'

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One JSON line per event on standard error. A logging library would cost the box several megabytes of memory. */
export function jsonLog(least: LogLevel, name: string): Log {
  const say = (level: LogLevel) => (facts: object, text: string): void => {
    if (ORDER.indexOf(level) < ORDER.indexOf(least)) return
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, name, text, ...facts })}\n`)
  }
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
