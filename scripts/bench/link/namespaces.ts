import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Two network namespaces of this process: the server's side of the emulated link, and the boxes'. */
export interface Namespaces {
  readonly server: string
  readonly boxes: string
  close(): void
}

/** Names carry the process that made them, so that whoever comes later can tell what nobody uses any more. */
const NAME = /^tl-(\d+)-[sb]$/
const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** A sentence that says why the emulator cannot run here; null when it can. */
export function linkMissing(): string | null {
  if (process.platform !== 'linux') return 'the link emulator needs Linux'
  if (process.getuid?.() !== 0) return 'the link emulator needs root, for namespaces and TUN devices'
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun: modprobe tun'
  for (const [command, from] of [['gcc', 'gcc'], ['ip', 'iproute2']] as const) {
    if (!found(command)) return `${command} is not installed: apt-get install ${from}`
  }
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
    const name = `tl-${process.pid}-s`
    sweep()
    ip('netns', 'add', name)
    ip('netns', 'delete', name)
    return null
  } catch (error) {
    return `no network namespace can be made here (${String(error).split('\n')[0] ?? ''})`
  }
}

const found = (command: string): boolean => (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${command}`))

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Deletes namespaces whose makers are gone: a bench that was killed could not. */
function sweep(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const name = line.split(' ')[0] ?? ''
    const maker = NAME.exec(name)?.[1]
    if (maker !== undefined && !alive(Number(maker))) ip('netns', 'delete', name)
  }
}

export function openNamespaces(): Namespaces {
  const [server, boxes] = [`tl-${process.pid}-s`, `tl-${process.pid}-b`] as const
  const made: string[] = []
  const close = (): void => {
    process.removeListener('exit', close)
    for (const name of made.splice(0)) ip('netns', 'delete', name)
  }
  sweep()
  process.once('exit', close)
  for (const name of [server, boxes]) {
    ip('netns', 'add', name)
    made.push(name)
    ip('-n', name, 'link', 'set', 'lo', 'up')
  }
  return { server, boxes, close }
}

/** Starts a TypeScript program as `fork` does, within a namespace; null is where we are. */
export function forkIn(namespace: string | null, file: URL, task: object): ChildProcess {
  const args = [JSON.stringify(task)]
  const own = ['--import', 'tsx']
  const options = { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] as ('ignore' | 'inherit' | 'ipc')[] }
  if (namespace === null) return fork(fileURLToPath(file), args, { ...options, execArgv: own })
  return fork(fileURLToPath(file), args, { ...options, execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath, ...own] })
}
