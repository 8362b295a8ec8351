import type { MicAnswer, MicFormat } from '../../../../../core/mic-protocol.ts'
import type { Answer } from '../../lib/answer.ts'
import { ask } from '../../lib/ask.ts'
import type { AskView, EmergencyBody, RaisedView } from '../../lib/views.ts'
import { isAsked } from '../emergency/asked.ts'
import { BYTES_PER_MS, createPackets, formatOf, openMicrophone, rateOf, type NoMicrophone } from './capture.ts'
import { beginning, firstWord, hear, isSilent, lose, shownOf, type Course, type Into, type Shown } from './course.ts'
import { framed, LEAST_DB, levelDb, SILENT_DB } from './sound.ts'

/** What a link that fell behind may hold back; more is too old to be heard. */
const MAX_BEHIND_MS = 2_000
const AGAIN_MS = 400
const LOOK_MS = 250
/** A ticket is small: whoever waits longer for one is better off asking again. */
const TICKET_WAIT_MS = 3_000
/** A pause for breath is no silence. */
const QUIET_AFTER_MS = 3_000

export interface Talk {
  readonly course: Course | null
  readonly shown: Shown | null
  /** Of the microphone, dBFS. */
  readonly db: number
  /** Nothing is heard although somebody should be speaking. */
  readonly isQuiet: boolean
  /** The link is too thin: some of it was left out. */
  readonly isBehind: boolean
  readonly busy: boolean
  readonly noMicrophone: NoMicrophone | 'encoder' | null
  /** An emergency that waits for a second person, by its id: the microphone stays open, nothing is sent. */
  readonly asked: string | null
  /** What the station answered before anything began. */
  readonly refused: Answer<unknown> | null
  /** Opens the microphone, and the broadcast behind it. */
  begin(into: Into): Promise<void>
  /** Opens the microphone first: whoever has to be asked for it is asked before anything sounds. */
  raise(body: EmergencyBody, key: string): Promise<void>
  /** Somebody has agreed to what was asked: it is spoken into. */
  agreed(): Promise<void>
  pauseOrGoOn(): void
  end(): void
  /** Back to before; ends what is still being said. */
  leave(): void
}

const ticketBody = (into: Into): object => (into.kind === 'emergency' ? { emergency: into.id } : { targets: into.start.targets })

