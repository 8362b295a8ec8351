import { join } from 'node:path'
import t from 'tap'
import { sha256OfFile } from '../../server/adapters/media-store.ts'
import { ffmpegMakes, makeSpeech, measure, storeIn, takeInto } from '../support/sound-files.ts'

const FORMATS: readonly (readonly [name: string, options: readonly string[]])[] = [
  ['speech16.wav', ['-c:a', 'pcm_s16le']], ['a24.wav', ['-c:a', 'pcm_s24le']], ['a.mp3', ['-b:a', '64k']], ['a.m4a', ['-c:a', 'aac']], ['a.aac', ['-c:a', 'aac']], ['a.ogg', ['-c:a', 'libvorbis']],
  ['a.opus', ['-c:a', 'libopus']], ['a.flac', []], ['a.wma', ['-c:a', 'wmav2']], ['a.webm', ['-c:a', 'libopus']], ['a.aiff', []], ['a.mka', ['-c:a', 'flac']],
  ['a.3gp', ['-c:a', 'aac']], ['stereo.mp3', ['-ac', '2', '-ar', '44100', '-b:a', '128k']],
]

// 2 s of silence on both sides of speech that begins and ends by itself
const PADDED = 'silenceremove=start_periods=1:start_threshold=-50dB,adelay=2000,apad=pad_dur=2'
const reference = { ms: 0 }

for (const [name, options] of FORMATS) {
  t.test(`${name} comes out with the length of the sound, at −16 LUFS and below −1.5 dBTP`, async (t) => {
    const dir = t.testdir()
    const store = await storeIn(dir)
    const speech = makeSpeech(join(dir, 'speech.wav'), 1, PADDED)
    const path = join(dir, name)
    ffmpegMakes(['-i', speech, ...options, path])
    const media = await takeInto(store, path)
    if (reference.ms === 0) reference.ms = media.durationMs
    const heard = measure((await store.path(media.sha)) ?? '')
    t.ok(Math.abs(heard.lufs + 16) <= 0.5, `${heard.lufs} LUFS`)
    t.ok(heard.truePeakDb <= -1.4, `${heard.truePeakDb} dBTP`)
    t.equal(heard.samples, media.samples, 'as many samples come out as were declared')
    t.equal(media.samples, media.durationMs * 48, 'whole milliseconds')
    // a lossy codec smears the edge of silence by a frame or two of its own
    t.ok(Math.abs(media.durationMs - reference.ms) <= 60, `${media.durationMs} ms against ${reference.ms} ms of the WAV`)
    t.equal(media.original?.sha, (await sha256OfFile(path)).sha, 'the original is kept')
  })
}
