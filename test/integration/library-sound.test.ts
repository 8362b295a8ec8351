import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import type { MediaStore } from '../../server/adapters/media-store.ts'
import { createEspeak } from '../../server/adapters/tts.ts'
import { mediaFiles, originalFiles } from '../../server/adapters/uploads.ts'
import { importMedia, speakToMedia, sweepOriginals, type ProgrammeView, type VersionView } from '../../server/features/programmes/plugin.ts'
import { DAY_MS } from '../../shared/core/civil.ts'
import type { Importer } from '../../server/core/server-deps.ts'
import { libraryWorld, soundOf, type LibraryWorld } from '../support/library-world.ts'
import { ask, form } from '../support/server-world.ts'
import { ffmpegMakes, measure, storeIn, tool } from '../support/sound-files.ts'

/** A library over a real store of sound. */
async function soundWorld(t: Test, importer?: (store: MediaStore) => Importer): Promise<LibraryWorld & { readonly store: MediaStore; readonly dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'tl-library-'))
  const store = await storeIn(dir)
  t.teardown(async () => {
    await store.stop()
    rmSync(dir, { recursive: true, force: true })
  })
  const sounds = { ffmpeg: createFfmpeg({ niceness: 0 }), store, tts: createEspeak() }
  const world = await libraryWorld(t, {
    media: mediaFiles(store),
    originals: originalFiles(store),
    importer: importer?.(store) ?? ((input) => importMedia(sounds, input)),
    speaker: (order) => speakToMedia(sounds, { ...order, keepOriginal: true }),
    crypto: nodeCrypto(),
  })
  return { ...world, store, dir: join(dir, 'media') }
}

/** Two seconds high, two seconds low, as a phone's browser records them. */
const phoneRecording = (): Buffer => ffmpegMakes(['-f', 'lavfi', '-i', 'sine=frequency=2000:duration=2,volume=0.5', '-f', 'lavfi', '-i', 'sine=frequency=300:duration=2,volume=0.5', '-filter_complex', '[0:a][1:a]concat=n=2:v=0:a=1', '-c:a', 'libopus', '-f', 'webm', 'pipe:1'])

/** Loudness of a band in a stretch of a file, dB. */
function bandDb(path: string, hz: number, from: number, seconds: number): number {
  const pcm = tool('ffmpeg', ['-v', 'error', '-nostdin', '-ss', String(from), '-t', String(seconds), '-c:a', 'libopus', '-i', path, '-af', `bandpass=f=${hz}:width_type=h:w=100`, '-f', 'f32le', '-ac', '1', 'pipe:1'])
  const samples = new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length - (pcm.length % 4)))
  return 10 * Math.log10(samples.reduce((sum, x) => sum + x * x, 0) / Math.max(1, samples.length) + 1e-12)
}

t.test('a recording is cut and faded from the file as it was handed in, and the cut is taken back', { timeout: 120_000 }, async (t) => {
  const world = await soundWorld(t)
  const { payload, headers } = form([{ name: 'name', value: 'Hai tiếng' }, { name: 'state', value: 'pending' }, { name: 'file', value: phoneRecording(), file: 'a.webm' }])
  const made = await world.operator.ask('POST /api/v1/programmes', payload, headers)
  t.equal(made.status, 201, made.text)
  const { id, sha, ms, work } = made.body as ProgrammeView
  t.match(work, [{ original: true, fullMs: ms }])
  await world.approver.ask(`POST /api/v1/programmes/${id}/approve`, { version: 1 })
  const patch = (trim: unknown, more: object = {}) => world.operator.ask(`PATCH /api/v1/programmes/${id}`, { trim, ...more })

  const cut = await patch({ fromMs: 2_200, toMs: ms - 100, fadeInMs: 0, fadeOutMs: 1_000 }, { state: 'pending' })
  t.match(cut, { status: 200, body: { state: 'pending', airs: true, work: [{ version: 2, ms: ms - 2_300, fullMs: ms, trim: { fromMs: 2_200 } }] } })
  t.same(world.found(id), [sha], 'what was approved stays on the air')
  await world.approver.ask(`POST /api/v1/programmes/${id}/approve`, { version: 2 })
  const [cutSha = ''] = world.found(id)
  const path = (await world.store.path(cutSha)) ?? ''
  t.equal(measure(path).samples, (ms - 2_300) * 48)
  t.ok(bandDb(path, 300, 0, 0.5) > bandDb(path, 2_000, 0, 0.5) + 20, 'the first part is gone')
  t.ok(bandDb(path, 300, 0.1, 0.3) > bandDb(path, 300, (ms - 2_300) / 1000 - 0.15, 0.15) + 10, 'it dies away at its end')

  const undone = await patch(null, { state: 'pending' })
  t.match(undone, { status: 200, body: { state: 'pending' } })
  const versions = (await world.operator.ask(`GET /api/v1/programmes/${id}/versions`)).body as VersionView[]
  t.match(versions.at(-1), { trim: null, ms })
  t.equal(world.deps.stores.programmes.version(id, 3)?.sha, sha, 'the same sound, to the byte, as before the cut')
  t.match(await patch({ fromMs: 2_200, toMs: ms - 100, fadeInMs: 0, fadeOutMs: 1_000 }), { status: 200, body: { state: 'approved', work: [] } }, 'back at what is on the air there is nothing to approve')

  for (const trim of [{ fromMs: 0, toMs: 99_999, fadeInMs: 0, fadeOutMs: 0 }, { fromMs: 1_000, toMs: 1_100, fadeInMs: 0, fadeOutMs: 0 }, { fromMs: 0, toMs: 1_000, fadeInMs: 800, fadeOutMs: 800 }])
    t.match(await patch(trim), { status: 422, body: { error: { code: 'bad-trim', field: '/trim' } } }, JSON.stringify(trim))
  for (const trim of [{ fromMs: -1, toMs: 5, fadeInMs: 0, fadeOutMs: 0 }, { fromMs: 0 }, 'all']) t.equal((await patch(trim)).status, 400, JSON.stringify(trim))
  t.same(readdirSync(join(world.dir, 'tmp')), [], 'no work is left behind')
})

