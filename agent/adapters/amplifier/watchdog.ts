import { createInterface } from 'node:readline'
import { parseAmplifier } from './outputs.ts'
import type { AmplifierOutput } from './outputs.ts'

/**
 * A process of its own that holds the amplifier's output. It reads lines: `on MS` (power for at most so long from now)
 * and `off`. It switches off at its start, when a lease ends, when its stdin ends (the agent has died), and at a signal.
 * `watchdog SPEC --off` only switches off and ends, for the service manager.
 * It says on stdout `state on|off` after each change and `failed SENTENCE` when the output could not be switched.
 */

/** No lease is longer: an agent that hangs is as good as dead. */
const MAX_LEASE_MS = 10_000
const RETRY_MS = 1_000

class Watchdog {
  readonly #output: AmplifierOutput
  #wanted = false
  /** What the output was last brought to; null while that is not known. */
  #actual: boolean | null = null
  #working: Promise<void> | null = null
  #lease: NodeJS.Timeout | null = null
  #retry: NodeJS.Timeout | null = null

  constructor(output: AmplifierOutput) {
    this.#output = output
  }

  want(on: boolean, leaseMs = 0): Promise<void> {
    if (this.#lease) clearTimeout(this.#lease)
    this.#lease = on ? setTimeout(() => void this.want(false), Math.min(leaseMs, MAX_LEASE_MS)) : null
    this.#wanted = on
    return this.#bring()
  }

  /** One change at a time; a wish that comes meanwhile is seen when it is done. */
  #bring(): Promise<void> {
    this.#working ??= this.#bringAll().finally(() => {
      this.#working = null
    })
    return this.#working
  }

  async #bringAll(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
    while (this.#actual !== this.#wanted) {
      const on = this.#wanted
      try {
        await this.#output.set(on)
        this.#actual = on
        say(`state ${on ? 'on' : 'off'}`)
      } catch (error) {
        this.#actual = null
        say(`failed ${error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)}`)
        if (this.#wanted !== on) continue
        this.#retry = setTimeout(() => void this.#bring(), RETRY_MS)
        return
      }
    }
  }

  /** Off, tried until it works or three seconds have passed. */
  async end(): Promise<void> {
    const end = performance.now() + 3 * RETRY_MS
    await this.want(false)
    while (this.#actual !== false && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      await this.#bring()
    }
  }
}

/** The agent may be gone: then nobody listens, and that is no reason to stop. */
function say(line: string): void {
  if (process.stdout.writable) process.stdout.write(`${line}\n`)
}

async function main(spec: string, onlyOff: boolean): Promise<void> {
  const output = parseAmplifier(spec)
  if (!output.ok || output.value === null) {
    process.stderr.write(`${output.ok ? 'There is no amplifier output to guard.' : output.why}\n`)
    process.exitCode = 2
    return
  }
  process.stdout.on('error', () => process.stdout.destroy())
  const watchdog = new Watchdog(output.value)
  const leave = (): void => void watchdog.end().then(() => process.exit(0))
  // the agent ends it by closing stdin, after it has become silent; a terminal's Ctrl+C reaches both at once
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leave)
  if (onlyOff) return leave()
  void watchdog.want(false)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    const [, lease] = /^on (\d{1,9})$/.exec(line) ?? []
    void watchdog.want(lease !== undefined, Number(lease ?? 0))
  })
  lines.on('close', leave)
}

await main(process.argv[2] ?? 'none', process.argv[3] === '--off')
