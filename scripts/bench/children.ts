import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A program of this folder in its own process; it and we exchange JSON. */
export interface Child {
  readonly pid: number
  /** The next message, or a rejection when the child ends or the bench's time is over first. */
  next<T>(): Promise<T>
  stop(): Promise<void>
}

export function startChild(file: string, task: object, signal: AbortSignal): Child {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(task)], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  return {
    pid: child.pid ?? 0,
    next: <T>() => nextMessage<T>(child, signal),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

function nextMessage<T>(child: ChildProcess, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const ended = (code: number | null): void => settle(() => fail(new Error(`a child of the bench ended with ${code}`)))
    const aborted = (): void => settle(() => fail(signal.reason as Error))
    const came = (message: unknown): void => settle(() => done(message as T))
    const settle = (tell: () => void): void => {
      child.removeListener('exit', ended)
      child.removeListener('message', came)
      signal.removeEventListener('abort', aborted)
      tell()
    }
    if (signal.aborted) return aborted()
    child.once('exit', ended)
    child.once('message', came)
    signal.addEventListener('abort', aborted)
  })
}