/** One microphone and the station. Belongs in a component's script: it ends with the component. */
export function createTalk(wanted: string | null): Talk {
  const held = $state({ db: LEAST_DB, quietMs: 0, behind: false, busy: false, now: performance.now() })
  let course = $state.raw<Course | null>(null)
  let noMicrophone = $state.raw<Talk['noMicrophone']>(null)
  let refused = $state.raw<Answer<unknown> | null>(null)
  let asked = $state.raw<string | null>(null)
  let socket: WebSocket | null = null
  let format: MicFormat = 'opus'
  let release = (): void => undefined
  let trying = false

  const change = (next: Course): void => {
    course = next
    if (next.over !== null) release()
  }
  const tell = (message: object): void => void (socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message)))
  const sendSound = (packet: Uint8Array): void => {
    if (!course?.talking || socket?.readyState !== WebSocket.OPEN) return
    held.behind = socket.bufferedAmount > BYTES_PER_MS[format] * MAX_BEHIND_MS
    if (!held.behind) socket.send(framed(packet, performance.now()))
  }
  const noteLevel = (piece: Float32Array): void => {
    const db = levelDb(piece)
    // falls slowly, as a needle does
    held.db = Math.max(db, held.db - 1.5)
    held.quietMs = db > SILENT_DB || !course?.talking ? 0 : held.quietMs + 20
  }

  function take(mine: WebSocket, answer: MicAnswer): void {
    if (course === null || socket !== mine) return
    change(hear(course, answer, performance.now()))
    if (answer.t === 'started') tell({ t: course.talking ? 'talk' : 'pause' })
  }
  function open(ticket: string): void {
    const mine = (socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/microphone?ticket=${encodeURIComponent(ticket)}`))
    mine.onopen = () => course && mine.send(JSON.stringify(firstWord(course, format)))
    mine.onmessage = ({ data }: MessageEvent<string>) => take(mine, JSON.parse(data) as MicAnswer)
    mine.onclose = () => cut(mine)
  }
  function cut(mine: WebSocket | null): void {
    if (socket !== mine || course === null) return
    socket = null
    mine?.close()
    // the station closes the connection behind the last word
    const isLast = course.state?.state === 'ending' || course.state?.state === 'ended'
    change(isLast ? { ...course, over: course.over ?? 'ended', linked: false, state: course.state && { ...course.state, state: 'ended' } } : lose(course, performance.now()))
    if (course.over === null) setTimeout(() => void comeBack(), AGAIN_MS)
  }
  async function comeBack(): Promise<void> {
    const mine = course
    if (mine === null || mine.over !== null || socket !== null || trying) return
    trying = true
    const answer = await ask<{ ticket: string }>('POST', '/microphone/tickets', { body: ticketBody(mine.into), waitMs: TICKET_WAIT_MS })
    trying = false
    if (course === null || course.over !== null || socket !== null) return
    if (answer.ok) return open(answer.value.ticket)
    if (answer.kind !== 'offline' && answer.kind !== 'fault') {
      refused = answer
      return change({ ...course, over: 'lost' })
    }
    cut(null)
  }

  /** Answers whether there is a microphone now. */
  async function listen(): Promise<boolean> {
    leave()
    held.busy = true
    held.db = LEAST_DB
    held.quietMs = 0
    format = await formatOf(wanted)
    const packets = createPackets(format, sendSound, () => {
      noMicrophone = 'encoder'
      tell({ t: 'end' })
    })
    const opened = await openMicrophone(rateOf(format), (piece) => {
      noteLevel(piece)
      packets.take(piece)
    })
    if (!opened.ok) {
      held.busy = false
      noMicrophone = opened.why
      return false
    }
    // a screen that goes dark takes the microphone with it on many phones
    const lock = 'wakeLock' in navigator ? navigator.wakeLock.request('screen').catch(() => null) : null
    release = () => {
      release = () => undefined
      opened.stop()
      packets.stop()
      void lock?.then((one) => one?.release())
      held.db = LEAST_DB
    }
    return true
  }
  function nothing(answer: Answer<unknown>): void {
    refused = answer
    held.busy = false
    release()
  }
  async function begin(into: Into): Promise<void> {
    if (held.busy || (course !== null && course.over === null) || !(await listen())) return
    const answer = await ask<{ ticket: string }>('POST', '/microphone/tickets', { body: ticketBody(into) })
    if (!answer.ok) return nothing(answer)
    held.busy = false
    course = beginning(into, performance.now())
    open(answer.value.ticket)
  }
  async function raise(body: EmergencyBody, key: string): Promise<void> {
    if (held.busy || (course !== null && course.over === null) || !(await listen())) return
    const answer = await ask<RaisedView | AskView>('POST', '/emergencies', { body, headers: { 'idempotency-key': key } })
    if (!answer.ok) return nothing(answer)
    held.busy = false
    asked = answer.value.id
    if (!isAsked(answer.value)) await agreed(answer.value.microphone?.ticket)
  }
  async function agreed(ticket?: string): Promise<void> {
    if (asked === null) return
    course = beginning({ kind: 'emergency', id: asked }, performance.now())
    asked = null
    if (ticket !== undefined) open(ticket)
    else await comeBack()
  }
  function leave(): void {
    if (course !== null && course.over === null) tell({ t: 'end' })
    release()
    const mine = socket
    socket = null
    course = null
    asked = null
    noMicrophone = null
    refused = null
    mine?.close()
  }

  $effect(() => {
    const look = setInterval(() => {
      held.now = performance.now()
      if (course !== null && isSilent(course, held.now)) cut(socket)
    }, LOOK_MS)
    const stay = (event: BeforeUnloadEvent): void => void ((asked !== null || (course !== null && course.over === null)) && event.preventDefault())
    addEventListener('beforeunload', stay)
    return () => {
      clearInterval(look)
      removeEventListener('beforeunload', stay)
      leave()
    }
  })
  return {
    get course() { return course },
    get shown() { return course && shownOf(course, held.now) },
    get db() { return held.db },
    get isQuiet() { return held.quietMs > QUIET_AFTER_MS },
    get isBehind() { return held.behind },
    get busy() { return held.busy },
    get noMicrophone() { return noMicrophone },
    get refused() { return refused },
    get asked() { return asked },
    begin, raise, leave,
    agreed: () => agreed(),
    pauseOrGoOn: () => {
      if (course === null || course.over !== null) return
      course = { ...course, talking: !course.talking }
      held.quietMs = 0
      tell({ t: course.talking ? 'talk' : 'pause' })
    },
    end: () => tell({ t: 'end' }),
  }
}
