/** Below this nothing is heard, dB. */
export const LEAST_DB = -60
const SILENT_DB = -50
const SOFT_DB = -30
const LOUD_DB = -1.5
/** Nothing heard for so long is a microphone that does not work. */
export const SILENT_AFTER_MS = 4_000
export const SOFT_AFTER_MS = 2_000

/** The loudest of some samples, dB of full scale. */
export function levelDb(samples: Float32Array): number {
  let loudest = 0
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample))
  return loudest === 0 ? -120 : 20 * Math.log10(loudest)
}

/** What somebody at the microphone should do. `quietMs`: how long nothing louder than soft was heard. */
export function loudnessHint(db: number, quietMs: number): 'good' | 'loud' | 'soft' | 'silent' {
  if (db > LOUD_DB) return 'loud'
  if (db < SILENT_DB && quietMs > SILENT_AFTER_MS) return 'silent'
  return quietMs > SOFT_AFTER_MS ? 'soft' : 'good'
}
export const isSoft = (db: number): boolean => db < SOFT_DB

/** Forms that the station takes, best first: Android and desk, iOS. */
const FORMS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus', 'audio/webm'] as const
/** The one that this browser can record; null = whatever it likes. */
export const formOf = (isSupported: (form: string) => boolean): string | null => FORMS.find(isSupported) ?? null

/** `ghi-am-2026-11-23-0530.webm` */
export const fileNameOf = (form: string, local: string): string => `ghi-am-${local.replace('T', '-').replace(':', '')}.${/mp4/.test(form) ? 'm4a' : /ogg/.test(form) ? 'ogg' : 'webm'}`
