import { spawn } from 'node:child_process'

/** Bounds of one child process. Every child has all three: none may run, speak or wait for ever. */
export interface ChildLimits {
  readonly timeoutMs: number
  /** Standard output beyond this ends the child. */
  readonly maxOutputBytes: number
  readonly signal?: AbortSignal | undefined
}

export type ChildOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stdout: Buffer; readonly stderr: string }
  | { readonly kind: 'missing' | 'timed-out' | 'stopped' | 'too-much-output' }

/** Standard error is for messages: the first 64 KiB are enough to tell what went wrong. */
const MAX_STDERR_BYTES = 65_536

/**
 * Runs a program without a shell, gives it `input` on standard input and collects what it says. Resolves only after
 * the process is gone; rejects when it cannot be started for a reason other than being absent.
 */
export function runChild(
  program: string,
  args: readonly string[],
  input: Uint8Array | null,
  limits: ChildLimits,
): Promise<ChildOutcome> {
  if (limits.signal?.aborted === true) return Promise.resolve({ kind: 'stopped' })
  return new Promise((resolve, reject) => {
    let ended: Exclude<ChildOutcome['kind'], 'exited'> | null = null
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let stdoutBytes = 0
    let stderrBytes = 0
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
    const end = (why: Exclude<ChildOutcome['kind'], 'exited'>): void => {
      ended ??= why
      child.kill('SIGKILL')
    }
    const timer = setTimeout(() => end('timed-out'), limits.timeoutMs)
    const onAbort = (): void => end('stopped')
    limits.signal?.addEventListener('abort', onAbort, { once: true })
    const release = (): void => {
      clearTimeout(timer)
      limits.signal?.removeEventListener('abort', onAbort)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length
      if (stdoutBytes > limits.maxOutputBytes) end('too-much-output')
      else stdout.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderrBytes += chunk.length
      if (stderrBytes <= MAX_STDERR_BYTES) stderr.push(chunk)
    })
    // a child that ends before it has read everything closes the pipe: its exit code tells the story
    child.stdin.on('error', () => undefined)
    child.on('error', (error: NodeJS.ErrnoException) => {
      release()
      if (error.code === 'ENOENT') resolve({ kind: 'missing' })
      else reject(new Error(`cannot start ${program}: ${error.message}`, { cause: error }))
    })
    child.on('close', (exitCode) => {
      release()
      if (ended !== null) resolve({ kind: ended })
      else {
        const said = Buffer.concat(stderr).toString('utf8')
        resolve({ kind: 'exited', exitCode: exitCode ?? 255, stdout: Buffer.concat(stdout), stderr: said })
      }
    })
    child.stdin.end(input ?? undefined)
  })
}
