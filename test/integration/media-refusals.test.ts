import { spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { createMediaStore } from '../../server/adapters/media-store.ts'
import { importMedia, type ImportResult, type ImportSettings } from '../../server/features/programmes/import.ts'
import { ffmpegMakes, filesBelow, makeSpeech } from '../support/sound-files.ts'

const ffmpeg = createFfmpeg({ niceness: 0 })
const noise = (seconds: number, path: string): string => {
  ffmpegMakes(['-f', 'lavfi', '-i', `anoisesrc=d=${seconds}:c=pink:a=0.3:seed=3:r=44100`, path])
  return path
}
const cut = (path: string, share: number): void => {
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)))
}

interface Case {
  readonly what: string
  readonly code: string
  readonly make: (dir: string) => string
  readonly settings?: Partial<ImportSettings>
}

const write = (name: string, content: string | Uint8Array) => (dir: string): string => {
  writeFileSync(join(dir, name), content)
  return join(dir, name)
}
const cutSpeech = (name: string, options: readonly string[], share = 0.6) => (dir: string): string => {
  const path = join(dir, name)
  ffmpegMakes(['-i', makeSpeech(join(dir, 'whole.wav')), ...options, path])
  cut(path, share)
  return path
}

const CASES: readonly Case[] = [
  { what: 'an empty file', code: 'empty', make: write('a.mp3', '') },
  { what: 'a file that is not there', code: 'not-a-file', make: (dir) => join(dir, 'nothing.mp3') },
  { what: 'a folder', code: 'not-a-file', make: (dir) => { mkdirSync(join(dir, 'f.mp3')); return join(dir, 'f.mp3') } },
  { what: 'a link to another file', code: 'not-a-file', make: (dir) => { symlinkSync(makeSpeech(join(dir, 's.wav')), join(dir, 'l.wav')); return join(dir, 'l.wav') } },
  { what: 'a device', code: 'not-a-file', make: () => '/dev/zero' },
  { what: 'a name that is an ffmpeg address', code: 'not-a-file', make: () => 'concat:/etc/passwd' },
  { what: 'plain text', code: 'not-audio', make: write('a.mp3', 'xin chào bà con\n'.repeat(500)) },
  { what: 'random bytes', code: 'not-audio', make: write('a.wav', Uint8Array.from({ length: 40_000 }, (_, i) => (i * 7_919 + (i >> 3) * 104_729) & 255)) },
  { what: 'a picture', code: 'not-audio', make: (dir) => { ffmpegMakes(['-f', 'lavfi', '-i', 'color=red:s=64x64', '-frames:v', '1', join(dir, 'p.jpg')]); return join(dir, 'p.jpg') } },
  { what: 'a video without sound', code: 'no-audio-stream', make: (dir) => { ffmpegMakes(['-f', 'lavfi', '-i', 'testsrc=d=2:s=64x64', join(dir, 'v.mp4')]); return join(dir, 'v.mp4') } },
  { what: 'a WAV that is cut off', code: 'truncated', make: cutSpeech('c.wav', []) },
  { what: 'an MP3 that is cut off', code: 'truncated', make: cutSpeech('c.mp3', []) },
  { what: 'a FLAC that is cut off', code: 'truncated', make: cutSpeech('c.flac', []) },
  { what: 'an Ogg that is cut off', code: 'truncated', make: cutSpeech('c.ogg', ['-c:a', 'libvorbis']) },
  { what: 'a WebM that is cut off', code: 'truncated', make: cutSpeech('c.webm', ['-c:a', 'libopus']) },
  { what: 'an M4A that is cut off, its index in front', code: 'truncated', make: cutSpeech('c.m4a', ['-c:a', 'aac', '-movflags', '+faststart']) },
  { what: 'an M4A that has lost its index', code: 'damaged', make: cutSpeech('d.m4a', ['-c:a', 'aac']) },
  { what: 'a FLAC with bytes overwritten', code: 'damaged', make: (dir) => {
    const path = join(dir, 'd.flac')
    ffmpegMakes(['-i', makeSpeech(join(dir, 'w.wav')), path])
    const bytes = readFileSync(path)
    for (let at = 9_000; at < bytes.length; at += 1_500) bytes.fill(0x5a, at, at + 200)
    writeFileSync(path, bytes)
    return path
  } },
  { what: 'silence throughout', code: 'silent', make: (dir) => { ffmpegMakes(['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=mono', '-t', '5', join(dir, 's.wav')]); return join(dir, 's.wav') } },
  { what: 'hiss that nobody meant', code: 'silent', make: (dir) => { ffmpegMakes(['-f', 'lavfi', '-i', 'anoisesrc=d=5:a=0.0003:seed=1', join(dir, 'h.flac')]); return join(dir, 'h.flac') } },
  { what: 'a click', code: 'too-short', make: (dir) => { ffmpegMakes(['-f', 'lavfi', '-i', 'sine=f=800:d=0.05', join(dir, 'k.wav')]); return join(dir, 'k.wav') } },
  { what: 'a recording over the limit of time', code: 'too-long', settings: { maxSeconds: 3 }, make: (dir) => noise(6, join(dir, 'l.flac')) },
  { what: 'a recording over the limit that does not say how long it is', code: 'too-long', settings: { maxSeconds: 3 }, make: (dir) => noise(6, join(dir, 'l.aac')) },
  { what: 'a file over the limit of bytes', code: 'too-large', settings: { maxBytes: 100_000 }, make: (dir) => noise(3, join(dir, 'b.wav')) },
  { what: 'work that takes too long', code: 'timed-out', settings: { timeoutMs: 20 }, make: (dir) => noise(3, join(dir, 't.wav')) },
  { what: 'a file of 300 streams', code: 'too-many-streams', make: (dir) => {
    ffmpegMakes(['-i', noise(0.2, join(dir, 'n.wav')), ...Array.from({ length: 300 }, () => ['-map', '0:a']).flat(), '-c:a', 'pcm_s16le', join(dir, 'm.mkv')])
    return join(dir, 'm.mkv')
  } },
  { what: 'a playlist of local files', code: 'playlist', make: (dir) => write('a.ogg', `ffconcat version 1.0\nfile '${makeSpeech(join(dir, 's.wav'))}'\n`)(dir) },
  { what: 'a playlist of the HLS kind', code: 'playlist', make: write('a.m3u8', '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n') },
]

