import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { clockFaults } from '../fleet/agent-process.ts'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { createListener, HEARD_DB, quantile, type Heard } from './sounding.ts'
import { openStation, sessionAt, type StationUnderTest } from './station-under-test.ts'

/** Agents on a fifo; one more plays the same sessions into a recording. */
const WITNESSED = 5
const CLOCKS_WRONG_BY_S = 300
const SESSIONS = 21
const QUICK_SESSIONS = 6
const EVERY_MS = 6_000
const LENGTH_MS = 3_000
/** Sessions are given this long before they begin, in turn. */
const GIVEN_AHEAD_MS = [8_000, 11_000, 14_000, 17_000, 20_000]
const FIRST_AFTER_MS = 24_000
const GOAL_MS = 50
/** Speech would begin softly: a tone at full level at once, longer than the session, so that its end is the session's. */
const TONE = 'sine=frequency=997:sample_rate=48000:duration=4.5,volume=18dB'

export const starts: Bench = {
  name: 'starts',
  what: `sessions given ${GIVEN_AHEAD_MS[0]! / 1_000} to ${GIVEN_AHEAD_MS.at(-1)! / 1_000} s ahead, on ${WITNESSED} agents whose clocks are wrong by up to ±${CLOCKS_WRONG_BY_S} s and ±100 ppm; a witness stamps samples above ${HEARD_DB} dBFS as they leave the fifo sink (one run, whatever --runs says)`,
  limitS: 240,
  async run(context) {
    const station = await openStation({ tls: false, signal: context.signal })
    try {
      return await measure(context, station)
    } finally {
      await station.stop()
    }
  },
}

interface Ear {
  readonly heard: Heard[]
  stop(): Promise<void>
}

async function measure(context: BenchContext, station: StationUnderTest): Promise<BenchRow[]> {
  const faults = clockFaults(WITNESSED + 1, CLOCKS_WRONG_BY_S)
  const fifos: string[] = []
  for (const [n, fault] of faults.entries()) {
    const fifo = join(station.folder, `fifo-${n}`)
    const recorded = n === WITNESSED
    if (!recorded) fifos.push(fifo)
    await station.addAgent(recorded ? 'Cụm ghi' : `Cụm ${n + 1}`, { TL_FAKE_CLOCK: fault, TL_SINK: recorded ? `wav:${join(station.folder, 'sound.wav')}` : `fifo:${fifo}` })
  }
  const programme = await station.addSound('tone', TONE)
  await station.allReady()
  const ears = await Promise.all(fifos.map(listenTo))
  try {
    const planned = await giveSessions(context, station, programme)
    await pause(EVERY_MS, undefined, { signal: context.signal })
    return await rowsOf(station, planned, ears.map((ear) => ear.heard))
  } finally {
    await Promise.all(ears.map((ear) => ear.stop()))
  }
}

