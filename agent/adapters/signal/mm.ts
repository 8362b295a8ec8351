import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { factsOf, mergeSignals } from '../../core/signal-figures.ts'
import { parseMmIccid, parseMmList, parseMmModem, parseMmRate, parseMmSignal, parseMmSim } from '../../core/signal-mm.ts'
import type { Poller } from './polling.ts'

const run = promisify(execFile)
const TIMEOUT_MS = 10_000
const MAX_OUTPUT_BYTES = 256 * 1024
/** ModemManager itself asks the modem so often once it is told to. */
const RATE_S = 10
const ROUNDS_PER_MODEM_FACTS = 10

/** Asks ModemManager by its command-line tool, the only one of its interfaces that needs no library. */
export function mmPoller(): Poller {
  let modem: string | null = null
  let facts: ReturnType<typeof parseMmModem> = {}
  let round = 0

  const mmcli = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('mmcli', args, { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } })
    return stdout
  }
  const find = async (): Promise<string> => {
    const found = parseMmList(await mmcli('-L', '-J'))
    if (found === null) throw new Error('ModemManager knows no modem')
    await mmcli('-m', found, `--signal-setup=${RATE_S}`)
    modem = found
    round = 0
    return found
  }
  const modemFacts = async (id: string): Promise<typeof facts> => {
    const told = await mmcli('-m', id, '-J')
    const sim = parseMmSim(told)
    return { ...parseMmModem(told), ...(sim === null ? {} : factsOf({ iccid: parseMmIccid(await mmcli('-i', sim, '-J')) })) }
  }
  return {
    ask: async () => {
      const id = modem ?? (await find())
      const signal = await mmcli('-m', id, '-J', '--signal-get')
      // a restart of ModemManager forgets the rate, and then every figure is missing
      if (parseMmRate(signal) === 0) await mmcli('-m', id, `--signal-setup=${RATE_S}`)
      if (round++ % ROUNDS_PER_MODEM_FACTS === 0) facts = await modemFacts(id)
      const parsed = parseMmSignal(signal)
      return parsed === null ? null : mergeSignals([parsed, { figures: [null, null, null, null], ...facts }])
    },
    close: async () => {
      // numbers are not used again: a modem that came back has another
      modem = null
    },
  }
}