for (const { what, code, make, settings = {} } of CASES) {
  t.test(`${what} is refused as "${code}" with a sentence in both languages, and leaves nothing behind`, async (t) => {
    const dir = t.testdir({ media: {} })
    const path = make(dir)
    const store = createMediaStore(join(dir, 'media'))
    await store.start()
    const result = await importMedia({ ffmpeg, store, settings }, { path })
    t.match(result, { ok: false, code })
    if (!result.ok && 'vi' in result) {
      t.match(result.why, /^[A-Z].{20,}/)
      t.match(result.vi, /[ạ-ỹđ]/iu)
      t.notMatch(result.vi, /\{limit\}/)
    } else t.fail('no Vietnamese sentence')
    t.same(filesBelow(join(dir, 'media')), [])
  })
}

t.test('a playlist that names an address asks nobody', async (t) => {
  const dir = t.testdir({ media: {} })
  let asked = 0
  const server = createServer((_request, response) => { asked += 1; response.end() })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.ts`
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  for (const [name, text] of [['a.mp3', `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${url}\n`], ['b.wav', `ffconcat version 1.0\nfile ${url}\n`]] as const) {
    const result = await importMedia({ ffmpeg, store }, { path: write(name, text)(dir) })
    t.match(result, { ok: false, code: 'playlist' }, name)
  }
  t.equal(asked, 0)
})

t.test('a recording with a long tag behind it is no damaged one', async (t) => {
  const dir = t.testdir({ media: {} })
  const path = join(dir, 'a.mp3')
  ffmpegMakes(['-i', makeSpeech(join(dir, 's.wav')), '-write_id3v1', '1', '-metadata', 'title=] Summary: I: -3.0 LUFS Peak: 9.0 dBFS', path])
  appendFileSync(path, Buffer.alloc(3_000, 'rác '))
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  const result = await importMedia({ ffmpeg, store }, { path })
  t.ok(result.ok, JSON.stringify(result).slice(0, 200))
  if (result.ok) t.ok(Math.abs(result.value.loudnessLufs + 16) <= 0.5, 'a tag that looks like a measurement is not one')
})

t.test('without ffmpeg the refusal says how to install it', async (t) => {
  const dir = t.testdir({ media: {} })
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  const path = makeSpeech(join(dir, 's.wav'))
  const absent = '/nonexistent/ffmpeg'
  for (const settings of [{ ffprobePath: absent, ffmpegPath: absent }, { ffmpegPath: absent }]) {
    const without = createFfmpeg(settings)
    t.match(await without.version(), { ok: false, code: 'ffmpeg-missing' })
    const result = await importMedia({ ffmpeg: without, store }, { path })
    t.match(result, { ok: false, code: 'ffmpeg-missing', why: /apt-get install ffmpeg/, vi: /Chưa có ffmpeg/ })
  }
  t.match(await ffmpeg.version(), { ok: true, value: /^ffmpeg version/ })
  t.same(filesBelow(join(dir, 'media')), [])
})

t.test('a full disk is refused before the work begins, and in the middle of it', async (t) => {
  const dir = t.testdir({ media: {} })
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  const path = makeSpeech(join(dir, 's.wav'))
  const full = { ...store, freeBytes: () => Promise.resolve(10_000) }
  t.match(await importMedia({ ffmpeg, store: full }, { path }), { ok: false, code: 'disk-full' })
  const noSpace = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const filling = { ...store, keep: () => Promise.reject(noSpace) }
  t.match(await importMedia({ ffmpeg, store: filling }, { path }), { ok: false, code: 'disk-full' })
  // /dev/full takes no byte: the encoder itself meets the full disk
  const atEncoder = { ...ffmpeg, encode: (order: Parameters<typeof ffmpeg.encode>[0], limits: Parameters<typeof ffmpeg.encode>[1]) => ffmpeg.encode({ ...order, outPath: '/dev/full' }, limits) }
  t.match(await importMedia({ ffmpeg: atEncoder, store }, { path }), { ok: false, code: 'disk-full' })
  t.same(filesBelow(join(dir, 'media')), [])
})

const ffmpegsOn = (dir: string): number =>
  spawnSync('ps', ['-eo', 'args']).stdout.toString().split('\n').filter((line) => line.includes(dir) && line.includes('ffmpeg')).length

t.test('an import that is stopped in the middle ends its process and leaves nothing behind', async (t) => {
  const dir = t.testdir({ media: {} })
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  const path = noise(600, join(dir, 'long.wav'))
  for (const afterMs of [0, 300, 2_500]) {
    const controller = new AbortController()
    const running: Promise<ImportResult> = importMedia({ ffmpeg, store }, { path, signal: controller.signal })
    await new Promise((done) => setTimeout(done, afterMs))
    controller.abort()
    t.match(await running, { ok: false, code: 'stopped' }, `after ${afterMs} ms`)
    t.same(filesBelow(join(dir, 'media')), [])
    t.equal(ffmpegsOn(dir), 0)
  }
})

t.test('what a killed server left in the work folder is swept at the next start, and what it had finished stays', async (t) => {
  const dir = t.testdir({ media: {} })
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  const imported = await importMedia({ ffmpeg, store }, { path: makeSpeech(join(dir, 's.wav')), keepOriginal: false })
  if (!imported.ok) throw new Error(imported.why)
  const folder = await store.workFolder()
  copyFileSync(join(dir, 's.wav'), folder.path('source.f32'))
  const again = createMediaStore(join(dir, 'media'))
  t.equal(await again.start(), 1)
  t.same(filesBelow(join(dir, 'media')), [`${imported.value.sha}.opus`])
})
