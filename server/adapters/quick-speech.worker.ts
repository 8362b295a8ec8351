import { oggOpus } from '../core/ogg-write.ts'
import { readMonoWav } from '../core/pcm-wav.ts'
import { prepareQuickly } from '../core/quick-speech.ts'
import { createOpusEncoder } from './opus-encoder.ts'
import type { QuickAsk, QuickFile } from './quick-speech.ts'
import { serveThread } from './worker-thread.ts'

const FRAME_SAMPLES = 960

function encode({ wav, goal, bitrateBps }: QuickAsk): QuickFile | null {
  const sound = readMonoWav(wav)
  const speech = sound && prepareQuickly(sound, goal)
  if (!speech) return null
  const encoder = createOpusEncoder(bitrateBps)
  const { lookaheadFrames: preSkip } = encoder
  const samples = speech.pcm.length
  // the encoder gives a sound back later by its look-ahead: so much silence must follow
  const padded = new Int16Array(Math.ceil((samples + preSkip) / FRAME_SAMPLES) * FRAME_SAMPLES)
  padded.set(speech.pcm)
  const packets: Uint8Array[] = []
  for (let at = 0; at < padded.length; at += FRAME_SAMPLES) packets.push(encoder.encode(padded.subarray(at, at + FRAME_SAMPLES)))
  return { file: oggOpus({ packets, preSkip, samples }), samples, loudnessLufs: speech.loudnessLufs, sourceLufs: speech.sourceLufs, peaks: speech.peaks }
}

serveThread({ encode })
