import { execFile } from 'node:child_process'
import { createHash, pbkdf2Sync, randomBytes } from 'node:crypto'
import { chmod, chown, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { BrokenInvariant } from '../../../shared/core/result.ts'
import { CLUSTER_ID, filterOf, STREAM_TOPIC, TOPIC_NAMES, TOPICS } from '../../../shared/protocol/topics.ts'
import type { BrokerAdmin } from '../../core/ports.ts'

export const SERVER_USERNAME = 'tl-server'
const SALT_BYTES = 12
const HASH_BYTES = 64
/** What mosquitto_passwd takes. The passwords are random and long: stretching would only slow 3 000 connects. */
const ITERATIONS = 101

/**
 * Mosquitto's access list, from the rows of the table. What is not named is denied.
 *
 * Two limits of Mosquitto remain. It filters what is *delivered*: a forbidden subscription is granted in words and
 * stays silent. And a client id is not bound to a user name without a plugin (`use_username_as_clientid` would, but a
 * cluster has two connections): a cluster that knows another's id can throw its connection out, although it can
 * neither speak nor hear in its name. The embedded broker has neither gap.
 */
export function mosquittoAcl(serverUsername: string = SERVER_USERNAME): string {
  const streams = STREAM_TOPIC.replace('{stream}', '+')
  const rows = TOPIC_NAMES.map((name) => ({ name, from: TOPICS[name].from }))
  return [
    '# Generated from the topic table; closed by default.',
    `user ${serverUsername}`,
    ...rows.map(({ name, from }) => `topic ${from === 'server' ? 'write' : 'read'} ${filterOf(name)}`),
    `topic write ${streams}`,
    '',
    '# Every cluster: its user name is its id.',
    ...rows.map(({ name, from }) => `pattern ${from === 'server' ? 'read' : 'write'} ${filterOf(name).replace('+', '%u')}`),
    '# All may hear what is broadcast. Mosquitto warns that this pattern names nobody: so it is meant.',
    `pattern read ${streams}`,
    '',
  ].join('\n')
}

/** A password in Mosquitto's form `$7$` (PBKDF2, SHA-512). `salt` is 12 bytes. */
export function mosquittoPasswordHash(password: string, salt: Uint8Array, iterations: number = ITERATIONS): string {
  if (salt.length !== SALT_BYTES) throw new BrokenInvariant(`a salt of Mosquitto has ${SALT_BYTES} bytes, not ${salt.length}`)
  const hash = pbkdf2Sync(password, salt, iterations, HASH_BYTES, 'sha512')
  return `$7$${iterations}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`
}

export interface MosquittoConfig {
  readonly port: number
  /** Loopback, or with TLS any address. */
  readonly host: string
  readonly passwordFile: string
  readonly aclFile: string
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
}

/** A configuration in which Mosquitto may serve: closed, bounded, without memory of its own beyond the retained state. */
export function mosquittoConfig({ port, host, passwordFile, aclFile, tls }: MosquittoConfig): string {
  const greatest = Math.max(...TOPIC_NAMES.map((name) => TOPICS[name].limit))
  return [
    'per_listener_settings false',
    'allow_anonymous false',
    `password_file ${passwordFile}`,
    `acl_file ${aclFile}`,
    `listener ${port} ${host}`,
    ...(tls ? [`certfile ${tls.certFile}`, `keyfile ${tls.keyFile}`, 'tls_version tlsv1.2'] : []),
    'max_connections 12000',
    '# longer packets are cut: the longest payload of the table and room for its topic',
    `message_size_limit ${greatest}`,
    `max_packet_size ${greatest + 128}`,
    "# one limit binds all clients, so it is made for the server's own connection: with 100 and 20, a thousand reports",
    '# at once lost 880 in the contract suite. A cluster is sent only what it asked for and a handful of orders',
    'max_queued_messages 20000',
    'max_queued_bytes 33554432',
    'max_inflight_messages 1000',
    'max_keepalive 120',
    'set_tcp_nodelay true',
    '# sessions are clean; retained state is sent again by the server when an agent lacks it',
    'persistence false',
    'log_type error',
    'log_type warning',
    '',
  ].join('\n')
}

/** How Mosquitto learns of new files. A cluster whose line is gone is thrown out at that moment. */
export type Reload = { readonly kind: 'pid-file'; readonly path: string } | { readonly kind: 'command'; readonly command: readonly [string, ...string[]] } | { readonly kind: 'none' }

export interface MosquittoAdminOptions {
  readonly passwordFile: string
  readonly aclFile: string
  readonly server: { readonly username: string; readonly password: string }
  readonly reload: Reload
  /** What the registry knows, brought into the file at the start: it may be older, or new. null takes a cluster out. */
  readonly known?: readonly { readonly cluster: string; readonly hash: string | null }[]
}

/** Keeps Mosquitto's two files. Changes are made one after the other, each whole or not at all. */
export async function openMosquittoAdmin(options: MosquittoAdminOptions): Promise<BrokerAdmin> {
  const { passwordFile, aclFile, server } = options
  let last: Promise<void> = Promise.resolve()
  const change = (edit: (lines: Map<string, string>) => void): Promise<void> => {
    const next = last.then(async () => {
      const lines = await readLines(passwordFile)
      edit(lines)
      await writeAtomic(passwordFile, [...lines].map(([user, hash]) => `${user}:${hash}\n`).join(''))
      await signal(options.reload)
    })
    // a change that failed is its caller's to hear of; the next one starts from the file as it is
    last = next.then(undefined, () => undefined)
    return next
  }
  const set = (user: string, password: string): Promise<void> => change((lines) => lines.set(user, mosquittoPasswordHash(password, randomBytes(SALT_BYTES))))
  await writeAtomic(aclFile, mosquittoAcl(server.username))
  await change((lines) => {
    lines.set(server.username, mosquittoPasswordHash(server.password, randomBytes(SALT_BYTES)))
    for (const { cluster, hash } of options.known ?? []) {
      if (hash === null) lines.delete(checked(cluster))
      else lines.set(checked(cluster), hash)
    }
  })
  return {
    provision: (cluster, password) => set(checked(cluster), password),
    revoke: (cluster) => change((lines) => lines.delete(checked(cluster))),
  }
}

/** A user name goes into a file of lines: only the shape of a cluster id may. */
function checked(cluster: string): string {
  if (!CLUSTER_ID.test(cluster)) throw new BrokenInvariant('not a cluster id')
  return cluster
}

/** What is not there is null; any other error stays one. */
const nullIf = (code: string) => (error: NodeJS.ErrnoException): null => {
  if (error.code === code) return null
  throw error
}

async function readLines(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, 'utf8').catch(nullIf('ENOENT'))
  return new Map((text ?? '').split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : []
  }))
}

