import { spawn } from 'node:child_process'
import type { Log } from '../../shared/core/log.ts'
import type { Recovery } from '../core/ports.ts'
import { RECOVERY_STEPS, type RecoveryStep } from '../core/recovery.ts'

/** A program that has not ended by then has not gone well, ms. */
const LIMIT_MS = 90_000

/** Runs the installer's programs, without a shell and with no environment but PATH. Steps without a program are not there. */
export function createModemSteps(commands: Readonly<Record<RecoveryStep, string | null>>, log: Log, limitMs = LIMIT_MS): Recovery {
  return {
    steps: RECOVERY_STEPS.filter((step) => commands[step] !== null),
    run: (step) =>
      new Promise((resolve) => {
        const [program = '', ...args] = (commands[step] ?? '').split(' ').filter((word) => word !== '')
        const child = spawn(program, args, { stdio: 'ignore', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
        const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
        const end = (why: string | null): void => {
          clearTimeout(timer)
          if (why !== null) log.warn({ step, program, why }, 'a step of the recovery did not go well; check its program')
          resolve(why === null)
        }
        child.once('error', (error) => end(error.message))
        child.once('exit', (code, signal) => end(code === 0 ? null : `ended with ${String(code ?? signal)}`))
      }),
  }
}
