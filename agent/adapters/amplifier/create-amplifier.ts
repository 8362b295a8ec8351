import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Cancel, Clock, MonoMs } from '../../../shared/core/clock.ts'
import { ok } from '../../../shared/core/result.ts'
import type { Result } from '../../../shared/core/result.ts'
import type { Amplifier } from '../../core/ports.ts'
import { parseAmplifier } from './outputs.ts'

export interface AmplifierDeps {
  readonly clock: Clock
  readonly log?: (line: string) => void
  /** How the watchdog is started, without its last argument, the output; by default the file beside this one. */
  readonly watchdog?: readonly string[]
}

/** The watchdog takes the power away this long after the agent's last word. */
const LEASE_MS = 3_000
const RENEW_MS = 1_000
const RESTART_MS = 1_000
const END_MS = 4_000

/**
 * The amplifier's supply, held by a watchdog process so that it goes off when this one dies or hangs. `none` does
 * nothing. @returns a refusal that says which outputs there are.
 */
export function createAmplifier(spec: string, deps: AmplifierDeps): Result<Amplifier, 'bad-amplifier'> {
  const output = parseAmplifier(spec)
  if (!output.ok) return output
  return ok(output.value === null ? NO_AMPLIFIER : startGuarded(spec, deps))
}

const NO_AMPLIFIER: Amplifier = { on: () => undefined, off: () => undefined, stop: () => Promise.resolve() }

/** From the sources it needs a loader for TypeScript; in the bundle it lies beside as plain JavaScript. */
function defaultWatchdog(): readonly string[] {
  const bundled = fileURLToPath(new URL('./watchdog.mjs', import.meta.url))
  // a small heap: it holds one line of text
  const small = ['--max-old-space-size=16', '--max-semi-space-size=1']
  if (existsSync(bundled)) return [process.execPath, ...small, bundled]
  return [process.execPath, ...small, '--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./watchdog.ts', import.meta.url))]
}

class GuardedAmplifier implements Amplifier {
  readonly #spec: string
  readonly #deps: AmplifierDeps
  #child: ChildProcess | null = null
  #until: MonoMs | null = null
  #renew: Cancel = () => undefined
  #restart: Cancel = () => undefined
  #stopped = false

  constructor(spec: string, deps: AmplifierDeps) {
    this.#spec = spec
    this.#deps = deps
  }

  start(): void {
    const [command = process.execPath, ...args] = this.#deps.watchdog ?? defaultWatchdog()
    // its own process group: a Ctrl+C for the agent must not end it before the agent is silent
    const child = spawn(command, [...args, this.#spec], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    this.#child = child
    const note = (text: string): void => {
      for (const line of text.split('\n')) if (line !== '' && !line.startsWith('state ')) this.#log(line)
    }
    child.stdout.setEncoding('utf8').on('data', note)
    child.stderr.setEncoding('utf8').on('data', note)
    child.stdin.on('error', (error) => this.#log(`stdin: ${error.message}`))
    child.on('error', (error) => this.#log(error.message))
    child.on('close', () => this.#noteEnd(child))
    this.#say()
  }

  on(until: MonoMs): void {
    this.#until = until
    this.#say()
  }

  off(): void {
    this.#until = null
    this.#say()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#renew()
    this.#restart()
    const child = this.#child
    if (child === null || child.exitCode !== null) return
    await new Promise<void>((resolve) => {
      const give = this.#deps.clock.after(END_MS, () => child.kill('SIGKILL'))
      child.once('close', () => {
        give()
        resolve()
      })
      child.stdin?.end('off\n')
    })
  }

  /** Says what is wanted now, and again while it lasts. */
  #say(): void {
    this.#renew()
    if (this.#stopped) return
    const leftMs = this.#until === null ? 0 : Math.floor(this.#until - this.#deps.clock.mono())
    const stdin = this.#child?.stdin
    if (stdin?.writable) stdin.write(leftMs > 0 ? `on ${String(Math.min(leftMs, LEASE_MS))}\n` : 'off\n')
    if (leftMs > 0) this.#renew = this.#deps.clock.after(RENEW_MS, () => this.#say())
  }

  #noteEnd(child: ChildProcess): void {
    if (child !== this.#child || this.#stopped) return
    this.#log('The amplifier watchdog has ended; it is started again.')
    this.#child = null
    this.#restart = this.#deps.clock.after(RESTART_MS, () => this.start())
  }

  #log(line: string): void {
    this.#deps.log?.(`amplifier ${this.#spec}: ${line}`)
  }
}

function startGuarded(spec: string, deps: AmplifierDeps): Amplifier {
  const amplifier = new GuardedAmplifier(spec, deps)
  amplifier.start()
  return amplifier
}
