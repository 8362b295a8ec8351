import { every, sinceMs, wallMs, type MonoMs } from '../../../shared/core/clock.ts'
import { ok, refuse } from '../../../shared/core/result.ts'
import type { Identity } from '../../core/identity.ts'
import type { FromPractice, PracticePlace, PracticePorts } from '../../core/practice-line.ts'
import { practiceEnd, PRACTICE_MAX_BYTES, PRACTICE_OPENS_WITHIN_MS, type Practice, type PracticeProcess, type PracticeProgram, type PracticeState, type PracticeWhy } from '../../core/practice.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export interface PracticeDeps extends Pick<ServerDeps, 'clock' | 'decide' | 'events' | 'log' | 'stores'> {
  readonly program: PracticeProgram
  /** Where it may listen, asked when it is opened: the certificate is the one that phones are shown at that moment. */
  readonly place: () => PracticePlace
  readonly url: string | null
}

const LOOK_MS = 2_000
const WEIGH_EVERY_MS = 60_000
const SERVER = 'server'

/** One that is under way. */
interface Course {
  readonly process: PracticeProcess
  readonly beganAt: MonoMs
  readonly gone: Promise<void>
  step: Extract<PracticeState, { phase: 'opening' }>['step']
  made: number
  /** null until somebody can go in. */
  open: { readonly ports: PracticePorts; readonly openedAt: MonoMs; usedAt: MonoMs } | null
  weighedAt: MonoMs
  /** Who ends it and why, once that is decided. */
  ending: { readonly why: PracticeWhy; readonly actor: string } | null
}

/**
 * One practice station beside this one. A real emergency comes first, and not only for the machine's sake: whoever practises an
 * emergency while one is in force could take the one for the other. So none is opened while an emergency that is not an exercise
 * is in force, and one that is open ends at once when such an emergency is raised; its pages then say so and lead back. An
 * exercise on the real loudspeakers changes nothing.
 */
export function createPractice(deps: PracticeDeps): Practice {
  const { clock, decide, events, log, stores, program } = deps
  let course: Course | null = null
  let lastWhy: PracticeWhy | null = null

  const tell = (): void => events.tell({ kind: 'practice.changed', at: clock.wall(), areas: [], subject: 'practice' })
  const isEmergency = (): boolean => {
    const now = clock.wall()
    return stores.emergencies.current(now).some(({ drill, endedAt, expiresAt }) => !drill && endedAt === null && now < expiresAt)
  }
  const endsAt = ({ openedAt, usedAt }: { openedAt: MonoMs; usedAt: MonoMs }) => wallMs(clock.wall() + practiceEnd({ openedAt, usedAt }, clock.mono()).leftMs)
  const state = (): PracticeState => {
    if (!course || course.ending) return { phase: 'closed', why: course?.ending?.why ?? lastWhy }
    return course.open ? { phase: 'open', endsAt: endsAt(course.open) } : { phase: 'opening', step: course.step, made: course.made }
  }

  const end = (one: Course, why: PracticeWhy, actor: string): Promise<void> => {
    if (one.ending) return one.gone
    one.ending = { why, actor }
    tell()
    // for an emergency the machine is free at once; its boxes end by themselves without it
    return one.process.end(why === 'emergency' ? 'at-once' : 'orderly').then(() => one.gone)
  }
  const over = (one: Course): void => {
    if (course === one) course = null
    const { why, actor } = one.ending ?? { why: 'fault', actor: SERVER }
    lastWhy = why
    decide({ actor, action: 'practice.end', subject: '', detail: { why } }, () => undefined)
    tell()
  }
  const hear = (one: Course, word: FromPractice): void => {
    const now = clock.mono()
    if (word.say === 'step') [one.step, one.made] = [word.step, word.made]
    else if (word.say === 'ready') one.open = { ports: { plain: word.plain, secure: word.secure }, openedAt: now, usedAt: now }
    else if (word.say === 'used' && one.open) one.open.usedAt = now
    else if (word.say === 'failed') {
      log.warn({ why: word.why }, 'the practice station did not begin')
      endSoon(one, 'fault')
    }
    tell()
  }
  const endSoon = (one: Course, why: PracticeWhy): void => void end(one, why, SERVER).catch((error: unknown) => log.error({ error: String(error) }, 'the practice station did not end'))

  const weigh = async (one: Course): Promise<void> => {
    if ((await one.process.bytes()) > PRACTICE_MAX_BYTES) endSoon(one, 'full')
  }
  const look = (): void => {
    const one = course
    if (!one || one.ending) return
    const now = clock.mono()
    if (isEmergency()) return endSoon(one, 'emergency')
    if (!one.open && sinceMs(one.beganAt, now) > PRACTICE_OPENS_WITHIN_MS) return endSoon(one, 'fault')
    const { leftMs, why } = one.open ? practiceEnd(one.open, now) : { leftMs: 1, why: 'over' as const }
    if (leftMs === 0) return endSoon(one, why)
    if (sinceMs(one.weighedAt, now) < WEIGH_EVERY_MS) return
    one.weighedAt = now
    weigh(one).catch((error: unknown) => log.warn({ error: String(error) }, 'the folder of the practice station was not weighed'))
  }
  const cancel = every(clock, LOOK_MS, look)

  const begin = (who: Identity): ReturnType<Practice['open']> => {
    if (isEmergency()) return refuse('emergency', 'An emergency is in force.')
    const now = clock.mono()
    let finish: () => void = () => undefined
    const gone = new Promise<void>((done) => (finish = done))
    const started = program.start(deps.place(), (word) => course === one && hear(one, word), () => {
      over(one)
      finish()
    })
    if (!started.ok) return started
    const one: Course = { process: started.value, beganAt: now, gone, step: 'start', made: 0, open: null, weighedAt: now, ending: null }
    course = one
    decide({ actor: who.actor, action: 'practice.open', subject: '', detail: {} }, () => undefined)
    tell()
    return ok(state())
  }

  return {
    url: deps.url,
    state,
    open: (who) => (course && !course.ending ? ok(state()) : course ? refuse('ending', 'The one before is just ending.') : begin(who)),
    async ticket(order) {
      const one = course
      if (!one?.open || one.ending) return null
      const { ports } = one.open
      const ticket = await one.process.ticket(order)
      if (ticket === null) return null
      one.open.usedAt = clock.mono()
      return { ticket, ports }
    },
    async end(who) {
      if (course) await end(course, 'asked', who.actor)
      return state()
    },
    async stop() {
      cancel()
      if (course) await end(course, 'station', SERVER)
    },
  }
}
