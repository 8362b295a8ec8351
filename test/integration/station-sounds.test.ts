import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { createQuickSpeech } from '../../server/adapters/quick-speech.ts'
import { createEspeak, MAX_SPEECH_CHARACTERS, type TtsProvider } from '../../server/adapters/tts.ts'
import { recordingToMedia, type QuickMediaDeps } from '../../server/features/programmes/quick-media.ts'
import { ensureStationSounds, speakToMedia, STATION_SOUNDS, type StationSoundDeps } from '../../server/features/programmes/station-sounds.ts'
import { silentLog } from '../../shared/core/log.ts'
import { filesBelow, makeSpeech, measure, storeIn } from '../support/sound-files.ts'

const depsIn = async (dir: string, tts: TtsProvider = createEspeak()): Promise<StationSoundDeps> => ({
  ffmpeg: createFfmpeg({ niceness: 0 }),
  store: await storeIn(dir),
  tts,
})

/** The real engine, with a count of how often it spoke and what it was given. */
const counted = (): { readonly tts: TtsProvider; readonly said: string[] } => {
  const espeak = createEspeak()
  const said: string[] = []
  return { said, tts: { ...espeak, synthesize: (text, options) => { said.push(text); return espeak.synthesize(text, options) } } }
}

t.test('chime, attention tone and test tone are made once, each at its own loudness, peaks allowed', async (t) => {
  const dir = t.testdir()
  const deps = await depsIn(dir)
  const first = await ensureStationSounds(deps)
  if (!first.ok) throw new Error(first.why)
  const goals = { 'chime': [-19, 2_600], 'attention': [-13, 4_800], 'test-tone': [-20, 5_000] } as const
  for (const name of STATION_SOUNDS) {
    const media = first.value[name]
    const heard = measure((await deps.store.path(media.sha)) ?? '')
    t.ok(Math.abs(heard.lufs - goals[name][0]) <= 0.5, `${name}: ${heard.lufs} LUFS`)
    t.ok(heard.truePeakDb <= -1.4, `${name}: ${heard.truePeakDb} dBTP`)
    t.ok(Math.abs(media.durationMs - goals[name][1]) <= 250, `${name}: ${media.durationMs} ms`)
    t.equal(media.original, null, 'what can be made again is kept once')
  }
  const silent: StationSoundDeps = { ...deps, ffmpeg: { ...deps.ffmpeg, encode: () => Promise.reject(new Error('made again')) } }
  t.same(await ensureStationSounds(silent), first, 'the second start makes nothing')
})

t.test('a text is spoken once for each voice, made speakable first, levelled like any programme', async (t) => {
  const { tts, said } = counted()
  const deps = await depsIn(t.testdir(), tts)
  const text = 'UBND xã thông báo: 7h30 ngày 05/7/2025 tiêm vắc-xin.'
  const shas = new Set<string>()
  for (const voice of ['vi', 'vi-vn-x-central', 'vi-vn-x-south', 'vi']) {
    const media = await speakToMedia(deps, { text, voice })
    if (!media.ok) throw new Error(media.why)
    shas.add(media.value.sha)
    t.ok(media.value.durationMs > 4_000 && media.value.durationMs < 20_000, `${media.value.durationMs} ms`)
    t.ok(Math.abs(media.value.loudnessLufs + 16) <= 0.5)
  }
  t.equal(shas.size, 3)
  t.equal(said.length, 3, 'the fourth was held already')
  t.match(said[0], /bảy giờ ba mươi phút ngày mùng năm tháng bảy/)
  t.match(said[2], /ngày mồng năm/)
})

t.test('words that people wait for are made in one pass, near the station\'s loudness, once; with care they are made beside it', async (t) => {
  const { tts, said } = counted()
  const wrong: unknown[] = []
  const quick = createQuickSpeech({ debug: () => undefined, info: () => undefined, warn: () => undefined, error: (...what) => void wrong.push(what) })
  t.teardown(() => quick.stop())
  const careful = await depsIn(t.testdir(), tts)
  const noFfmpeg = (): never => { throw new Error('an import was begun') }
  const deps: StationSoundDeps = { ...careful, quick, ffmpeg: { ...careful.ffmpeg, probe: noFfmpeg, decode: noFfmpeg, encode: noFfmpeg } }
  const order = { text: 'Xin chú ý. Nước sông đang lên rất nhanh. Bà con ở các thôn ven sông hãy rời nhà ngay, mang theo giấy tờ và thuốc men.', quickly: true }
  const media = await speakToMedia(deps, order)
  if (!media.ok) throw new Error(media.why)
  const heard = measure((await deps.store.path(media.value.sha)) ?? '')
  t.ok(Math.abs(heard.lufs + 16) <= 1.5, `${heard.lufs} LUFS`)
  t.ok(heard.truePeakDb <= -1.5, `${heard.truePeakDb} dBTP`)
  t.equal(heard.samples, media.value.samples, 'to the sample')
  t.same(await speakToMedia(deps, order), media, 'it is held')
  t.equal(said.length, 1)
  const better = await speakToMedia(careful, { text: order.text })
  if (!better.ok) throw new Error(better.why)
  t.not(better.value.sha, media.value.sha)
  t.same(await speakToMedia(deps, order), better, 'what was made with care is taken where it is there')
  t.same(wrong, [])
})

