import { ask } from '../../lib/ask.ts'
import type { Sentence } from '../../lib/answer.ts'
import { sendPieces, type Came, type UploadView } from './pieces.ts'
import { kept } from '../../lib/kept.ts'
import { OVER_THE_LINK } from './waiting.ts'

const PIECE_TYPE = 'application/offset+octet-stream'
const PIECE_WAIT_MS = 60_000

/** A recording on its way to the station. */
export interface Bringing {
  readonly state: 'going' | 'away' | 'failed' | 'here'
  /** 0 … 100 */
  readonly percent: number
  readonly sentence: Sentence | null
  readonly arrived: Promise<Came>
  giveUp(): void
}

/** Sends a recording in pieces; the same recording that was begun before goes on where it was. */
export function bring(sound: Blob, name: string): Bringing {
  const held = $state<{ state: Bringing['state']; done: number; sentence: Sentence | null }>({ state: 'going', done: 0, sentence: null })
  const key = `upload.${name}.${sound.size}.${sound instanceof File ? sound.lastModified : ''}`
  let over = false
  const arrived = sendPieces({
    ...OVER_THE_LINK, bytes: sound.size, begun: kept.read(key),
    begin: () => ask<UploadView>('POST', '/uploads', { body: { bytes: sound.size, name: name.slice(0, 200) } }),
    look: (id) => ask<UploadView>('GET', `/uploads/${id}`),
    send: (id, from, to) => ask<UploadView>('PATCH', `/uploads/${id}`, { piece: sound.slice(from, to), headers: { 'content-type': PIECE_TYPE, 'upload-offset': String(from) }, waitMs: PIECE_WAIT_MS }),
    note: (id) => kept.write(key, id),
    progress: (done) => Object.assign(held, { state: 'going', done }),
    away: () => void (held.state = 'away'),
    isGivenUp: () => over,
  }).then((came) => {
    held.state = came.ok ? 'here' : 'failed'
    if (!came.ok && came.why === 'refused') held.sentence = came.sentence
    // one that was cut off goes on another time
    if (came.ok || came.why !== 'away') kept.forget(key)
    return came
  })
  return {
    get state() { return held.state },
    get percent() { return sound.size === 0 ? 100 : Math.floor((held.done * 100) / sound.size) },
    get sentence() { return held.sentence },
    arrived,
    giveUp: () => void (over = true),
  }
}
