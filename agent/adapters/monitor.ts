import { spawn } from 'node:child_process'
import type { Clock } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { MonitorSource } from '../core/ports.ts'
import { parseLineSource } from './line-source.ts'

const KINDS =
  'The monitor must be none, alsa:DEVICE (such as alsa:plughw:1, see arecord -l), file:/FILE.wav or current:/PROGRAM with a number a line on its output. ' +
  'Đầu vào kiểm tra tiếng phải là none, alsa:THIẾT_BỊ, file:/TỆP.wav hoặc current:/CHƯƠNG_TRÌNH in mỗi dòng một số.'
/** A line longer than this is no number. */
const MAX_LINE = 200

/** Reads a description such as `alsa:plughw:1`; null for none. */
export function parseMonitorSource(spec: string, clock: Clock): Result<MonitorSource | null, 'bad-monitor'> {
  if (spec === 'none' || spec === '') return ok(null)
  if (spec.startsWith('current:')) {
    const [program = '', ...args] = spec.slice('current:'.length).split(' ').filter((word) => word !== '')
    return program.startsWith('/') ? ok(currentSource(spec, program, args)) : refuse('bad-monitor', `"${spec}" is no monitor. ${KINDS}`)
  }
  const line = parseLineSource(spec, clock)
  if (!line.ok || line.value === null) return refuse('bad-monitor', `"${spec}" is no monitor. ${KINDS}`)
  return ok({ kind: 'sound', ...line.value })
}

/** The program runs while sound is watched; it is given no environment but PATH. */
function currentSource(spec: string, program: string, args: readonly string[]): MonitorSource {
  return {
    kind: 'current',
    spec,
    open: (reading, failed) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
      let closed = false
      let rest = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = (lines.pop() ?? '').slice(0, MAX_LINE)
        for (const value of lines.map((line) => (line.trim() === '' ? Number.NaN : Number(line)))) if (!closed && Number.isFinite(value)) reading(value)
      })
      const fail = (why: string): void => {
        if (!closed) failed(why)
        closed = true
      }
      child.on('error', (error) => fail(`${spec}: ${error.message}; check that the program is there and may be run.`))
      child.on('close', (code) => fail(`${spec}: the program ended (${String(code)}); it must go on and print a number a line.`))
      return () => {
        closed = true
        child.kill('SIGKILL')
      }
    },
  }
}
