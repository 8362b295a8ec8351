/** A WAV file whose lengths are right, from one whose writer did not know them; null when this is no WAV with sound. */
export function soundWav(bytes: Uint8Array): Uint8Array | null {
  const wav = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (wav.length <= 44 || wav.toString('latin1', 0, 4) !== 'RIFF' || wav.toString('latin1', 8, 12) !== 'WAVE') return null
  for (let at = 12; at + 8 <= wav.length; ) {
    const [name, declared] = [wav.toString('latin1', at, at + 4), wav.readUInt32LE(at + 4)]
    if (name === 'data') {
      const there = Math.min(declared === 0 ? Number.POSITIVE_INFINITY : declared, wav.length - at - 8) & ~1
      if (there <= 0) return null
      const whole = Buffer.from(wav.subarray(0, at + 8 + there))
      whole.writeUInt32LE(whole.length - 8, 4)
      whole.writeUInt32LE(there, at + 4)
      return new Uint8Array(whole)
    }
    at += 8 + declared + (declared % 2)
  }
  return null
}