/** A thread does not inherit tsx: it registers it, then loads the witness. */
const THREAD = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(new URL('./starts-witness.ts', import.meta.url).href)})))`

/** A thread that listens to one fifo. */
async function listenTo(path: string): Promise<Ear> {
  const stop = new SharedArrayBuffer(4)
  const heard: Heard[] = []
  const worker = new Worker(THREAD, { eval: true, workerData: { path, stop } })
  const ended = new Promise<void>((done) => worker.once('exit', () => done()))
  await new Promise<void>((done, fail) => {
    worker.once('error', fail)
    worker.on('message', (message: Heard | string) => {
      if (message === 'listening') done()
      else if (typeof message !== 'string') heard.push(message)
    })
  })
  return {
    heard,
    async stop() {
      // the agent still plays silence: the next period ends the blocking read
      Atomics.store(new Int32Array(stop), 0, 1)
      const stuck = setTimeout(() => void worker.terminate(), 2_000)
      await ended
      clearTimeout(stuck)
    },
  }
}

/** Gives all sessions, each at its own moment, and returns when the last is over. @returns planned starts, wall ms. */
async function giveSessions({ quick, say, signal }: BenchContext, station: StationUnderTest, programme: string): Promise<readonly number[]> {
  const first = Math.ceil((Date.now() + FIRST_AFTER_MS) / 1_000) * 1_000
  const planned = Array.from({ length: quick ? QUICK_SESSIONS : SESSIONS }, (_, n) => first + n * EVERY_MS)
  const given = planned.map(async (startMs, n) => {
    const ahead = GIVEN_AHEAD_MS[n % GIVEN_AHEAD_MS.length] ?? 0
    await pause(startMs - ahead - Date.now(), undefined, { signal })
    await station.api.ask('POST', '/sessions', sessionAt(`thu-${n + 1}`, { startMs, lengthMs: LENGTH_MS, programme }))
  })
  say(`${planned.length} sessions on ${WITNESSED + 1} agents, the first in ${Math.round((first - Date.now()) / 1_000)} s, ${Math.round((planned.length * EVERY_MS) / 1_000)} s in all`)
  await Promise.all(given)
  await pause((planned.at(-1) ?? 0) + LENGTH_MS - Date.now(), undefined, { signal })
  return planned
}

interface Errors {
  readonly start: number[]
  readonly end: number[]
  missed: number
  readonly stray: number
}

/** Each planned session with the sound that began nearest to it; a sound that belongs to none is a stray one. */
function errorsOf(planned: readonly number[], heard: readonly Heard[]): Errors {
  const found: Errors = { start: [], end: [], missed: 0, stray: heard.filter((h) => planned.every((p) => Math.abs(h.beganMs - p) > EVERY_MS / 2)).length }
  for (const startMs of planned) {
    const own = heard.filter((h) => Math.abs(h.beganMs - startMs) <= EVERY_MS / 2)
    const [first, last] = [own[0], own.at(-1)]
    if (!first || !last) {
      found.missed++
      continue
    }
    found.start.push(first.beganMs - startMs)
    found.end.push(last.endedMs - startMs - LENGTH_MS)
  }
  return found
}

/** The recording, by its own word: sample n sounded at startedAtMs + n/48. */
function hear(wav: string): Heard[] {
  const { startedAtMs } = JSON.parse(readFileSync(`${wav}.json`, 'utf8')) as { startedAtMs: number }
  const bytes = readFileSync(wav)
  const pcm = new Int16Array(bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length - (bytes.length % 2)))
  const heard: Heard[] = []
  const listener = createListener((sound) => heard.push(sound))
  listener.take(pcm, startedAtMs)
  listener.end()
  return heard
}

interface Evidence {
  readonly due: string
  readonly plannedStart?: string
  readonly startErrorMs?: number | null
  readonly rung: string
}

async function rowsOf(station: StationUnderTest, planned: readonly number[], heard: readonly (readonly Heard[])[]): Promise<BenchRow[]> {
  const each = heard.map((own) => errorsOf(planned, own))
  const witnessed: Errors = { start: each.flatMap((e) => e.start), end: each.flatMap((e) => e.end), missed: each.reduce((n, e) => n + e.missed, 0), stray: each.reduce((n, e) => n + e.stray, 0) }
  const recorded = errorsOf(planned, hear(join(station.folder, 'sound.wav')))
  const told = (await station.api.ask<readonly Evidence[]>('GET', `/evidence?date=${civilDate(wallMs(planned[0] ?? 0))}&limit=5000`)).flatMap((row) => (typeof row.startErrorMs === 'number' ? [row.startErrorMs] : []))
  const sides = [
    { who: 'witness on fifo', role: 'ours' as const, start: witnessed.start, end: witnessed.end },
    { who: 'wav and its startedAtMs', role: 'reference' as const, start: recorded.start, end: recorded.end },
    { who: 'the agents’ own word', role: 'reference' as const, start: told, end: [] },
  ]
  const rows = sides.flatMap(({ who, role, start, end }) => [
    ...figures('start of a session against its time', { who, role, values: start }),
    ...(end.length > 0 ? figures('end of a session against its time', { who, role, values: end }) : []),
  ])
  const count = (what: string, value: number, goal?: number): BenchRow => ({ what, who: 'witness on fifo', role: 'ours', unit: '', values: [value], ...(goal === undefined ? {} : { goal: { atMost: goal } }) })
  return [...rows, count('starts counted', witnessed.start.length), count('sessions that did not sound', witnessed.missed, 0), count('sounds that belong to no session', witnessed.stray, 0)]
}

/** Signed errors in; the absolute ones are what the goal is about, the median of the signed ones tells a bias. */
function figures(what: string, { who, role, values }: { who: string; role: BenchRow['role']; values: readonly number[] }): BenchRow[] {
  if (values.length === 0) return [{ what: `${what}, p95`, who, role, unit: 'ms', values: [], note: 'nothing was heard' }]
  const absolute = values.map(Math.abs)
  const row = (name: string, value: number): BenchRow => ({ what: `${what}, ${name}`, who, role, unit: 'ms', values: [value], ...(role === 'ours' && name === 'p95' ? { goal: { atMost: GOAL_MS } } : {}) })
  return [row('p50', quantile(absolute, 0.5)), row('p95', quantile(absolute, 0.95)), row('largest', Math.max(...absolute)), row('middle of the signed error', quantile(values, 0.5))]
}
