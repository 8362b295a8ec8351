import type { ParsedSignal } from '../../core/signal-figures.ts'
import { mergeSignals } from '../../core/signal-figures.ts'
import { parseCesq, parseCops, parseCpsi, parseCsq, parseQcsq, parseQeng, parseVendor } from '../../core/signal-parse.ts'
import { openAtPort, type AtPort } from './at-port.ts'
import type { Poller } from './polling.ts'

/** The most telling question first; the later ones fill what it left open. */
const QUESTIONS = {
  quectel: [['AT+QENG="servingcell"', parseQeng], ['AT+QCSQ', parseQcsq], ['AT+CSQ', parseCsq]],
  simcom: [['AT+CPSI?', parseCpsi], ['AT+CESQ', parseCesq], ['AT+CSQ', parseCsq]],
  other: [['AT+CESQ', parseCesq], ['AT+CSQ', parseCsq]],
} as const

/** The operator changes rarely, and some modems ask the network for it. */
const ROUNDS_PER_OPERATOR = 10

/** Asks a modem by AT commands on a port of its own (the third of most modems; the network runs over another). */
export function atPoller(path: string): Poller {
  let port: AtPort | null = null
  let vendor: keyof typeof QUESTIONS = 'other'
  let operator: string | undefined
  let round = 0

  const greet = async (): Promise<AtPort> => {
    const opened = await openAtPort(path)
    port = opened
    // a first command may meet the rest of an older one: its answer does not count
    await opened.ask('AT')
    await opened.ask('ATE0')
    vendor = parseVendor(await opened.ask('ATI'))
    round = 0
    return opened
  }
  return {
    ask: async () => {
      const at = port ?? (await greet())
      const answers: (ParsedSignal | null)[] = []
      for (const [command, parse] of QUESTIONS[vendor]) answers.push(parse(await at.ask(command)))
      if (round++ % ROUNDS_PER_OPERATOR === 0) operator = parseCops(await at.ask('AT+COPS?'))
      const merged = mergeSignals(answers)
      return merged === null || operator === undefined ? merged : { ...merged, operator }
    },
    close: async () => {
      const open = port
      port = null
      await open?.close()
    },
  }
}