/** The file is the old one or the new one after any crash; mode and owner stay, so that Mosquitto can still read it. */
async function writeAtomic(file: string, text: string): Promise<void> {
  const before = await stat(file).catch(nullIf('ENOENT'))
  const temporary = `${file}.${createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 8)}`
  try {
    const handle = await open(temporary, 'wx', 0o640)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (before) {
      await chmod(temporary, before.mode & 0o777)
      if (process.getuid?.() === 0) await chown(temporary, before.uid, before.gid)
    }
    await rename(temporary, file)
  } catch (error) {
    await unlink(temporary).catch(nullIf('ENOENT'))
    throw error
  }
}

async function signal(reload: Reload): Promise<void> {
  if (reload.kind === 'none') return
  if (reload.kind === 'pid-file') return hangUp(reload.path)
  const [program, ...args] = reload.command
  await new Promise<void>((done, fail) => {
    execFile(program, args, { timeout: 10_000 }, (error) => (error ? fail(new Error(`Mosquitto was not told of the new files: ${error.message}`)) : done()))
  })
}

/** A Mosquitto that does not run needs no telling: it reads its files when it starts. */
async function hangUp(pidFile: string): Promise<void> {
  const text = await readFile(pidFile, 'utf8').catch(nullIf('ENOENT'))
  if (text === null) return
  const pid = Number(text.trim())
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`${pidFile} holds no process number; set pid_file in Mosquitto's configuration`)
  try {
    process.kill(pid, 'SIGHUP')
  } catch (error) {
    nullIf('ESRCH')(error as NodeJS.ErrnoException)
  }
}
