import { every, type Cancel, type Clock, type MonoMs } from '../../../shared/core/clock.ts'
import { createMicChain, createUpsampler, MIC_CHAIN_DELAY_SAMPLES } from '../../core/mic-chain.ts'
import { createMicJitter } from '../../core/mic-jitter.ts'
import { createLevelMeter } from '../../core/mic-meter.ts'
import type { MicDecoder, MicRecording, SpokenInto } from '../../core/mic-ports.ts'
import { readMicFrames, type MicAnswer, type MicFormat, type MicState } from '../../core/mic-protocol.ts'
import { PROBLEMS, type Problem } from '../../core/mic-problems.ts'
import type { SoundStream } from '../../core/sound-stream.ts'

export interface SessionDeps {
  readonly clock: Clock
  readonly into: SpokenInto
  readonly stream: SoundStream
  readonly recording: MicRecording
  readonly decoder: () => MicDecoder
  /** Everything has been said and sent. */
  readonly ended: () => void
  /** The closing chime is over, too. */
  readonly over: () => void
}

/** A connection of the speaker's. */
export interface Speaker {
  say(answer: MicAnswer): void
  close(): void
}

/** One broadcast, or one emergency, and who speaks into it. */
export interface MicSession {
  readonly into: SpokenInto
  /** A speaker comes, or comes back; the one before is sent away. */
  attach(speaker: Speaker, format: MicFormat): void
  /** The speaker's connection is gone. Nothing when another one has taken its place. */
  detach(speaker: Speaker): void
  /** A binary message. false = not in the form of the protocol. */
  hear(message: Uint8Array): boolean
  /** The connection is alive, though nothing is said. */
  noteAlive(): void
  talk(): void
  pause(): void
  /** Fades, says what is left, ends the broadcast. Twice is once. */
  end(because: Problem | null): void
  /** Sends the speaker away without waiting for the closing chime. */
  close(): void
}

const PUMP_EVERY_MS = 20
const LEVEL_EVERY_MS = 100
const STATE_EVERY_MS = 500
const PER_MS = 48

/** After the last sample the high-pass rings for so long. */
const RING = 20 * PER_MS
/** Louder than a quiet room: somebody speaks. Mean square of −55 dBFS. */
const VOICED = (32_768 * 10 ** (-55 / 20)) ** 2
const isVoiced = (pcm: Int16Array): boolean => pcm.reduce((sum, s) => sum + s * s, 0) > VOICED * pcm.length

/** The end of what was said is soft. */
const FADE = 30 * PER_MS

function fadeOut(pcm: Int16Array): Int16Array {
  const from = Math.max(0, pcm.length - FADE)
  return pcm.map((sample, i) => (i < from ? sample : Math.round((sample * (pcm.length - i)) / FADE)))
}

/** Turns a speaker's frames into the sound of the station. */
function createInput(decoder: () => MicDecoder): { read(bytes: Uint8Array): Int16Array | null; use(format: MicFormat): void; release(): void } {
  let [format, opus, upsample]: [MicFormat, MicDecoder | null, ReturnType<typeof createUpsampler>] = ['pcm48', null, createUpsampler()]
  const pcmOf = (bytes: Uint8Array): Int16Array | null => (bytes.length % 2 === 0 ? new Int16Array(bytes.slice().buffer) : null)
  return {
    read: (bytes) => {
      if (format === 'opus') return (opus ??= decoder()).decode(bytes)
      const pcm = pcmOf(bytes)
      return format === 'pcm48' || pcm === null ? pcm : upsample(pcm)
    },
    use: (next) => {
      format = next
      opus?.release()
      opus = null
      upsample = createUpsampler()
    },
    release: () => opus?.release(),
  }
}

