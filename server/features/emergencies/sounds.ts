import type { LanguageCode } from '../../../shared/core/languages.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import type { EmergencyMessage } from '../../core/emergency.ts'
import { packetsOf } from '../../core/emergency-clip.ts'
import { languageOf } from '../../core/emergency-audience.ts'
import type { EmergencySound } from '../../core/emergency-record.ts'
import type { EmergencyFiles } from '../../core/emergency-files.ts'
import type { Clip } from '../../core/sound-stream.ts'
import type { Programme, Stores } from '../../core/stores.ts'
import { chimeKey, recordingToMedia, speakToMedia, type StationSoundDeps } from '../programmes/plugin.ts'

export interface EmergencySoundDeps {
  readonly stores: Pick<Stores, 'programmes' | 'pinnedClips'>
  /** With an ffmpeg of its own: an emergency never waits behind the import of a long recording. */
  readonly sounds: StationSoundDeps
  readonly files: EmergencyFiles
}
export type MakeRefusal = 'speech-failed' | 'recording-failed' | 'no-such-programme' | 'stopped'

/** `otherVoice`: another engine than the one that is set has spoken it. */
export interface MadeSound {
  readonly sound: EmergencySound
  readonly otherVoice: boolean
}

export interface EmergencySounds {
  /** What needs no work: a programme, or a live voice. null for what must be made first, or is not there. */
  known(message: EmergencyMessage, stream: string): EmergencySound | null
  /** A sound of the station itself, by the name that a timetable uses. */
  own(name: string, stream: string): EmergencySound | null
  make(message: EmergencyMessage, stream: string, signal: AbortSignal): Promise<Result<MadeSound, MakeRefusal>>
  /** To be sent in a burst; null for a voice, and when the file is gone. */
  clip(sound: EmergencySound): Promise<Clip | null>
}

export function createEmergencySounds({ stores, sounds, files }: EmergencySoundDeps): EmergencySounds {
  const isPinned = (programme: Programme): boolean => programme.kind === 'chime' || stores.pinnedClips.byProgramme(programme.id) !== null
  const soundOf = (programme: Programme, stream: string): EmergencySound => ({
    media: programme.sha, bytes: programme.bytes, ms: Math.max(1, Math.round(programme.ms)), stream, pinned: isPinned(programme),
  })
  const programme = (ref: string): Programme | null => stores.programmes.byId(ref) ?? stores.programmes.byKey(ref) ?? stores.programmes.byKey(chimeKey(ref))

  const known = (message: EmergencyMessage, stream: string): EmergencySound | null => {
    if (message.kind === 'voice') return { media: null, bytes: 0, ms: message.maxMs, stream, pinned: false, ...spokenIn(message.language) }
    const found = message.kind === 'programme' ? programme(message.programme) : null
    return found && { ...soundOf(found, stream), ...spokenIn(message.language ?? stores.pinnedClips.byProgramme(found.id)?.language) }
  }
  const made = async (message: EmergencyMessage, signal: AbortSignal, spoke: (said: TtsResult) => void): ReturnType<typeof recordingToMedia> => {
    if (message.kind === 'text') return speakToMedia(heardBy(sounds, spoke), { text: message.text, signal, quickly: true, ...(message.voice === undefined ? {} : { voice: message.voice }) })
    return recordingToMedia(sounds, files.path(message.kind === 'recording' ? message.file : ''), signal)
  }
  return {
    known,
    own: (name, stream) => {
      const found = stores.programmes.byKey(chimeKey(name))
      return found && soundOf(found, stream)
    },
    async make(message, stream, signal) {
      const there = known(message, stream)
      if (there) return ok({ sound: there, otherVoice: false })
      if (message.kind === 'programme') return refuse('no-such-programme', `the programme ${message.programme} is gone`)
      let otherVoice = false
      const result = await made(message, signal, (said) => void (otherVoice = said.ok && said.instead !== undefined))
      if (signal.aborted) return refuse('stopped', 'something more urgent came')
      if (!result.ok) return refuse(message.kind === 'text' ? 'speech-failed' : 'recording-failed', result.why)
      const { sha, bytes, durationMs } = result.value
      return ok({ otherVoice, sound: { media: sha, bytes, ms: Math.max(1, Math.round(durationMs)), stream, pinned: false, ...spokenIn(message.language) } })
    },
    async clip({ media, stream }) {
      const file = media === null ? null : await sounds.store.open(media)
      if (!file) return null
      const chunks: Uint8Array[] = []
      for await (const chunk of file) chunks.push(chunk as Uint8Array)
      const packets = packetsOf(Buffer.concat(chunks))
      return packets && { stream, packets }
    },
  }
}

type TtsResult = Awaited<ReturnType<StationSoundDeps['tts']['synthesize']>>
/** The same engine; `spoke` is told what it answers. */
function heardBy(deps: StationSoundDeps, spoke: (said: TtsResult) => void): StationSoundDeps {
  const synthesize: StationSoundDeps['tts']['synthesize'] = async (text, options) => {
    const said = await deps.tts.synthesize(text, options)
    spoke(said)
    return said
  }
  return { ...deps, tts: { ...deps.tts, synthesize } }
}

/** Vietnamese is not said: it is for everybody. */
const spokenIn = (language: LanguageCode | undefined): { language?: LanguageCode } => (language === undefined || languageOf({ language }) === languageOf({}) ? {} : { language })
