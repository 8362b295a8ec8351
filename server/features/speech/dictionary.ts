import type { Crypto } from '../../../shared/core/crypto.ts'
import { mediaRefOf, type MediaRef } from '../../../shared/core/layout.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import type { TtsProvider } from '../../adapters/tts.ts'
import { applyDictionary, NO_DICTIONARY, type SpeechDictionary } from '../../core/speech-dictionary.ts'
import { speechText } from '../../core/speech-text.ts'
import type { DecisionListener } from '../../core/server-deps.ts'
import type { Decide, MetaStore, Stores } from '../../core/stores.ts'
import { speakToMedia, speechKey, type StationSoundDeps } from '../programmes/plugin.ts'

const KEY = 'speech.dictionary'

/** The station's dictionary as it stands: read anew for every text. */
export const speechDictionary = (meta: MetaStore) => (): SpeechDictionary => {
  const kept = meta.get(KEY)
  return kept === null ? NO_DICTIONARY : (JSON.parse(kept) as SpeechDictionary)
}
export const keepDictionary = (meta: MetaStore, dictionary: SpeechDictionary): void => meta.set(KEY, JSON.stringify(dictionary))

export interface RespeakDeps {
  readonly stores: Pick<Stores, 'programmes' | 'sessions'>
  readonly decide: Decide
  readonly clock: { wall(): number }
  readonly crypto: Crypto
  readonly secretBytes: (count: number) => Uint8Array
  readonly listener: Pick<DecisionListener, 'timetableChanged'>
  readonly sounds: StationSoundDeps
}
type SpeechRef = Extract<MediaRef, { kind: 'speech' }>

const voiceOf = async (tts: TtsProvider, id: string | undefined): Promise<{ region: 'north' | 'central' | 'south' } | undefined> => {
  const voices = await tts.listVoices()
  return id === undefined ? voices[0] : voices.find((voice) => voice.id === id)
}

/** Texts of the timetable that are said otherwise under the new dictionary are spoken anew; the old sound stays until the new one is there. Returns how many. */
export async function respeak(deps: RespeakDeps, before: SpeechDictionary, after: SpeechDictionary): Promise<number> {
  const refs = new Map<string, SpeechRef>()
  for (const session of deps.stores.sessions.all()) {
    for (const ref of session.items.map(mediaRefOf)) if (ref.kind === 'speech') refs.set(speechKey(deps.crypto, ref), ref)
  }
  let made = 0
  for (const [key, ref] of refs) {
    const voice = await voiceOf(deps.sounds.tts, ref.voice)
    const said = (dictionary: SpeechDictionary): string => speechText(applyDictionary(ref.text, dictionary), voice?.region)
    if (said(before) !== said(after) && (await replace(deps, key, ref))) made++
  }
  if (made > 0) deps.listener.timetableChanged()
  return made
}

async function replace(deps: RespeakDeps, key: string, ref: SpeechRef): Promise<boolean> {
  const { programmes } = deps.stores
  const spoken = await speakToMedia(deps.sounds, { text: ref.text, ...(ref.voice === undefined ? {} : { voice: ref.voice }) })
  const old = programmes.byKey(key)
  if (!spoken.ok || !old) return false
  const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = spoken.value
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)
  const at = deps.clock.wall() as typeof old.createdAt
  const next = { ...old, id: toBase64Url(deps.secretBytes(9)), sha, bytes, ms: Math.round(durationMs), lufs: finite(loudnessLufs), truePeak: finite(truePeakDb), peaks: fromBase64Url(peaks) ?? new Uint8Array(), createdAt: at }
  deps.decide({ actor: 'server', action: 'programme.respeak', subject: next.id, detail: { name: old.name, before: old.id, sha } }, () => {
    programmes.remove(old.id, at)
    programmes.insert(next)
  })
  return true
}
