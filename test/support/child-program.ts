import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './mqtt-client.ts'

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

export interface ServerProgram extends ChildProgram {
  readonly url: string
  readonly mqttUrl: string
  readonly token: string
}
/** The server with the data folder `FOLDER/data`, on free ports; resolves when it is ready. */
export async function serverProgram(folder: string, timetable: string): Promise<ServerProgram> {
  const program = startProgram('server/main.ts', { TL_PORT: '0', TL_MQTT_PORT: '0', TL_DATA: join(folder, 'data'), TL_TIMETABLE: timetable }, ['--no-demo'])
  if (!(await until(() => program.out().includes('Administrator token: '), 60_000))) throw new Error(`the server did not start: ${program.out()}${program.err()}`)
  const [, url = '', mqttUrl = '', token = ''] = /Address: (\S+).*\nMQTT: (\S+)\nAdministrator token: (\S+)/.exec(program.out()) ?? []
  return { ...program, url, mqttUrl, token }
}
/** kill -9. */
export async function killed(program: ChildProgram): Promise<void> {
  program.child.kill('SIGKILL')
  await program.ended
}
