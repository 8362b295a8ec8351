/** What comes in, for the needle on the speaker's screen. */
export interface LevelMeter {
  add(pcm: Int16Array): void
  /** dBFS since the last reading, one decimal, −90 … 0; null while nothing came. */
  read(): { readonly db: number; readonly peakDb: number } | null
}

const FULL_SCALE = 32_768
const FLOOR_DB = -90
const decibels = (amplitude: number): number => Math.max(FLOOR_DB, Math.round(200 * Math.log10(amplitude / FULL_SCALE)) / 10)

export function createLevelMeter(): LevelMeter {
  let [sum, peak, count] = [0, 0, 0]
  return {
    add: (pcm) => {
      for (const sample of pcm) {
        sum += sample * sample
        peak = Math.max(peak, Math.abs(sample))
      }
      count += pcm.length
    },
    read: () => {
      if (count === 0) return null
      const level = { db: decibels(Math.sqrt(sum / count)), peakDb: decibels(peak) }
      ;[sum, peak, count] = [0, 0, 0]
      return level
    },
  }
}
