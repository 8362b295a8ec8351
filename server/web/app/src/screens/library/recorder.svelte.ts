import { formOf, isSoft, LEAST_DB, levelDb } from './recording.ts'

/** Longer than any programme of a village; a phone that was forgotten stops by itself. */
const MOST_MS = 2 * 3_600_000
const BITS_PER_SECOND = 96_000

export interface Recorder {
  readonly state: 'idle' | 'asking' | 'recording' | 'paused' | 'done'
  /** Loudest of late, dB. */
  readonly db: number
  readonly quietMs: number
  readonly ms: number
  readonly sound: Blob | null
  readonly problem: 'none' | 'not-allowed' | 'no-microphone' | 'not-here'
  start(): Promise<void>
  pause(): void
  goOn(): void
  stop(): void
  /** What has been said so far; null where nothing is being recorded. */
  soFar(): Blob | null
  /** Forgets what was recorded. */
  clear(): void
}

/** Records by the microphone of this device. Belongs in a component's script. `left`: gets what had been said when the page was left in the middle of it. */
export function createRecorder(left: (sound: Blob, ms: number) => void): Recorder {
  const held = $state<{ state: Recorder['state']; db: number; quietMs: number; ms: number; problem: Recorder['problem'] }>({ state: 'idle', db: LEAST_DB, quietMs: 0, ms: 0, problem: 'none' })
  let sound = $state.raw<Blob | null>(null)
  let recorder: MediaRecorder | null = null
  let release = (): void => undefined
  let pieces: Blob[] = []

  /** Shows the level, and counts. */
  function watch(context: AudioContext, media: MediaStream): () => void {
    const ear = context.createAnalyser()
    ear.fftSize = 2_048
    context.createMediaStreamSource(media).connect(ear)
    const samples = new Float32Array(ear.fftSize)
    let last = performance.now()
    let frame = 0
    const look = (now: number): void => {
      frame = requestAnimationFrame(look)
      ear.getFloatTimeDomainData(samples)
      held.db = Math.max(levelDb(samples), held.db - (now - last) / 40)
      if (held.state === 'recording') held.ms += now - last
      held.quietMs = isSoft(held.db) && held.state === 'recording' ? held.quietMs + (now - last) : 0
      last = now
      if (held.ms > MOST_MS) stop()
    }
    frame = requestAnimationFrame(look)
    return () => cancelAnimationFrame(frame)
  }

  async function start(): Promise<void> {
    if (held.state === 'recording' || held.state === 'asking') return
    clear()
    if (!navigator.mediaDevices || !('MediaRecorder' in window)) return void (held.problem = 'not-here')
    held.state = 'asking'
    try {
      const media = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: false } })
      begin(media)
    } catch (error) {
      if (!(error instanceof DOMException)) throw error
      held.state = 'idle'
      held.problem = error.name === 'NotFoundError' ? 'no-microphone' : 'not-allowed'
    }
  }
  function begin(media: MediaStream): void {
    const form = formOf((one) => MediaRecorder.isTypeSupported(one))
    const mine = new MediaRecorder(media, { ...(form === null ? {} : { mimeType: form }), audioBitsPerSecond: BITS_PER_SECOND })
    const context = new AudioContext()
    const forget = watch(context, media)
    // a screen that goes dark takes the microphone with it on many phones
    const lock = 'wakeLock' in navigator ? navigator.wakeLock.request('screen').catch(() => null) : null
    release = () => {
      forget()
      for (const track of media.getTracks()) track.stop()
      void context.close()
      void lock?.then((one) => one?.release())
      release = () => undefined
    }
    mine.ondataavailable = ({ data }) => void (data.size > 0 && pieces.push(data))
    mine.onstop = () => {
      release()
      if (recorder !== mine) return
      recorder = null
      sound = new Blob(pieces, { type: mine.mimeType })
      held.state = 'done'
    }
    // a call that comes in takes the microphone: what was said is kept
    for (const track of media.getAudioTracks()) track.onended = () => stop()
    recorder = mine
    held.state = 'recording'
    mine.start(1_000)
  }
  function stop(): void {
    if (recorder && recorder.state !== 'inactive') recorder.stop()
  }
  function clear(): void {
    const mine = recorder
    recorder = null
    if (mine && mine.state !== 'inactive') mine.stop()
    pieces = []
    sound = null
    Object.assign(held, { state: 'idle', db: LEAST_DB, quietMs: 0, ms: 0, problem: 'none' })
  }
  function leave(): void {
    const [mine, ms] = [recorder, held.ms]
    if (!mine || mine.state === 'inactive') return clear()
    mine.onstop = () => {
      release()
      if (pieces.length > 0) left(new Blob(pieces, { type: mine.mimeType }), ms)
    }
    mine.stop()
  }
  $effect(() => leave)
  return {
    get state() { return held.state },
    get db() { return held.db },
    get quietMs() { return held.quietMs },
    get ms() { return held.ms },
    get sound() { return sound },
    get problem() { return held.problem },
    start,
    pause: () => {
      recorder?.pause()
      held.state = 'paused'
    },
    goOn: () => {
      recorder?.resume()
      held.state = 'recording'
    },
    stop,
    soFar: () => (recorder === null || pieces.length === 0 ? null : new Blob(pieces, { type: recorder.mimeType })),
    clear,
  }
}
