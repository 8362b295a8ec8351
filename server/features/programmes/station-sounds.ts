import { ok } from '../../../shared/core/result.ts'
import { toBase64Url } from '../../../shared/protocol/wire.ts'
import { isDiskFull } from '../../adapters/media-store.ts'
import type { WorkFolder } from '../../adapters/media-store-work.ts'
import { MAX_SPEECH_CHARACTERS, type TtsProvider, type TtsRefusal } from '../../adapters/tts.ts'
import { applyDictionary, NO_DICTIONARY, type SpeechDictionary } from '../../core/speech-dictionary.ts'
import { speechText } from '../../core/speech-text.ts'
import { attention, chime, testTone, TONE_RATE_HZ, wavFile } from '../../core/tones.ts'
import { importMedia, IMPORT_DEFAULTS, type ImportedMedia, type ImportResult, type ImportSettings } from './import.ts'
import { refuseImport, type ImportRefusal, type ImportRefusalCode } from './import-refusals.ts'
import { keepQuickly, type QuickMediaDeps } from './quick-media.ts'

export interface StationSoundDeps extends QuickMediaDeps {
  readonly tts: TtsProvider
  /** How this station says its own words; absent = as the rules have it. */
  readonly dictionary?: () => SpeechDictionary
}

/** What to say. */
export interface SpeakOrder {
  readonly text: string
  /** A voice of the engine; the first of its list where absent. */
  readonly voice?: string
  /** Percent, 50–200. */
  readonly speed?: number
  /** Keeps the sound as it was spoken, so that it can be cut. */
  readonly keepOriginal?: boolean
  /** People wait for it: one pass, unless it was made with care before. */
  readonly quickly?: boolean
  readonly signal?: AbortSignal
}

/** Raised when the way from text or arithmetic to sound changes, so that what was made before is made anew. */
const RECIPE = 1

/**
 * The sounds that a station has from the first day, by the name that a timetable uses (`chime: chime`), each with its
 * loudness: a chime opens gently, an attention tone must be heard over wind and engines.
 */
const SOUNDS = {
  'chime': { samples: chime, targetLufs: -19 },
  'attention': { samples: attention, targetLufs: -13 },
  'test-tone': { samples: testTone, targetLufs: -20 },
} as const
export type StationSound = keyof typeof SOUNDS
export const STATION_SOUNDS = Object.keys(SOUNDS) as readonly StationSound[]

/** Makes chime, attention tone and test tone where they are not held yet. Quick when they are. */
export async function ensureStationSounds(
  deps: StationSoundDeps,
): Promise<{ readonly ok: true; readonly value: Readonly<Record<StationSound, ImportedMedia>> } | FailedSound> {
  const made: Partial<Record<StationSound, ImportedMedia>> = {}
  for (const name of STATION_SOUNDS) {
    const sound = SOUNDS[name]
    // silenceDb far below: a bell's tail is part of it
    const settings = { targetLufs: sound.targetLufs, silenceDb: -80 }
    const wav = wavFile(sound.samples(), TONE_RATE_HZ)
    const imported = await once(deps, ['sound', name, toBase64Url(wav)], {
      settings,
      wav: () => Promise.resolve(ok(wav)),
    })
    if (!imported.ok) return imported
    made[name] = imported.value
  }
  return ok(made as Record<StationSound, ImportedMedia>)
}

/** Speaks a text of 1 … MAX_SPEECH_CHARACTERS characters; the same text, voice, engine and settings are spoken only once. */
export async function speakToMedia(deps: StationSoundDeps, order: SpeakOrder): Promise<ImportResult> {
  const badText = refuseImport('bad-text', { limit: MAX_SPEECH_CHARACTERS })
  if (order.text.length > MAX_SPEECH_CHARACTERS) return badText
  const voices = await deps.tts.listVoices()
  const voice = order.voice === undefined ? voices[0] : voices.find((known) => known.id === order.voice)
  if (voice === undefined) return refuseImport('no-voice', { detail: `unknown voice ${order.voice ?? ''}` })
  const spoken = speechText(applyDictionary(order.text, deps.dictionary?.() ?? NO_DICTIONARY), voice.region)
  if (spoken === '') return badText
  const speed = order.speed ?? 100
  return once(deps, ['speech', await deps.tts.identity(), voice.id, speed, spoken], {
    settings: {},
    keepOriginal: order.keepOriginal ?? false,
    quickly: order.quickly === true && order.keepOriginal !== true,
    signal: order.signal,
    wav: async () => {
      const options = { voice: voice.id, speed, ...(order.signal === undefined ? {} : { signal: order.signal }) }
      const said = await deps.tts.synthesize(spoken, options)
      return said.ok ? said : speechRefusal(said)
    },
  })
}

