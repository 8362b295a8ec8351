import t from 'tap'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mosquittoAcl, mosquittoConfig, mosquittoPasswordHash, openMosquittoAdmin } from '../../server/adapters/broker/mosquitto.ts'
import { MAX_STREAM_PACKET_BYTES } from '../../shared/protocol/stream.ts'
import { TOPIC_NAMES, TOPICS } from '../../shared/protocol/topics.ts'

const server = { username: 'tl-server', password: 'secret' }

t.test('the access list names every row once for the server and once for the clusters, and no more', async (t) => {
  const lines = mosquittoAcl().split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  t.equal(lines[0], 'user tl-server')
  for (const name of TOPIC_NAMES) {
    const word = TOPICS[name].path.split('/').at(-1)
    const [forServer, forCluster] = TOPICS[name].from === 'server' ? ['write', 'read'] : ['read', 'write']
    t.ok(lines.includes(`topic ${forServer} tl/1/c/+/${word}`), `server ${forServer} ${word}`)
    t.ok(lines.includes(`pattern ${forCluster} tl/1/c/%u/${word}`), `cluster ${forCluster} ${word}`)
  }
  t.ok(lines.includes('topic write tl/1/s/+'), 'the server alone speaks on streams')
  t.ok(lines.includes('pattern read tl/1/s/+'), 'every cluster may hear them')
  t.equal(lines.length, 1 + 2 * (TOPIC_NAMES.length + 1))
})

t.test('a password hash has the form that mosquitto_passwd writes', async (t) => {
  const hash = mosquittoPasswordHash('secret', Buffer.alloc(12, 7))
  t.match(hash, /^\$7\$101\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/)
  t.equal(hash, mosquittoPasswordHash('secret', Buffer.alloc(12, 7)))
  t.not(hash, mosquittoPasswordHash('secret', Buffer.alloc(12, 8)))
  t.throws(() => mosquittoPasswordHash('secret', Buffer.alloc(8)), /12 bytes/)
})

t.test('the configuration denies by default and bounds what clients send', async (t) => {
  const text = mosquittoConfig({ port: 1883, host: '127.0.0.1', passwordFile: '/p', aclFile: '/a' })
  for (const line of ['allow_anonymous false', 'password_file /p', 'acl_file /a', 'listener 1883 127.0.0.1', 'persistence false']) t.ok(text.split('\n').includes(line), line)
  t.match(text, /^max_packet_size \d+$/m)
  t.ok(Number(/^message_size_limit (\d+)$/m.exec(text)?.[1]) >= MAX_STREAM_PACKET_BYTES, 'the longest packet of a stream passes')
})

t.test('clusters come and go in the password file, whatever comes at once', async (t) => {
  const folder = t.testdir()
  const passwordFile = join(folder, 'passwords')
  const admin = await openMosquittoAdmin({ passwordFile, aclFile: join(folder, 'acl'), server, reload: { kind: 'none' } })
  const names = (): string[] => readFileSync(passwordFile, 'utf8').trim().split('\n').map((line) => line.split(':')[0] ?? '')
  const clusters = Array.from({ length: 20 }, (_, i) => `000000000${i.toString(32)}`.replace('i', 'w'))
  await Promise.all(clusters.map((cluster) => admin.provision(cluster, `of ${cluster}`)))
  t.same(new Set(names()), new Set(['tl-server', ...clusters]))
  await admin.provision(clusters[0] ?? '', 'another')
  t.equal(names().length, 21, 'a new password replaces the old one')
  chmodSync(passwordFile, 0o604)
  await admin.revoke(clusters[1] ?? '')
  t.notOk(names().includes(clusters[1] ?? ''))
  t.equal(statSync(passwordFile).mode & 0o777, 0o604, 'the mode stays')
  t.same(readdirSync(folder).sort(), ['acl', 'passwords'], 'nothing is left behind')
  await t.rejects(async () => admin.provision('evil:$7$\nroot', 'x'), /not a cluster id/)
})

t.test('a configured command is told, and its failure is heard', async (t) => {
  const folder = t.testdir()
  const files = { passwordFile: join(folder, 'p'), aclFile: join(folder, 'a'), server }
  const told = join(folder, 'told')
  const admin = await openMosquittoAdmin({ ...files, reload: { kind: 'command', command: ['/usr/bin/touch', told] } })
  t.ok(existsSync(told))
  await admin.provision('0123456789', 'x')
  await t.rejects(openMosquittoAdmin({ ...files, reload: { kind: 'command', command: ['/bin/false'] } }), /not told/)
  await t.resolves(openMosquittoAdmin({ ...files, reload: { kind: 'pid-file', path: join(folder, 'none') } }), 'a broker that does not run needs no telling')
})

t.test('mosquitto_passwd reads the file', { skip: existsSync('/usr/bin/mosquitto_passwd') ? false : 'no mosquitto_passwd here' }, async (t) => {
  const folder = t.testdir()
  const passwordFile = join(folder, 'passwords')
  await openMosquittoAdmin({ passwordFile, aclFile: join(folder, 'acl'), server, reload: { kind: 'none' } })
  execFileSync('/usr/bin/mosquitto_passwd', ['-b', passwordFile, 'another', 'x'], { stdio: 'ignore' })
  t.match(readFileSync(passwordFile, 'utf8'), /^tl-server:\$7\$101\$/m, 'and keeps our line')
})