export function createMicSession(deps: SessionDeps): MicSession {
  const { clock, stream, into, recording } = deps
  const [chain, jitter, meter, input] = [createMicChain(), createMicJitter(), createLevelMeter(), createInput(deps.decoder)]
  let speaker: Speaker | null = null
  let heardAt: MonoMs = clock.mono()
  let [talking, phase]: [boolean, 'open' | 'ending' | 'ended'] = [false, 'open']
  /** When a voice was heard last; null before the first word. */
  let voicedAt: MonoMs | null = null
  const beganAt = clock.mono()
  /** Samples that were due so far, sent or not. */
  let due = 0
  const timers: Cancel[] = []
  /** Until the speaker must be back. */
  let grace: Cancel = () => undefined

  const state = (): MicState => {
    if (phase !== 'open') return phase
    if (!talking) return 'paused'
    return into.count().sounding > 0 ? 'on-air' : 'waiting'
  }
  const delayMs = (): number => Math.max(0, stream.soundsAt() - clock.wall()) + jitter.heldMs
  const sayState = (): void => {
    const speakInMs = Math.max(0, Math.round(into.speakFrom - clock.wall() - delayMs()))
    speaker?.say({ t: 'state', state: state(), speakInMs, leftMs: Math.max(0, Math.round(into.to() - clock.wall())), gaps: jitter.gaps, ...into.count() })
  }
  /** Samples of what was said that are still inside the chain: silence pushes them out. */
  let inside = 0
  const write = (pcm: Int16Array): void => {
    if (pcm.length === 0) return
    const spoken = chain.process(pcm)
    stream.write(spoken)
    recording.write(spoken)
  }
  const send = (pcm: Int16Array): void => {
    write(pcm)
    if (pcm.length > 0) inside = MIC_CHAIN_DELAY_SAMPLES + RING
  }
  const pushOut = (samples: number): void => {
    const silence = Math.min(inside, Math.max(0, samples))
    write(new Int16Array(silence))
    inside -= silence
  }
  const pump = (): void => {
    const samples = Math.floor((clock.mono() - beganAt) * PER_MS) - due
    due += samples
    // after a stall of this machine what is behind is not made up in one go
    const most = Math.min(samples, PUMP_EVERY_MS * 10 * PER_MS)
    const pcm = jitter.take(most)
    send(pcm)
    pushOut(most - pcm.length)
    const problem = whyOver()
    if (problem) end(problem)
  }
  const whyOver = (): Problem | null => {
    if (into.isEnded()) return PROBLEMS.endedElsewhere
    if (talking && clock.mono() - heardAt > into.resumeWithinMs) return PROBLEMS.linkLost
    if (clock.wall() >= into.to() - delayMs()) return PROBLEMS.tooLong
    // while the link is lost its own patience counts
    if (!into.patience || !speaker) return null
    if (voicedAt === null) return clock.wall() > into.speakFrom + into.patience.firstWordMs && clock.mono() > beganAt + into.patience.firstWordMs ? PROBLEMS.nobodySpoke : null
    return clock.mono() - voicedAt > into.patience.restMs ? PROBLEMS.silent : null
  }
  const stopTimers = (): void => [...timers.splice(0), grace].forEach((cancel) => cancel())

  function end(because: Problem | null): void {
    if (phase !== 'open') return
    phase = 'ending'
    stopTimers()
    send(fadeOut(jitter.drain()))
    pushOut(inside)
    input.release()
    if (because) speaker?.say({ t: 'problem', fatal: true, ...because })
    into.end(stream.soundsAt(), because)
    sayState()
    timers.push(every(clock, STATE_EVERY_MS, over))
    void stream.end().then(() => deps.ended())
  }
  /** The last word to the speaker: the closing chime is over. */
  function over(): void {
    if (!into.isOver()) return sayState()
    phase = 'ended'
    sayState()
    close()
  }
  function close(): void {
    stopTimers()
    speaker?.close()
    deps.over()
  }

  timers.push(
    every(clock, PUMP_EVERY_MS, pump),
    every(clock, LEVEL_EVERY_MS, () => {
      const level = meter.read()
      if (level) speaker?.say({ t: 'level', ...level, gainDb: Math.round(chain.gainDb() * 10) / 10 })
    }),
    every(clock, STATE_EVERY_MS, sayState),
  )

  return {
    into,
    close,
    attach: (next, format) => {
      if (speaker && speaker !== next) {
        speaker.say({ t: 'problem', fatal: true, ...PROBLEMS.otherSpeaker })
        speaker.close()
      }
      speaker = next
      grace()
      heardAt = clock.mono()
      input.use(format)
      sayState()
    },
    detach: (gone) => {
      if (speaker !== gone) return
      speaker = null
      if (phase !== 'open') return
      heardAt = clock.mono()
      // who does not come back is not waited for, whether talking or not
      grace = clock.after(into.resumeWithinMs, () => end(PROBLEMS.linkLost))
    },
    hear: (message) => {
      const frames = readMicFrames(message)
      if (!frames) return false
      if (phase !== 'open') return true
      heardAt = clock.mono()
      for (const { bytes } of frames) {
        const pcm = input.read(bytes)
        if (!pcm) continue
        meter.add(pcm)
        if (!talking) continue
        jitter.add(pcm)
        if (isVoiced(pcm)) voicedAt = clock.mono()
      }
      return true
    },
    noteAlive: () => {
      if (!talking) heardAt = clock.mono()
    },
    talk: () => {
      if (phase !== 'open') return
      talking = true
      heardAt = clock.mono()
      sayState()
    },
    pause: () => {
      if (phase !== 'open' || !talking) return
      talking = false
      send(fadeOut(jitter.drain()))
      sayState()
    },
    end,
  }
}
