import type { Database } from 'better-sqlite3'
import type { Deflate } from '../../../shared/core/crypto.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { Beat } from '../../../shared/protocol/messages/beat.ts'
import type { BeatSample } from '../../core/beat-packing.ts'
import type { RingBucket } from '../../core/ring-bucket.ts'
import { hourOf } from '../../core/ring-hour.ts'
import { dayOfHour, HOUR_MS, hourNumber } from '../../core/ring-places.ts'
import { KEPT_DAYS, type HourSamples, type RingStore } from '../../core/ring-store.ts'
import type { PresenceStore, TelemetryStore } from '../../core/stores.ts'
import { isStale, vitalOf } from '../../core/vital-of.ts'
import { createHourLog, type HourLog } from './hour-log.ts'
import { createLatestLog, type LatestLog } from './latest-log.ts'
import { createPresenceStore, type WrittenPresence } from './presence-store.ts'
import { createRingTables, type RingTables } from './ring-tables.ts'

const secondOf = (at: number): number => Math.floor((at % HOUR_MS) / 1000)
/** What was noted waits this long for the next `flush` before it is written without one. */
const WAITS_MS = 1_000

const sampleOf = (beat: Beat, at: number): BeatSample => ({
  second: secondOf(at),
  seq: beat.s,
  playing: beat.p !== undefined,
  held: beat.c,
  ...(beat.r === undefined ? {} : { radio: beat.r }),
  ...(beat.l === undefined ? {} : { rttMs: beat.l }),
  ...(beat.e === undefined ? {} : { clockErrMs: beat.e }),
  ...(beat.b === undefined ? {} : { bufferMs: beat.b }),
  ...(beat.v === undefined ? {} : { level: beat.v }),
})

interface Parts {
  readonly hours: HourLog
  readonly latest: LatestLog
  readonly rings: RingTables
  /** Writes everything that waits, in one transaction. */
  flush(): void
  /** Something was noted: written at the latest a second after the first. */
  noted(at: number): void
}

export interface HealthStores {
  readonly presence: PresenceStore
  readonly telemetry: TelemetryStore
  readonly rings: RingStore
}

/** Who is there, the newest of everything, beats by the minute, and the rings: one file, one writer. */
export function createHealthStores(db: Database, deflate: Deflate): HealthStores {
  const [hours, latest, rings, presence] = [createHourLog(db, deflate), createLatestLog(db), createRingTables(db, deflate), createPresenceStore(db)]
  let waitingSince: number | null = null
  const written = [hours, latest, presence]
  const writeAll = db.transaction(() => written.forEach((log) => log.write()))
  const flush = (): void => {
    if (waitingSince === null && !presence.isWaiting()) return
    writeAll()
    written.forEach((log) => log.written())
    waitingSince = null
  }
  const noted = (at: number): void => {
    waitingSince ??= at
    // a clock that was set back must not keep it waiting
    if (at - waitingSince >= WAITS_MS || at < waitingSince) flush()
  }
  const parts: Parts = { hours, latest, rings, flush, noted }
  return { presence: onItsOwn(presence), telemetry: telemetryOf(parts), rings: ringsOf(db, parts) }
}

const onItsOwn = ({ all, byCluster, upsert }: WrittenPresence): PresenceStore => ({ all, byCluster, upsert })

function telemetryOf({ hours, latest, flush, noted }: Parts): TelemetryStore {
  let forgotten = Number.NEGATIVE_INFINITY
  return {
    noteBeat(cluster, beat, at) {
      const before = latest.get(cluster)
      latest.note(cluster, { ...before, beat, beatAt: at })
      if (hourNumber(at) >= forgotten) hours.beat(cluster, hourNumber(at), sampleOf(beat, at))
      noted(at)
    },
    noteHealth(cluster, health, at) {
      const before = latest.get(cluster)
      if (isStale(before.health, health)) return
      latest.note(cluster, { ...before, health, healthAt: at })
      latest.noteCell(cluster, health, at)
      if (hourNumber(at) >= forgotten) hours.vital(cluster, hourNumber(at), vitalOf(before.health, health, secondOf(at)))
      noted(at)
    },
    latest: latest.get,
    allLatest: latest.all,
    beats(cluster, from, to) {
      flush()
      return hours.read(cluster, hourNumber(from), hourNumber(wallMs(to - 1))).flatMap(({ hour, beats }) =>
        beats.map((sample) => ({ ...sample, at: wallMs(hour * HOUR_MS + sample.second * 1000) })).filter((s) => s.at >= Math.floor(from / 1000) * 1000 && s.at < to),
      )
    },
    prune(before) {
      flush()
      forgotten = hourNumber(before)
      for (const cluster of latest.all().keys()) hours.forget(cluster, forgotten)
    },
  }
}

const bucketOf = ({ hour, beats, vitals }: HourSamples): RingBucket => ({ at: hour, ...hourOf(beats, vitals) })

function ringsOf(db: Database, { hours, latest, rings, flush }: Parts): RingStore {
  const rollUp = db.transaction((hour: number, most: number): number => {
    const due = hours.due(hour, most)
    for (const samples of due) {
      rings.put(samples.cluster, dayOfHour(samples.hour), [bucketOf(samples)])
      hours.close(samples.cluster, samples)
    }
    return due.length
  })
  const putDay = db.transaction((cluster: string, day: number, all: readonly HourSamples[], minutes: boolean) => {
    rings.put(cluster, day, all.map(bucketOf))
    if (minutes) for (const samples of all) hours.close(cluster, samples)
  })
  return {
    buckets: rings.buckets,
    hour(cluster, hour) {
      flush()
      return hours.read(cluster, hour, hour)[0] ?? { hour, beats: [], vitals: [] }
    },
    hours(cluster, from, to) {
      flush()
      return hours.read(cluster, from, to)
    },
    open(cluster, from) {
      flush()
      return hours.open(cluster, from)
    },
    cells(cluster) {
      flush()
      return latest.cells(cluster)
    },
    flush,
    rollUp(now, most) {
      flush()
      return rollUp(hourNumber(now), most)
    },
    putDay: (...day) => putDay(...day),
    together: (work) => db.transaction(work)(),
    prune(now) {
      const today = civilDayNumber(now)
      for (const cluster of latest.all().keys()) rings.forget(cluster, { hourDay: today - KEPT_DAYS.hour, day: today - KEPT_DAYS.day })
    },
  }
}
