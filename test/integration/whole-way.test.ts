import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { startBox } from '../support/box.ts'
import { until } from '../support/mqtt-client.ts'
import { startStation } from '../support/station.ts'
import { readRecording, soundSpan } from '../support/recording.ts'

const CLUSTER = 'c0000000a1'

t.test('a signed slot is pushed as blocks over the real broker, sounds on time and comes back as evidence', async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'tl-tone-'))
  const tone = join(work, 'tone.opus')
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=600:duration=3', '-ac', '1', '-c:a', 'libopus', '-b:a', '24k', tone])
  const station = await startStation()
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('tone', tone, 3_000)
  const box = await startBox({ url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
    rmSync(work, { recursive: true })
  })
  const start = wallMs(Math.ceil(Date.now() / 1000) * 1000 + 6_000)
  const at = clockText(Math.floor(msOfDay(start) / 1000))
  const end = clockText(Math.floor((msOfDay(start) + 10_000) / 1000))
  station.stores.policies.putText('ca-ngay', { windows: ['00:00-24:00'], quiet: [] })
  station.setSession({ id: 'thu', name: 'Thử', at, until: end, days: { once: civilDate(start) }, policy: 'ca-ngay', targets: 'all', items: [{ file: 'tone' }] })

  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1), 'the cluster holds the file before it is due')
  t.ok(await until(() => station.stores.evidence.between(wallMs(start - 1), wallMs(start + 1)).length > 0, 25_000), 'evidence came back')
  const [row] = station.stores.evidence.between(wallMs(start - 1), wallMs(start + 1))
  t.ok(row && row.ms > 2_800 && row.ms < 3_200, `about three seconds were played: ${row?.ms}`)
  const onset = soundSpan(readRecording(box.wav))?.fromMs ?? null
  t.ok(onset !== null && Math.abs(onset - start) < 250, `the first sample sounded ${onset === null ? 'never' : onset - start} ms after its time`)
  t.equal(station.stores.evidence.between(wallMs(0), wallMs(start + 60_000)).length, 1, 'the evidence is there once')
  t.equal(station.stores.planned.between(wallMs(start - 1), wallMs(start + 1)).length, 1, 'and so is what was planned')
})
