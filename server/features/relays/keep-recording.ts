import { civilDate, clockText, msOfDay } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Relay } from '../../../shared/core/timetable.ts'
import { fromBase64Url } from '../../../shared/protocol/wire.ts'
import type { RelayRecording } from '../../core/relay-ports.ts'
import type { Importer } from '../../core/server-deps.ts'
import type { Decide, Programme, Stores } from '../../core/stores.ts'

export interface KeepRecordingDeps {
  readonly stores: Pick<Stores, 'programmes'>
  readonly decide: Decide
  readonly importer: Importer
  readonly newId: () => string
  readonly clock: { wall(): WallMs }
  readonly log: Log
}

/** Recordings of a relay lie together, so that a session can name them as a folder. */
export const recordingFolder = (relay: string): string => `tiep-am/${relay}`

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Makes a programme of what was relayed, to be listened to again; what is silent or too short is logged and let go. */
export async function keepRecording(deps: KeepRecordingDeps, relay: Relay, recording: RelayRecording, begunAt: WallMs): Promise<void> {
  const finished = await recording.finish()
  if (!finished.ok) return deps.log.warn({ relay: relay.id, code: finished.code }, finished.why)
  try {
    const imported = await deps.importer({ path: finished.value.path })
    if (!imported.ok) return deps.log.warn({ relay: relay.id, code: imported.code }, imported.why)
    const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = imported.value
    const programme: Omit<Programme, 'deletedAt'> = {
      id: deps.newId(),
      name: `${relay.name}, ${civilDate(begunAt)} ${clockText(Math.floor(msOfDay(begunAt) / 1000))}`.slice(0, 120),
      folder: recordingFolder(relay.id),
      sha, bytes,
      ms: Math.round(durationMs),
      lufs: finite(loudnessLufs),
      truePeak: finite(truePeakDb),
      peaks: fromBase64Url(peaks) ?? new Uint8Array(0),
      kind: 'recording',
      music: false,
      key: null,
      createdAt: deps.clock.wall(),
    }
    const { peaks: _, ...detail } = programme
    deps.decide({ actor: 'server', action: 'programme.record', subject: programme.id, detail }, () => deps.stores.programmes.insert(programme))
    deps.log.info({ relay: relay.id, programme: programme.id, ms: programme.ms }, 'what was relayed was kept')
  } finally {
    await finished.value.discard()
  }
}