t.test('a recording that people wait for is made in one pass, near the station\'s loudness; what is odd about one is looked at with care', async (t) => {
  const folder = t.testdir()
  const quick = createQuickSpeech(silentLog)
  t.teardown(() => quick.stop())
  const careful = await depsIn(folder)
  const { signal } = new AbortController()
  const unmade: QuickMediaDeps = { ...careful, quick, ffmpeg: { ...careful.ffmpeg, encode: () => Promise.reject(new Error('an import was begun')) } }
  for (const name of ['spoken.wav', 'spoken.mp3', 'spoken.m4a']) {
    const media = await recordingToMedia(unmade, makeSpeech(join(folder, name), 1, 'volume=-14dB,aformat=channel_layouts=stereo'), signal)
    if (!media.ok) throw new Error(`${name}: ${media.why}`)
    const heard = measure((await careful.store.path(media.value.sha)) ?? '')
    t.ok(Math.abs(heard.lufs + 16) <= 1.5 && heard.truePeakDb <= -1.5, `${name}: ${heard.lufs} LUFS, ${heard.truePeakDb} dBTP`)
    t.equal(heard.samples, media.value.samples, 'to the sample')
  }
  const crossed = makeSpeech(join(folder, 'crossed.wav'), 1, 'pan=stereo|c0=c0|c1=-1*c0')
  const media = await recordingToMedia({ ...careful, quick }, crossed, signal)
  t.ok(media.ok && Math.abs(media.value.loudnessLufs + 16) <= 0.5, 'channels that cancel each other')
  writeFileSync(join(folder, 'cut.wav'), readFileSync(join(folder, 'spoken.wav')).subarray(0, 200_000))
  t.match(await recordingToMedia({ ...careful, quick }, join(folder, 'cut.wav'), signal), { ok: false, code: 'truncated' }, 'a file that was cut off')
})

t.test('where the quick way cannot, the words are imported', async (t) => {
  const deps = await depsIn(t.testdir())
  const media = await speakToMedia({ ...deps, quick: { encode: () => Promise.resolve(null) } }, { text: 'Kính chào bà con.', quickly: true })
  t.ok(media.ok && Math.abs(media.value.loudnessLufs + 16) <= 0.5)
})

t.test('a lost or damaged file, or a damaged note, is made again', async (t) => {
  const { tts, said } = counted()
  const dir = t.testdir()
  const deps = await depsIn(dir, tts)
  const speak = async (): Promise<string> => {
    const media = await speakToMedia(deps, { text: 'Kính chào bà con.' })
    if (!media.ok) throw new Error(media.why)
    return media.value.sha
  }
  const sha = await speak()
  await deps.store.remove(sha)
  t.equal(await speak(), sha, 'the same sound comes out')
  const note = filesBelow(join(dir, 'media', 'made'))[0] ?? ''
  writeFileSync(join(dir, 'media', 'made', note), '{"sha":')
  t.equal(await speak(), sha)
  t.equal(said.length, 3)
  t.match(readFileSync(join(dir, 'media', 'made', note), 'utf8'), sha)
})

t.test('text is text: options, shell signs, phonemes and marks are spoken or left out, never obeyed', async (t) => {
  const dir = t.testdir()
  const tts = createEspeak()
  for (const text of ['-w /tmp/x chào', '$(touch x); `id` chào', '[[_::_]] chào', '<break time="9999s"/> chào', '--help']) {
    const wav = await tts.synthesize(text, { voice: 'vi' })
    t.ok(wav.ok && wav.value.length > 5_000 && wav.value.length < 600_000, text)
    if (wav.ok) t.equal(new DataView(wav.value.buffer, wav.value.byteOffset).getUint32(4, true), wav.value.length - 8, 'the head tells the true length')
  }
  t.same(filesBelow(dir), [])
})

t.test('what cannot be spoken is refused with a sentence, and leaves nothing behind', async (t) => {
  const dir = t.testdir()
  const deps = await depsIn(dir)
  t.match(await speakToMedia(deps, { text: ' \n ' }), { ok: false, code: 'bad-text' })
  t.match(await speakToMedia(deps, { text: 'a'.repeat(MAX_SPEECH_CHARACTERS + 1) }), { ok: false, code: 'bad-text', vi: /20000 ký tự/ })
  t.match(await speakToMedia(deps, { text: 'chào', voice: '../x' }), { ok: false, code: 'no-voice' })
  const mute: StationSoundDeps = { ...deps, tts: createEspeak({ program: '/nonexistent/espeak' }) }
  t.match(await speakToMedia(mute, { text: 'chào' }), { ok: false, code: 'no-voice', why: /apt-get install espeak-ng/, vi: /espeak-ng/ })
  const stopped = new AbortController()
  stopped.abort()
  t.match(await speakToMedia(deps, { text: 'chào', signal: stopped.signal }), { ok: false, code: 'stopped' })
  t.same(filesBelow(join(dir, 'media')), [])
})
