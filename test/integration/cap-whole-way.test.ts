import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startServer } from '../../server/start-server.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { alertXml, makeSigner, signed, writeSenders } from '../support/cap-alerts.ts'
import { opensslMissing } from '../support/certificate.ts'
import { askHttp, settingsFor, stationFolder } from '../support/live-server.ts'

if (opensslMissing) t.comment(`No warning was sent to a station: ${opensslMissing}.`)
else {
  t.test('a warning centre sends a signed alert over HTTP, without a token, and the station raises and cancels it', { timeout: 100_000 }, async (t) => {
    const { folder, timetable } = stationFolder()
    const certificates = join(folder, 'certificates')
    mkdirSync(certificates)
    const signer = makeSigner(certificates, 'kttv')
    writeSenders(certificates, 'senders:\n  kttv@lamdong.gov.vn: { authority: province, certificate: kttv.pem }\n')
    const started = await startServer(settingsFor(folder, { capCertificates: certificates }), timetable, silentLog)
    if (!started.ok) throw new Error(started.why)
    const server = started.value
    t.teardown(async () => {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const { clusters } = server.stores
    clusters.insert({ id: 'k000000001', name: 'Cụm thử', created: wallMs(Date.now()), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    clusters.join('k000000001', '24958', '2020-01-01')
    const sent = new Date().toISOString().replace(/\.\d+Z$/, '+00:00')
    const post = async (xml: string): Promise<{ status: number; body: { status?: string; emergencies?: { id: string }[]; error?: { code: string } } }> => {
      const answer = await fetch(`${server.url}/api/v1/cap`, { method: 'POST', headers: { 'content-type': 'application/cap+xml' }, body: xml })
      return { status: answer.status, body: (await answer.json()) as { status?: string } }
    }
    t.match(await post(alertXml({ sent })), { status: 401, body: { error: { code: 'unsigned' } } })
    const raised = await post(signed(alertXml({ sent }), signer))
    t.match(raised, { status: 201, body: { status: 'accepted', emergencies: [{ danger: 9, clusters: 1 }] } }, JSON.stringify(raised.body))
    const id = raised.body.emergencies?.[0]?.id ?? ''
    t.match((await askHttp(server.url, server.token, `GET /emergencies/${id}`)).status, 200)
    t.match(await post(signed(alertXml({ sent }), signer)), { status: 409, body: { error: { code: 'duplicate' } } })
    const cancel = await post(signed(alertXml({ sent, identifier: 'LD-2', msgType: 'Cancel', references: `kttv@lamdong.gov.vn,LD-1,${sent}`, infos: [] }), signer))
    t.match(cancel, { status: 201, body: { status: 'cancelled', emergencies: [{ id }] } }, JSON.stringify(cancel.body))
  })
}