type FailedSound = Exclude<ImportResult, { ok: true }>

interface Recipe {
  readonly settings: Partial<ImportSettings>
  readonly keepOriginal?: boolean
  readonly quickly?: boolean
  readonly signal?: AbortSignal | undefined
  /** `instead`: made by another engine than was asked, and to be made again when it is back. */
  readonly wav: () => Promise<{ readonly ok: true; readonly value: Uint8Array; readonly instead?: unknown } | ImportRefusal>
}

/** Makes a sound unless one was made from the same ingredients and is still in the store. */
async function once(deps: StationSoundDeps, ingredients: readonly unknown[], recipe: Recipe): Promise<ImportResult> {
  const settings = { ...IMPORT_DEFAULTS, ...deps.settings, ...recipe.settings }
  const { bitrateBps, targetLufs, maxTruePeakDb, silenceDb, keepSilenceMs } = settings
  const parts = [RECIPE, ingredients, bitrateBps, targetLufs, maxTruePeakDb, silenceDb, keepSilenceMs]
  const key = deps.store.keyOf(parts)
  const known = await recalled(deps, key, recipe.keepOriginal ?? false)
  if (known) return ok(known)
  const quickKey = recipe.quickly && deps.quick ? deps.store.keyOf(['quick', ...parts]) : null
  const quick = quickKey === null ? null : await recalled(deps, quickKey, false)
  if (quick) return ok(quick)
  const wav = await recipe.wav()
  if (!wav.ok) return wav
  const folder = await deps.store.workFolder()
  try {
    const made = quickKey === null ? null : await keepQuickly(deps, { wav: wav.value, settings, folder, source: { container: 'wav', codec: 'pcm_s16le' } })
    const imported = made ? ok(made) : await importMade(deps, recipe, { wav: wav.value, folder })
    if (imported.ok && wav.instead === undefined) await deps.store.note(made ? (quickKey as string) : key, imported.value)
    return imported
  } catch (error) {
    if (isDiskFull(error)) return refuseImport('disk-full')
    throw error
  } finally {
    await folder.remove()
  }
}

/** What was made from the same ingredients and is still in the store. */
async function recalled(deps: StationSoundDeps, key: string, keepOriginal: boolean): Promise<ImportedMedia | null> {
  const known = await deps.store.recall(key)
  if (!isImportedMedia(known) || (await deps.store.bytes(known.sha)) !== known.bytes) return null
  const original = known.original ? await deps.store.originalPath(known.original.sha) : null
  return keepOriginal && original === null ? null : known
}

interface Made {
  readonly wav: Uint8Array
  readonly folder: WorkFolder
}

async function importMade(deps: StationSoundDeps, { keepOriginal = false, settings, signal }: Recipe, { wav, folder }: Made): Promise<ImportResult> {
  await folder.write('made.wav', wav)
  return importMedia(deps, { path: folder.path('made.wav'), keepOriginal, settings, ...(signal === undefined ? {} : { signal }) })
}

/** Notes are our own, but a disk may hold anything. */
function isImportedMedia(value: unknown): value is ImportedMedia {
  if (typeof value !== 'object' || value === null) return false
  const media = value as Partial<Record<keyof ImportedMedia, unknown>>
  return typeof media.sha === 'string' && typeof media.bytes === 'number' && typeof media.durationMs === 'number' && typeof media.peaks === 'string'
}

const SPEECH_REFUSALS: Readonly<Record<TtsRefusal, ImportRefusalCode>> = {
  'no-engine': 'no-voice', 'unknown-voice': 'no-voice', 'bad-text': 'bad-text', 'timed-out': 'timed-out', 'stopped': 'stopped', 'busy': 'busy', 'failed': 'no-voice',
}

const speechRefusal = (refusal: { readonly code: TtsRefusal; readonly why: string }): ImportRefusal =>
  refuseImport(SPEECH_REFUSALS[refusal.code], { limit: MAX_SPEECH_CHARACTERS, detail: refusal.why })
