import type { MediaProbe } from '../../adapters/ffmpeg-probe.ts'

/** What may be missing at the end of an honest file: encoder delay, rounding, a container that counts a last frame twice. */
const SLACK_SECONDS = 0.5
const SLACK_SHARE = 0.02

/** What `endsTooEarly` wants to see of a file. */
export const HEAD_BYTES = 12
/** RFC 3533: a head of 27 bytes, 255 lacing values, and 255 × 255 bytes of body. */
export const TAIL_BYTES = 27 + 255 + 255 * 255

/**
 * Whether the file was cut off: less sound came out than it declares, or its container breaks off. MP3 without an
 * index, raw AAC and AMR do not say how long they are; what is left of such a file is taken as the whole.
 */
export function endsTooEarly(
  probe: MediaProbe,
  decodedSeconds: number,
  file: { readonly bytes: number; readonly head: Uint8Array; readonly tail: Uint8Array },
): boolean {
  const declared = probe.declaredSeconds
  if (declared !== null && decodedSeconds < declared * (1 - SLACK_SHARE) - SLACK_SECONDS) return true
  if (probe.container === 'wav') return wavIsCut(file.head, file.bytes)
  return probe.container === 'ogg' && oggIsCut(file.tail)
}

/** Programs that write into a pipe cannot know the length and put in the largest number, or nearly. */
const WAV_LENGTH_UNKNOWN = 0x7fff_0000
/** Some writers forget the padding or a trailing chunk. */
const WAV_SLACK_BYTES = 4_096

/** ffmpeg takes what is there of a short WAV without a word: the head tells how much it should be. */
export function wavIsCut(head: Uint8Array, fileBytes: number): boolean {
  if (head.length < 12) return true
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (view.getUint32(0) !== 0x5249_4646) return false
  const declared = view.getUint32(4, true)
  return declared < WAV_LENGTH_UNKNOWN && declared + 8 > fileBytes + WAV_SLACK_BYTES
}

/** Whether the last page of an Ogg file is shorter than it says. `tail` is the end of the file, at least one page of it. */
export function oggIsCut(tail: Uint8Array): boolean {
  let at = tail.length - 4
  // 'OggS'
  while (at >= 0 && !(tail[at] === 0x4f && tail[at + 1] === 0x67 && tail[at + 2] === 0x67 && tail[at + 3] === 0x53)) at -= 1
  if (at < 0) return true
  const segments = tail[at + 26]
  if (segments === undefined || at + 27 + segments > tail.length) return true
  let body = 0
  for (const lacing of tail.subarray(at + 27, at + 27 + segments)) body += lacing
  return at + 27 + segments + body > tail.length
}
