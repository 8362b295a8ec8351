import ffmpeg from 'fluent-ffmpeg'
import type { Writable } from 'node:stream'

/** One run of ffmpeg: one input, one output. */
export interface FfmpegJob {
  readonly program: string
  readonly niceness: number
  readonly inputOptions: readonly string[]
  readonly input: string
  readonly filters: readonly string[]
  readonly outputOptions: readonly string[]
  /** An absolute path, or a stream that takes the bytes. */
  readonly output: string | Writable
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export type FfmpegEnd =
  | { readonly kind: 'done'; readonly stderr: string }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly stderr: string; readonly cause: Error }
  | { readonly kind: 'missing' | 'timed-out' | 'stopped' }

/** The members of a fluent-ffmpeg command that its types do not show. */
interface Unlisted {
  _getFfmpegPath: (done: (error: Error | null, path: string) => void) => void
  _checkCapabilities: (done: (error: Error | null) => void) => void
  availableEncoders: (done: (error: Error | null, encoders: Record<string, never>) => void) => void
}

/** `nice` answers 127 when the program that it is to start is absent. */
const NOT_FOUND = 127

/**
 * Runs one job through fluent-ffmpeg and resolves only when the process has ended. The library is kept from its own
 * questions to ffmpeg: it cannot read the format list of ffmpeg 7, asks without a time-out, and keeps the path of the
 * program for the whole process.
 */
export function runFfmpeg(job: FfmpegJob): Promise<FfmpegEnd> {
  if (job.signal?.aborted === true) return Promise.resolve({ kind: 'stopped' })
  return new Promise((resolve) => {
    const command = ffmpeg({ stdoutLines: 400, niceness: job.niceness })
    const own = command as unknown as Unlisted
    own._getFfmpegPath = (done) => done(null, job.program)
    own._checkCapabilities = (done) => done(null)
    own.availableEncoders = (done) => done(null, {})
    let cut: 'timed-out' | 'stopped' | null = null
    let spawned = false
    const end = (why: 'timed-out' | 'stopped'): void => {
      cut ??= why
      if (spawned) command.kill('SIGKILL')
    }
    const timer = setTimeout(() => end('timed-out'), job.timeoutMs)
    const onAbort = (): void => end('stopped')
    job.signal?.addEventListener('abort', onAbort, { once: true })
    const settle = (outcome: FfmpegEnd): void => {
      clearTimeout(timer)
      job.signal?.removeEventListener('abort', onAbort)
      // whatever fluent-ffmpeg calls the end of a killed process ("exited with code 255"), we know why it ended
      resolve(cut === null ? outcome : { kind: cut })
    }
    command.input(job.input).inputOptions(asArguments(job.inputOptions))
    if (job.filters.length > 0) command.audioFilters([...job.filters])
    command.outputOptions(asArguments(['-nostdin', '-hide_banner', '-nostats', ...job.outputOptions]))
    command.on('start', () => {
      spawned = true
      if (cut !== null) command.kill('SIGKILL')
    })
    command.on('end', (_stdout, stderr) => settle({ kind: 'done', stderr: stderr ?? '' }))
    command.on('error', (error: Error, _stdout, stderr) => settle(failure(error, stderr ?? '')))
    if (typeof job.output === 'string') command.save(job.output)
    else command.pipe(job.output, { end: true })
  })
}

/** Options are given one token at a time: in an array fluent-ffmpeg splits an element at its first blank. */
function asArguments(tokens: readonly string[]): string[] {
  const broken = tokens.find((token) => /\s/.test(token))
  if (broken !== undefined) throw new Error(`ffmpeg option with a blank: ${broken}`)
  return [...tokens]
}

function failure(error: Error, stderr: string): FfmpegEnd {
  const exitCode = Number(/exited with code (\d+)/.exec(error.message)?.[1] ?? 255)
  if ((error as NodeJS.ErrnoException).code === 'ENOENT' || exitCode === NOT_FOUND) return { kind: 'missing' }
  return { kind: 'failed', exitCode, stderr, cause: error }
}
