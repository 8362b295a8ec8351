import type { Log } from '../../shared/core/log.ts'

/** Prints everything, for a person who looks for a fault: pass it as `log`. */
export const consoleLog = (name: string): Log => {
  const say = (level: string) => (facts: object, text: string): void => console.error(name, level, text, JSON.stringify(facts))
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
}
