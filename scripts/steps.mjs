// Steps that start and test share. Plain Node and no package: nothing is installed yet when these run.
import { spawn, spawnSync } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const TAIL_LINES = 40
const PROGRESS_EVERY_MS = 5_000

export const say = (line) => process.stdout.write(`${line}\n`)

/** A reason to end that a person can act on: printed as it stands, without a stack. */
export class Refusal extends Error {}

/** Ends with sentences, never a stack, when `work` refuses. Other errors are bugs and are shown whole. */
export async function orRefuse(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    say('')
    say(error.message)
    process.exit(1)
  }
}

/** True when the command is on the PATH. */
export const has = (command) =>
  spawnSync('/bin/sh', ['-c', 'command -v "$1" >/dev/null 2>&1', 'sh', command]).status === 0

/**
 * Runs a long command quietly: one line when it starts, one every few seconds, one when it is done.
 * Resolves with { ok, output }: the last lines that it said, for whoever has to understand a failure.
 */
export function runQuietly(title, command, args, { env = {}, note = () => '' } = {}) {
  say(`• ${title} …`)
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  return new Promise((done) => {
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).split('\n').slice(-TAIL_LINES).join('\n')
    }
    const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const progress = setInterval(() => {
      const extra = note()
      say(`  … ${seconds()} s${extra === '' ? '' : ` (${extra})`}`)
    }, PROGRESS_EVERY_MS)
    const end = (ok, last = '') => {
      clearInterval(progress)
      say(`  ${ok ? 'done' : 'failed'} after ${seconds()} s`)
      done({ ok, output: `${output}${last}` })
    }
    child.on('error', (error) => end(false, `\n${command}: ${error.message}`))
    child.on('close', (code) => end(code === 0))
  })
}

/** npm as it was called, so that `npm start` of one npm does not run another one. */
export function npm(args) {
  const own = process.env.npm_execpath
  return own && own.endsWith('.js') ? { command: process.execPath, args: [own, ...args] } : { command: 'npm', args }
}
