import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program that is told by lines on its stdin and answers with lines of JSON. */
export interface LineChild {
  readonly pid: number
  tell(line: string): void
  /** The next answer; rejects when the program ends, or the bench's time is over, first. */
  next<T>(): Promise<T>
  /** `tell`, and the answer. */
  ask<T>(line: string): Promise<T>
  stop(): Promise<void>
}

export function startLineChild(program: string, args: readonly string[], signal: AbortSignal): LineChild {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers: string[] = []
  let wake: () => void = () => undefined
  let ended = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    answers.push(line)
    wake()
  })
  const exited = new Promise<void>((done) => {
    child.once('error', () => done())
    child.once('exit', () => done())
  }).then(() => {
    ended = true
    wake()
  })
  signal.addEventListener('abort', () => wake(), { once: true })
  const next = async <T>(): Promise<T> => {
    for (;;) {
      if (signal.aborted) throw signal.reason as Error
      const line = answers.shift()
      if (line !== undefined) return JSON.parse(line) as T
      if (ended) throw new Error(`${program} of the bench has ended (${child.exitCode ?? child.signalCode ?? 'not started'})`)
      await new Promise<void>((done) => (wake = done))
    }
  }
  const tell = (line: string): void => void child.stdin.write(`${line}\n`)
  return {
    pid: child.pid ?? 0,
    tell,
    next,
    ask<T>(line: string) {
      tell(line)
      return next<T>()
    },
    async stop() {
      if (!ended) child.kill('SIGTERM')
      await exited
    },
  }
}

/** A TypeScript program of this folder. */
export const startScript = (file: string, task: object, signal: AbortSignal): LineChild =>
  startLineChild(process.execPath, ['--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(task)], signal)

/** CPU seconds of a process, all its threads, from the scheduler's own account in nanoseconds. */
export function scheduledSeconds(pid: number): number {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ')[0]), 0) / 1e9
}

export function residentKib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kib)
}

/** Compiles the load generator into `folder`, with TLS where OpenSSL's headers are. null = no compiler: Node takes its place. */
export function compileLoad(folder: string): { readonly program: string; readonly tls: boolean } | null {
  const source = fileURLToPath(new URL('./fanout-load.c', import.meta.url))
  const program = join(folder, 'fanout-load')
  const compile = (more: readonly string[]): boolean => spawnSync('cc', ['-O2', '-o', program, source, ...more], { stdio: 'ignore' }).status === 0
  if (compile(['-DWITH_TLS', '-lssl', '-lcrypto'])) return { program, tls: true }
  return compile([]) ? { program, tls: false } : null
}
