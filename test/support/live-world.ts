import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createAgentWords, type AgentWordsHub } from '../../server/core/agent-words.ts'
import type { Live } from '../../server/core/live-book.ts'
import type { Clip } from '../../server/core/sound-stream.ts'
import { livePlugin, startLive, type LiveDeps } from '../../server/features/live/plugin.ts'
import type { MessageOf } from '../../shared/protocol/codec.ts'
import { wallMs, type Clock } from '../../shared/core/clock.ts'
import { asAdministrator } from './as-administrator.ts'
import { AREAS, ask, serverWorld, type ServerWorld } from './server-world.ts'

/** 06:00 in Viet Nam: nobody's quiet hours. */
export const MORNING_MS = 2 * 3_600_000
export const CHIME_SHA = 'c'.repeat(43)
export const SONG_SHA = 's'.repeat(43)

export interface LiveWorld extends ServerWorld {
  readonly live: Live
  readonly liveDeps: LiveDeps
  readonly words: AgentWordsHub
  /** The live feature's own routes. */
  readonly http: FastifyInstance
  /** Clips that were sent, with those whom they were sent to. */
  readonly bursts: { readonly clip: Clip; readonly clusters: readonly string[] }[]
  readonly forgotten: string[]
  say(cluster: string, delivery: Partial<MessageOf<'delivery'>> & Pick<MessageOf<'delivery'>, 'slot' | 'st'>): void
}

const PROGRAMME = { folder: '', bytes: 90_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(), createdAt: wallMs(1) }

/** A commune with three clusters — two in the hamlet Đông, one beside it — a chime and a programme; the time is 06:00. */
export async function liveWorld(t: Test, folder = t.testdir(), clock?: Clock): Promise<LiveWorld> {
  const world = await serverWorld(t, clock ? { clock } : {}, folder)
  const { stores, clock: time } = world.deps
  world.clock.pass(MORNING_MS)
  if (stores.clusters.all().length === 0) {
    for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
    for (const [id, name, area] of [['aaaaaaaaaa', 'Cụm 1', '24958-dong'], ['bbbbbbbbbb', 'Cụm 2', '24958-dong'], ['cccccccccc', 'Cụm 3', '24958']] as const) {
      stores.clusters.insert({ id, name, created: time.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
      stores.clusters.join(id, area, '2026-01-01')
    }
    stores.programmes.insert({ ...PROGRAMME, id: 'chime', name: 'Nhạc hiệu', sha: CHIME_SHA, ms: 2_600, kind: 'chime', music: false, key: 'chime:nhac-hieu' })
    stores.programmes.insert({ ...PROGRAMME, id: 'song', name: 'Bài hát', sha: SONG_SHA, ms: 30_000, kind: 'file', music: true, key: null })
  }
  for (const { id } of stores.clusters.active()) {
    const at = time.wall()
    stores.presence.upsert({ cluster: id, online: true, since: at, boot: null, conn: null, planRev: 0, nowRev: 0, held: 0, dueFiles: 0, planTo: at, playing: null, refused: {}, lastSeen: at, agent: null, clock: null })
  }
  const words = createAgentWords()
  const [bursts, forgotten]: [LiveWorld['bursts'], string[]] = [[], []]
  const liveDeps: LiveDeps = {
    ...world.deps,
    words,
    hub: { burst: (clip, clusters) => void bursts.push({ clip, clusters }), forget: (stream) => void forgotten.push(stream) },
    packetsOf: (sha) => Promise.resolve(sha === SONG_SHA ? [{ bytes: new Uint8Array([1]), startFrame: 0, frames: 960 }] : null),
  }
  const live = startLive(liveDeps)
  const http = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  asAdministrator(http)
  await http.register(livePlugin({ ...world.deps, live }), { prefix: '/api/v1' })
  t.teardown(async () => {
    live.stop()
    await http.close()
  })
  const say: LiveWorld['say'] = (cluster, delivery) => words.delivery(cluster, { rev: stores.clusters.byId(cluster)?.now.rev ?? 0, at: time.wall(), ...delivery })
  return { ...world, live, liveDeps, words, http, bursts, forgotten, say }
}
