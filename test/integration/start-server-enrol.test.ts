import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { claimHash, claimToken, readClaim, rootFingerprint } from '../../server/core/claim-code.ts'
import type { ClusterView } from '../../server/features/clusters/view.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { makeCertificate, opensslMissing } from '../support/certificate.ts'
import { startProgram, type ChildProgram } from '../support/child-program.ts'
import { sessionAt, soonMs, startLiveServer, type LiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { spansAt } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'

const work = mkdtempSync(join(tmpdir(), 'tl-enrol-'))
const TONE = join(work, 'tone.ogg')
makeOpus(TONE, 'sine=frequency=600:duration=3')
t.teardown(() => rmSync(work, { recursive: true }))

/** The agent as a process, as on a real box. */
function agent(t: Test, env: Record<string, string>): ChildProgram & { readonly wav: string } {
  const folder = mkdtempSync(join(work, 'box-'))
  const wav = join(folder, 'sound.wav')
  const program = startProgram('agent/main.ts', { TL_DATA: join(folder, 'disk'), TL_SINK: `wav:${wav}`, TL_MODEM: 'sim:good', ...env })
  t.teardown(async () => {
    program.child.kill('SIGTERM')
    await program.ended
  })
  return { ...program, wav }
}
const claimOf = async (live: LiveServer, name: string): Promise<string> => ((await live.ask('POST /clusters/claims', { name })).body as { claim: string }).claim
async function clusterNamed(live: LiveServer, name: string): Promise<ClusterView | undefined> {
  for (let n = 0; n < 150; n++) {
    const found = ((await live.ask('GET /clusters')).body as ClusterView[]).find((c) => c.name === name && c.online)
    if (found) return found
    await sleep(100)
  }
  return undefined
}

t.test('a claim makes a box a cluster of the station, and it plays', async (t) => {
  const live = await startLiveServer()
  t.teardown(() => live.stop())
  const claim = await claimOf(live, 'Thôn Đông')
  const box = agent(t, { TL_SERVER: live.server.url, TL_CLAIM: claim })
  const cluster = await clusterNamed(live, 'Thôn Đông')
  t.match(cluster, { online: true, simulated: true }, box.err())
  const programme = await live.upload(TONE)
  const start = soonMs(6_000)
  t.equal((await live.ask('POST /sessions', sessionAt(start, { items: [{ file: programme }] }))).status, 201)
  await sleep(start + 5_000 - Date.now())
  const spans = spansAt(box.wav)
  t.equal(spans.length, 1)
  t.ok(Math.abs((spans[0]?.fromMs ?? 0) - start) < 250, `it plays ${Math.round((spans[0]?.fromMs ?? 0) - start)} ms after its time`)

  const token = claimToken(new Uint8Array(10).fill(3))
  const { crypto, keys } = live.server.deps
  live.server.stores.claims.insert({ tokenSha256: claimHash(crypto, readClaim(token) ?? ''), name: null, area: null, expiresAt: wallMs(Date.now() - 1), createdAt: wallMs(Date.now() - 600_001) })
  const print = rootFingerprint(crypto, keys.rootPublic)
  const refusals = [
    { what: 'used', claim, why: /used by another box.*đã được thiết bị khác dùng/s },
    { what: 'expired', claim: `${token}.${print}`, why: /ten minutes.*mười phút/s },
    { what: 'wrong', claim: `ABCD-EFGH-JKMN-PQRS.${print}`, why: /does not know this claim.*không có mã/s },
    { what: 'of another station', claim: `${(await claimOf(live, 'x')).slice(0, 19)}.AAAAAAAAAAAA`, why: /root key does not match/ },
    { what: 'no claim', claim: 'hello', why: /XXXX-XXXX/ },
  ]
  await Promise.all(refusals.map(async ({ what, claim, why }) => {
    const stranger = agent(t, { TL_SERVER: live.server.url, TL_CLAIM: claim })
    t.equal(await stranger.ended, 2, `${what}: it gives up`)
    const said = stranger.err().split('\n').filter((line) => line !== '' && !line.startsWith('{')).join('\n')
    t.match(said, why, what)
    t.notMatch(said, /\n\s+at |Error:/, 'a sentence, not a stack')
  }))
})

t.test('with a certificate enrolment and orders go over TLS, under the authority of TL_CA', { skip: opensslMissing ?? false }, async (t) => {
  const tls = makeCertificate(mkdtempSync(join(work, 'tls-')))
  // this test's own requests must know the authority too, and fetch has no setting for it
  const live = await startLiveServer({ tls, bind: '127.0.0.1' })
  t.teardown(() => live.stop())
  t.match(live.server.url, /^https:/)
  t.match(live.server.mqttUrl, /^mqtts:/)
  await t.rejects(fetch(`${live.server.url}/healthz`), 'a caller that does not know the authority stays away')
  const inject = async (method: 'GET' | 'POST', url: string, payload?: object): Promise<unknown> =>
    (await live.server.app.inject({ method, url: `/api/v1${url}`, headers: { authorization: `Bearer ${live.server.token}` }, ...(payload ? { payload } : {}) })).json()
  const { claim } = (await inject('POST', '/clusters/claims', { name: 'Thôn Tây' })) as { claim: string }
  const box = agent(t, { TL_SERVER: live.server.url, TL_CLAIM: claim, TL_CA: tls.certFile })
  t.ok(await until(() => live.server.stores.presence.all().some((p) => p.online && p.clock?.trusted === true), 15_000), `the box is there: ${box.err()}`)
  const lost = agent(t, { TL_SERVER: live.server.url, TL_CLAIM: claim, TL_CA: join(work, 'none.pem') })
  t.equal(await lost.ended, 2)
  t.match(lost.err(), /none\.pem cannot be read/)
  const blind = agent(t, { TL_SERVER: live.server.url, TL_CLAIM: ((await inject('POST', '/clusters/claims', { name: 'Thôn Nam' })) as { claim: string }).claim })
  t.ok(await until(() => /self.signed/.test(blind.err()), 10_000), 'without the authority it says what is wrong, and tries again')
  t.equal(live.server.stores.clusters.byName('Thôn Nam'), null, 'and is not enrolled')
})
