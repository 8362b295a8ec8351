import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface ChildProgram {
  readonly child: ChildProcess
  /** What it has said so far. */
  out(): string
  err(): string
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>
}

/** A program of this repository as a process of its own, with nothing of this process's environment but PATH. */
export function startProgram(entry: 'agent/main.ts' | 'server/main.ts', env: Readonly<Record<string, string>>, args: readonly string[] = []): ChildProgram {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, entry), ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (text: Buffer) => void (out += text.toString()))
  child.stderr.on('data', (text: Buffer) => void (err += text.toString()))
  return { child, out: () => out, err: () => err, ended: new Promise((done) => child.once('exit', (code) => done(code))) }
}