t.test('a text is spoken into a programme that can be cut, and into a variant', { timeout: 120_000 }, async (t) => {
  const world = await soundWorld(t)
  const made = await world.operator.ask('POST /api/v1/programmes/speech', { name: 'Họp thôn', text: 'Kính mời bà con đến nhà văn hoá thôn lúc bảy giờ tối.', speed: 120, state: 'pending' })
  t.match(made, { status: 201, body: { kind: 'speech', work: [{ original: true, speed: 120, text: /Kính mời/ }] } }, made.text)
  const { id, ms } = made.body as ProgrammeView
  t.match(await world.operator.ask(`PATCH /api/v1/programmes/${id}`, { trim: { fromMs: 0, toMs: ms - 500, fadeInMs: 0, fadeOutMs: 200 } }), { status: 200, body: { work: [{ ms: ms - 500, text: /Kính mời/ }] } })
  t.match(await world.operator.ask(`PUT /api/v1/programmes/${id}/variants/tay`, { text: 'Mời bà con.' }), { status: 200, body: { work: [{ language: 'vi' }, { language: 'tay', state: 'draft' }] } })
  t.match(await world.operator.ask(`PUT /api/v1/programmes/${id}/variants/tay`, { text: '...' }), { status: 422, body: { error: { field: '/text' } } })
  t.equal((await world.operator.ask(`PUT /api/v1/programmes/${id}/variants/TAY`, { text: 'a' })).status, 400)
  t.equal((await world.operator.ask(`PUT /api/v1/programmes/${id}/variants/tay`, {})).status, 400)
})

t.test('files as they were handed in go when their area keeps them no longer, but never one in use', async (t) => {
  const world = await soundWorld(t, (store) => async ({ path }) => {
    const original = await store.keepOriginal(path)
    return { ok: true, value: { sha: original.sha, bytes: original.bytes, durationMs: 1_000, loudnessLufs: -16, truePeakDb: -2, peaks: '', fullMs: 1_000, original } }
  })
  const bring = async (name: string, hz: number, more: Record<string, string> = {}): Promise<{ readonly id: string; readonly kept: () => boolean }> => {
    const { payload, headers } = form([...Object.entries({ name, state: 'pending', ...more }).map(([field, value]) => ({ name: field, value })), { name: 'file', value: soundOf(String(hz)), file: 'a.wav' }])
    const { id } = (await world.operator.ask('POST /api/v1/programmes', payload, headers)).body as ProgrammeView
    await world.approver.ask(`POST /api/v1/programmes/${id}/approve`, { version: 1 })
    const original = world.deps.stores.programmes.version(id, 1)?.original ?? ''
    return { id, kept: () => existsSync(join(world.dir, 'originals', original)) }
  }
  const idle = await bring('Không dùng', 400)
  const named = await bring('Trong lịch', 500)
  const dated = await bring('Còn hạn', 600, { validTo: '2027-12-31' })
  const over = await bring('Hết hạn', 700, { validTo: '2026-11-30' })
  const twin = await bring('Cùng tệp', 500)
  world.deps.stores.sessions.put({ id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ file: named.id }] }, world.clock.wall())
  t.match(await world.approver.ask('PUT /api/v1/areas/24958/rules', { originalDays: 30 }), { status: 200, body: { inForce: { originalDays: 30 } } })
  for (const body of [{}, { originalDays: -1 }, { originalDays: 1.5 }, { selfApproval: 'yes' }, { other: 1 }]) t.equal((await world.approver.ask('PUT /api/v1/areas/24958/rules', body)).status, 400, JSON.stringify(body))
  world.clock.pass(29 * DAY_MS)
  t.equal(await sweepOriginals(world.deps), 0)
  world.clock.pass(2 * DAY_MS)
  t.equal(await sweepOriginals(world.deps), 2)
  t.same([idle, over].map(({ kept }) => kept()), [false, false])
  t.same([named, dated, twin].map(({ kept }) => kept()), [true, true, true], 'a session names it, its dates are not over, or both came from one file')
  // the operator's own session is long over
  t.match(await ask(world.app, `PATCH /api/v1/programmes/${idle.id}`, { trim: null }), { status: 409, body: { error: { code: 'original-gone' } } })
  t.equal(world.found(idle.id).length, 1, 'the sound itself stays')
  world.deps.stores.sessions.put({ id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30', days: { once: '2026-11-24' }, targets: 'all', items: [{ file: named.id }] }, world.clock.wall())
  t.equal(await sweepOriginals(world.deps), 1)
  t.notOk(named.kept(), 'the session comes round no more')
})
