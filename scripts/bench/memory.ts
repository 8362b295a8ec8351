import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { unitFlags, unitMemory } from '../fleet/agent-process.ts'
import { cpuSeconds, median, type Bench, type BenchContext, type BenchRow } from './bench.ts'
import { openStation, sessionAt, type StationUnderTest } from './station-under-test.ts'

const PLAY_S = 195
const QUICK_PLAY_S = 30
/** A programme of this length is repeated until the playing is over, as a session is made of several. */
const PROGRAMME_S = 240
/** Room for the import, the transfer and the enrolment. */
const FIRST_AFTER_MS = 20_000
const SAMPLE_MS = 1_000
/** From the last sample to the evidence on the server. */
const REPORTED_MS = 5_000
const CPU = 'CPU per hour of audio, user and system'
const GOAL_MIB = 75
const GOAL_CPU_S = 20
const GOAL_UNSOUNDED_S = 1
const LEAST_SHARE = 0.99
/** As hard to decode as speech: noise in bursts. */
const sound = (seconds: number): string => `anoisesrc=color=pink:sample_rate=48000:duration=${seconds}:amplitude=0.5,tremolo=f=4:d=0.9,lowpass=f=7000`

export const memory: Bench = {
  name: 'memory',
  what: `resident memory of the built agent with the flags and memory settings of its unit while it plays for ${PLAY_S} s, over TLS, with a modem (simulated); one value a second (--set minutes=60 for a whole session; one run, whatever --runs says)`,
  limitS: 4_500,
  async run(context) {
    const station = await openStation({ tls: true, signal: context.signal })
    try {
      return await measure(context, station)
    } finally {
      await station.stop()
    }
  },
}

interface Subject {
  readonly who: string
  readonly role: BenchRow['role']
  readonly pid: number
  readonly mib: number[]
  cpuS: number
}

async function measure({ quick, options = {}, say, signal }: BenchContext, station: StationUnderTest): Promise<BenchRow[]> {
  const seconds = options['minutes'] === undefined ? (quick ? QUICK_PLAY_S : PLAY_S) : Math.round(Number(options['minutes']) * 60)
  const programme = await station.addSound('noise', sound(PROGRAMME_S))
  const quiet = await station.addAgent('Cụm null', { TL_SINK: 'null', TL_MODEM: 'sim:fair' })
  const recording = await station.addAgent('Cụm wav', { TL_SINK: `wav:${join(station.folder, 'sound.wav')}`, TL_MODEM: 'sim:fair' })
  const bare = bareNode()
  try {
    await station.allReady()
    const startMs = Math.ceil((Date.now() + FIRST_AFTER_MS) / 1_000) * 1_000
    const session = sessionAt('dai', { startMs, lengthMs: seconds * 1_000, programme })
    await station.api.ask('POST', '/sessions', { ...session, items: Array.from({ length: Math.ceil(seconds / PROGRAMME_S) }, () => session.items[0]) })
    say(`playing in ${Math.round((startMs - Date.now()) / 1_000)} s, for ${seconds} s`)
    const subject = (who: string, role: BenchRow['role'], pid: number): Subject => ({ who, role, pid, mib: [], cpuS: 0 })
    const subjects = [subject('agent, null sink', 'ours', quiet.pid), subject('agent, wav sink', 'ours', recording.pid), subject('bare Node, same flags', 'reference', bare.pid ?? 0)]
    await pause(startMs + 1_000 - Date.now(), undefined, { signal })
    const [from, before] = [performance.now(), subjects.map((s) => cpuSeconds(s.pid))]
    while (Date.now() < startMs + seconds * 1_000 - 1_000) {
      await pause(SAMPLE_MS, undefined, { signal })
      for (const s of subjects) s.mib.push(residentMib(s.pid))
    }
    const hours = (performance.now() - from) / 3_600_000
    subjects.forEach((s, i) => (s.cpuS = (cpuSeconds(s.pid) - (before[i] ?? 0)) / hours))
    await pause(startMs + seconds * 1_000 + REPORTED_MS - Date.now(), undefined, { signal })
    const rows = await station.api.ask<readonly { cluster: string; seconds: number }[]>('GET', `/evidence?date=${civilDate(wallMs(startMs))}`)
    const played = new Map<string, number>()
    for (const { cluster, seconds: own } of rows) played.set(cluster, (played.get(cluster) ?? 0) + own)
    const shares = [...played.values()].map((own) => own / seconds)
    // a machine that is too busy with other things costs some sound; much less of it would not be the work that is measured
    if (shares.length < 2 || Math.min(...shares) < LEAST_SHARE) throw new Error(`the agents played ${shares.map((share) => `${(100 * share).toFixed(1)} %`).join(' and ') || 'nothing'} of the session`)
    const unsounded: BenchRow = { what: 'sound that was due and did not leave (by the evidence)', who: 'agents, the lesser', role: 'ours', unit: 's', values: [seconds * (1 - Math.min(...shares))], goal: { atMost: GOAL_UNSOUNDED_S } }
    return [...subjects.flatMap(rowsOf), decodedByFfmpeg(station.folder), unsounded]
  } finally {
    bare.kill('SIGKILL')
  }
}

const bareNode = (): ChildProcess => spawn(process.execPath, [...unitFlags(), '-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore', env: { PATH: process.env['PATH'], ...unitMemory() } })

/** What decoding alone costs: libopus without clock, pacing, sink and link. */
function decodedByFfmpeg(folder: string): BenchRow {
  const media = join(folder, 'box-1', 'media')
  // beside the programme a box holds its station's chimes
  const [file] = readdirSync(media).map((name) => join(media, name)).sort((a, b) => statSync(b).size - statSync(a).size)
  const run = spawnSync('ffmpeg', ['-hide_banner', '-nostdin', '-benchmark', '-threads', '1', '-c:a', 'libopus', '-i', file ?? '', '-f', 'null', '-'], { encoding: 'utf8' })
  const [, user, system] = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(run.stderr) ?? []
  const values = user === undefined ? [] : [((Number(user) + Number(system)) * 3_600) / PROGRAMME_S]
  return { what: CPU, who: 'ffmpeg, decoding alone', role: 'reference', unit: 's', values, note: 'the same file at full speed' }
}

function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kib) / 1_024
}

function rowsOf({ who, role, mib, cpuS }: Subject): BenchRow[] {
  const ours = role === 'ours'
  const lastMinute = median(mib.slice(-60)) ?? 0
  const spread = `${Math.min(...mib).toFixed(1)} … ${Math.max(...mib).toFixed(1)} MiB in ${mib.length} values; in the last minute ${lastMinute.toFixed(1)}`
  return [
    { what: 'resident memory, middle value', who, role, unit: 'MiB', values: [median(mib) ?? 0], note: spread, ...(ours ? { goal: { atMost: GOAL_MIB } } : {}) },
    { what: 'resident memory, greatest value', who, role, unit: 'MiB', values: [Math.max(...mib)], ...(ours ? { goal: { atMost: GOAL_MIB } } : {}) },
    { what: CPU, who, role, unit: 's', values: [cpuS], ...(ours ? { goal: { atMost: GOAL_CPU_S } } : {}) },
  ]
}
