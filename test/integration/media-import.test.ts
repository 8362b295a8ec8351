import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { sha256OfFile } from '../../server/adapters/media-store.ts'
import { ffmpegMakes, filesBelow, makeSpeech, measure, storeIn, takeInto } from '../support/sound-files.ts'

t.test('a video gives its sound', async (t) => {
  const dir = t.testdir()
  const store = await storeIn(dir)
  const speech = makeSpeech(join(dir, 's.wav'))
  const path = join(dir, 'v.mp4')
  ffmpegMakes(['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=5', '-i', speech, '-shortest', '-c:a', 'aac', path])
  const media = await takeInto(store, path)
  t.equal(media.source.codec, 'aac')
  t.ok(media.durationMs > 5_000)
})

t.test('a video whose pictures would fill the memory gives its sound, and its pictures are not looked at', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'bomb.mkv')
  ffmpegMakes(['-f', 'lavfi', '-i', 'color=black:s=8000x8000:r=1', '-i', makeSpeech(join(dir, 's.wav')), '-t', '4', '-c:v', 'png', '-c:a', 'pcm_s16le', path])
  const media = await takeInto(await storeIn(dir), path)
  t.ok(media.durationMs > 3_000)
})

const SOURCES: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ['speech', (path) => makeSpeech(path)],
  ['speech near the noise floor', (path) => makeSpeech(path, 1, 'volume=-32dB')],
  ['loud, clipped music', (path) => ffmpegMakes(['-f', 'lavfi', '-i', "aevalsrc='0.6*sin(2*PI*220*t)*(1+sin(2*PI*2*t))+0.4*sin(2*PI*660*t)+0.3*sin(2*PI*3000*t)*lt(mod(t,0.5),0.05)':d=12:s=44100", '-af', 'volume=10dB', '-c:a', 'pcm_s16le', '-ac', '2', path])],
  ['full-scale noise', (path) => ffmpegMakes(['-f', 'lavfi', '-i', 'anoisesrc=d=8:c=pink:a=1:seed=7:r=48000', '-af', 'volume=9dB', path])],
  ['a bang in quiet speech', (path) => makeSpeech(path, 1, "volume='if(between(t,3,3.01),1,0.03)':eval=frame")],
]

for (const [what, make] of SOURCES) {
  t.test(`${what} is brought to −16 LUFS without breaking the peak, measured on the stored file`, async (t) => {
    const dir = t.testdir()
    const store = await storeIn(dir)
    const path = join(dir, 'in.wav')
    make(path)
    const media = await takeInto(store, path)
    const heard = measure((await store.path(media.sha)) ?? '')
    t.ok(Math.abs(heard.lufs + 16) <= 0.5, `${heard.lufs} LUFS`)
    t.ok(heard.truePeakDb <= -1.4, `${heard.truePeakDb} dBTP`)
    t.ok(Math.abs(media.loudnessLufs - heard.lufs) <= 0.11, 'what is written down is what is heard')
  })
}

t.test('a tone of 3 s between silences keeps 100 ms of silence at either end, to 20 ms', async (t) => {
  const dir = t.testdir()
  const store = await storeIn(dir)
  const path = join(dir, 'in.wav')
  ffmpegMakes(['-f', 'lavfi', '-i', "aevalsrc='0.3*sin(2*PI*500*t)*between(t,1.5,4.5)':d=7:s=48000", path])
  const media = await takeInto(store, path)
  t.ok(Math.abs(media.durationMs - 3_200) <= 20, `${media.durationMs} ms`)
  const peaks = Buffer.from(media.peaks, 'base64url')
  t.ok(peaks.length > 300 && peaks.length <= 400, `${peaks.length} points`)
  t.ok((peaks[0] ?? 255) < 8 && (peaks.at(-1) ?? 255) < 8, 'the picture begins and ends in silence')
  t.ok((peaks[200] ?? 0) > 30, 'and is loud in the middle')
})

t.test('the same recording and settings give the same bytes, on another day and in another store', async (t) => {
  const dir = t.testdir({ one: {}, two: {} })
  const path = makeSpeech(join(dir, 'in.wav'))
  const first = await takeInto(await storeIn(join(dir, 'one')), path)
  copyFileSync(path, join(dir, 'other name.bin'))
  const second = await takeInto(await storeIn(join(dir, 'two')), join(dir, 'other name.bin'))
  t.equal(first.sha, second.sha)
  const smaller = await takeInto(await storeIn(join(dir, 'two')), path, { bitrateBps: 16_000 })
  t.not(smaller.sha, first.sha, 'another bitrate gives other bytes')
  t.ok(smaller.bytes < first.bytes * 0.85, 'and fewer')
  t.match(first.sha, /^[\w-]{43}$/)
})

t.test('channels that cancel each other are not taken for silence', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'in.wav')
  makeSpeech(path, 1, 'pan=stereo|c0=c0|c1=-1*c0')
  const media = await takeInto(await storeIn(dir), path)
  t.ok(Math.abs(media.loudnessLufs + 16) <= 0.5)
})

t.test('an import leaves the encoded file and the original, and nothing in the work folder', async (t) => {
  const dir = t.testdir()
  const store = await storeIn(dir)
  const media = await takeInto(store, makeSpeech(join(dir, 'in.wav')))
  t.same(filesBelow(join(dir, 'media')).sort(), [`${media.sha}.opus`, `originals/${media.original?.sha}`].sort())
  t.equal((await sha256OfFile((await store.path(media.sha)) ?? '')).sha, media.sha, 'the name is the hash of the bytes')
})
