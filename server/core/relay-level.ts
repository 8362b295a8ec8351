/** How loud the last second was, told so that neither a click nor a pause for breath decides. Mono, 48 kHz. */
export interface LevelWindow {
  /** A tenth of a second. */
  add(pcm: Int16Array): void
  /** dBFS of the third loudest tenth of the last second; −120 for digital silence, and before anything came. */
  levelDb(): number
}

const TENTHS = 10
const CHOSEN = 2
const FLOOR_DB = -120
const FULL_SCALE = 32_768

export function rmsDb(pcm: Int16Array): number {
  let sum = 0
  for (const sample of pcm) sum += sample * sample
  return sum === 0 ? FLOOR_DB : 10 * Math.log10(sum / pcm.length / FULL_SCALE ** 2)
}

export function createLevelWindow(): LevelWindow {
  const tenths: number[] = []
  return {
    add(pcm) {
      tenths.push(rmsDb(pcm))
      if (tenths.length > TENTHS) tenths.shift()
    },
    levelDb: () => [...tenths].sort((a, b) => b - a)[Math.min(CHOSEN, tenths.length - 1)] ?? FLOOR_DB,
  }
}
