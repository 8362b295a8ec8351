import type { ParsedSignal } from '../../core/signal-figures.ts'
import { factsOf, mergeSignals } from '../../core/signal-figures.ts'
import { parseCesq, parseCops, parseCpsi, parseCsq, parseIccid, parseQcsq, parseQeng, parseVendor } from '../../core/signal-parse.ts'
import { openAtPort, type AtPort } from './at-port.ts'
import type { Poller } from './polling.ts'

/** The most telling question first; the later ones fill what it left open. */
const QUESTIONS = {
  quectel: [['AT+QENG="servingcell"', parseQeng], ['AT+QCSQ', parseQcsq], ['AT+CSQ', parseCsq]],
  simcom: [['AT+CPSI?', parseCpsi], ['AT+CESQ', parseCesq], ['AT+CSQ', parseCsq]],
  other: [['AT+CESQ', parseCesq], ['AT+CSQ', parseCsq]],
} as const

/** How each maker is asked for the number of the SIM; the standard has no question. */
const ICCID = { quectel: 'AT+QCCID', simcom: 'AT+CICCID', other: 'AT+CCID' } as const

/** The operator changes rarely, and some modems ask the network for it. */
const ROUNDS_PER_OPERATOR = 10

/** Asks a modem by AT commands on a port of its own (the third of most modems; the network runs over another). */
export function atPoller(path: string): Poller {
  let port: AtPort | null = null
  let vendor: keyof typeof QUESTIONS = 'other'
  let seldom: { readonly operator?: string; readonly iccid?: string } = {}
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
      if (round++ % ROUNDS_PER_OPERATOR === 0) seldom = factsOf({ operator: parseCops(await at.ask('AT+COPS?')), iccid: parseIccid(await at.ask(ICCID[vendor])) })
      const merged = mergeSignals(answers)
      return merged && { ...merged, ...seldom }
    },
    close: async () => {
      const open = port
      port = null
      await open?.close()
    },
  }
}
