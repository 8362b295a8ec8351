import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { freemem } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../shared/core/log.ts'
import { ok, refuse } from '../../shared/core/result.ts'
import { PRACTICE_FOLDER, practiceEnvironment, type PracticeProcess, type PracticeProgram } from '../core/practice.ts'
import { readFromPractice, type ToPractice } from '../core/practice-line.ts'
import { agentBundleIsThere } from './child-agents.ts'

export interface PracticeProgramOrder {
  /** The station's own. */
  readonly folder: string
  readonly log: Log
}

/** Server and three boxes, with some room for the station itself. */
const NEEDS_MEMORY_BYTES = 700_000_000
const NEEDS_DISK_BYTES = 1_500_000_000
/** A server with three boxes needs no more; one that does is to end before it takes the station's. */
const NODE_FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=2']
/** Behind everything else on this machine, and with it every ffmpeg and every box that it starts. */
const NICENESS = '15'
const LOG = 'practice.log'
const MOST_LAST_WORDS = 2_000
const ENDS_WITHIN_MS = 8_000
const ANSWERS_WITHIN_MS = 10_000

/** Also what boxes that are dying at this moment still write. Never rejects: what stays is removed at the next start. */
const remover = (log: Log) => (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }).catch((error: unknown) => log.warn({ folder, error: String(error) }, 'the folder of a practice station is not removed'))

async function bytesOf(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    // what has vanished meanwhile weighs nothing
    sum += await stat(join(entry.parentPath ?? entry.path, entry.name)).then(({ blocks }) => blocks * 512, () => 0)
  }
  return sum
}

/** As this program was started itself, without what debuggers want of it. */
const programOf = (): readonly string[] => [...process.execArgv.filter((one) => !one.startsWith('--inspect')), process.argv[1] ?? '', '--practice']

function spawnIn(folder: string): ChildProcess {
  const logFile = openSync(join(folder, LOG), 'a', 0o600)
  try {
    return spawn('nice', ['-n', NICENESS, process.execPath, ...NODE_FLAGS, ...programOf()], {
      stdio: ['ignore', logFile, logFile, 'ipc'],
      env: practiceEnvironment(process.env),
    })
  } finally {
    closeSync(logFile)
  }
}

function processIn(folder: string, child: ChildProcess, gone: Promise<void>): PracticeProcess & { answered(n: number, ticket: string): void } {
  const waiting = new Map<number, (ticket: string | null) => void>()
  let last = 0
  void gone.then(() => waiting.forEach((answer) => answer(null)))
  const say = (word: ToPractice): void => void (child.connected && child.send(word))
  return {
    answered: (n, ticket) => waiting.get(n)?.(ticket),
    ticket: (order) =>
      new Promise((done) => {
        const n = ++last
        const answer = (ticket: string | null): void => {
          clearTimeout(timer)
          waiting.delete(n)
          done(ticket)
        }
        const timer = setTimeout(() => answer(null), ANSWERS_WITHIN_MS)
        waiting.set(n, answer)
        if (child.connected) say({ ask: 'ticket', n, ...order })
        else answer(null)
      }),
    bytes: () => bytesOf(folder),
    async end(how) {
      const force = setTimeout(() => child.kill('SIGKILL'), how === 'orderly' ? ENDS_WITHIN_MS : 0)
      if (how === 'orderly') say({ ask: 'end' })
      await gone
      clearTimeout(force)
    },
  }
}

/** What a process said last: its log goes with its folder. */
function lastWords(folder: string): string {
  try {
    return readFileSync(join(folder, LOG), 'utf8').slice(-MOST_LAST_WORDS)
  } catch (error) {
    return String(error)
  }
}

/** Told once, when the process is no more; or was never there, and no exit follows. */
function whenGone(folder: string, child: ChildProcess, log: Log): Promise<void> {
  return new Promise((done) => {
    child.once('exit', (code, signal) => {
      if (code !== 0) log.warn({ code, signal, said: lastWords(folder) }, 'the practice station ended by itself, or was made to')
      done()
    })
    child.once('error', (error) => {
      log.error({ error: String(error) }, 'the practice station cannot be started')
      if (child.pid === undefined) done()
    })
  })
}

/** The practice station as a process of its own, in a folder below the station's. What a station that was killed left there is removed at once. */
export function createPracticeProgram({ folder: station, log }: PracticeProgramOrder): PracticeProgram {
  const remove = remover(log)
  const folders = join(station, PRACTICE_FOLDER)
  mkdirSync(folders, { recursive: true, mode: 0o700 })
  for (const left of readdirSync(folders)) void remove(join(folders, left))
  return {
    start(place, told, ended) {
      if (!agentBundleIsThere('dist/agent/main.mjs')) return refuse('no-boxes', 'The agent is not built (dist/agent/main.mjs): run npm run build:agent on this machine.')
      if (freemem() < NEEDS_MEMORY_BYTES) return refuse('no-memory', 'This machine has too little free memory.')
      const { bavail, bsize } = statfsSync(station)
      if (bavail * bsize < NEEDS_DISK_BYTES) return refuse('no-space', 'The disk of this machine is too full.')
      const folder = mkdtempSync(join(folders, 'xa-mau-'))
      const child = spawnIn(folder)
      const gone = whenGone(folder, child, log).then(() => remove(folder))
      const running = processIn(folder, child, gone)
      child.on('message', (message) => {
        const word = readFromPractice(message)
        if (word?.say === 'ticket') running.answered(word.n, word.ticket)
        else if (word) told(word)
        else log.warn({}, 'the practice station said something that is not understood')
      })
      void gone.then(ended)
      const begin: ToPractice = { ask: 'begin', folder, place }
      if (child.pid !== undefined) child.send(begin)
      return ok(running)
    },
  }
}
