import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import { createArgon2Passwords } from '../../server/adapters/argon2-passwords.ts'
import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { exportTimetable, parseTimetable } from '../../server/adapters/timetable-yaml.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { openPhotos } from '../../server/adapters/photo-files.ts'
import { createReportJobs } from '../../server/adapters/worker-pool.ts'
import { openUploads } from '../../server/adapters/uploads.ts'
import { buildApp, type App } from '../../server/build-app.ts'
import { createAccess } from '../../server/core/access.ts'
import { createStationEvents } from '../../server/core/station-events.ts'
import type { ServerDeps } from '../../server/core/server-deps.ts'
import { createStores } from '../../server/create-stores.ts'
import { programmeLengths } from '../../server/features/programmes/plugin.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

export const TOKEN = 'token-of-the-administrator'
/** Monday 23 November 2026, 04:00 in Viet Nam. */
export const NOW = Date.UTC(2026, 10, 22, 21, 0, 0)

export interface TestClock extends Clock {
  pass(ms: number): void
}
/** Nothing comes by itself, but what is only put behind what others wait for. */
function afterwards(delayMs: number, fn: () => void): () => void {
  if (delayMs > 0) return () => undefined
  const waiting = setImmediate(fn)
  return () => clearImmediate(waiting)
}
export function testClock(at: number = NOW): TestClock {
  let passed = 0
  return { wall: () => wallMs(at + passed), mono: () => monoMs(passed), after: afterwards, pass: (ms) => void (passed += ms) }
}

export interface ServerWorld {
  readonly app: App
  readonly deps: ServerDeps
  readonly clock: TestClock
  readonly folder: string
  /** What the listener was told. */
  readonly told: string[]
  readonly errors: object[]
  /** Files that the importer took, by hash. */
  readonly media: Map<string, Uint8Array>
  close(): Promise<void>
}

/** The real app over real SQLite in a temporary folder; chance, clock, network and sound are made up. */
export async function serverWorld(t: Test, over: Partial<ServerDeps> = {}, folder = t.testdir()): Promise<ServerWorld> {
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const clock = testClock()
  const stores = createStores(opened.value, clock)
  const crypto = nodeCrypto()
  const told: string[] = []
  const errors: object[] = []
  const media = new Map<string, Uint8Array>()
  let chance = 1
  const reports = createReportJobs(folder)
  const deps: ServerDeps = {
    stores,
    decide: createDecide(opened.value.decisions, stores.audit),
    access: createAccess({ clock, stores }),
    events: createStationEvents(),
    reports,
    clock,
    random: () => (chance = (chance * 48_271) % 2_147_483_647) / 2_147_483_647,
    secretBytes: (count) => new Uint8Array(randomBytes(count)),
    crypto,
    keys: { rootPublic: crypto.publicKey(new Uint8Array(32).fill(7)), certificates: () => [] },
    administratorSha256: crypto.sha256(utf8(TOKEN)),
    // cheap: tests ask what is decided, not how long a thief would take
    passwords: createArgon2Passwords({ memoryKiB: 64, passes: 1 }),
    mqttUrl: () => 'mqtt://127.0.0.1:1883',
    brokerAdmin: null,
    brokerHash: null,
    importer: async ({ path }) => {
      const bytes = await readFile(path)
      if (!bytes.subarray(0, 4).equals(Buffer.from('OggS'))) return { ok: false, code: 'not-audio', why: 'The file is not a recording. Choose another.', vi: 'Không phải tệp âm thanh.' }
      const sha = createHash('sha256').update(bytes).digest('base64url')
      media.set(sha, bytes)
      return { ok: true, value: { sha, bytes: bytes.length, durationMs: 60_000, loudnessLufs: -16, truePeakDb: -2, peaks: toBase64Url(new Uint8Array([1, 2, 3])) } }
    },
    uploads: await openUploads(join(folder, 'uploads')),
    photos: await openPhotos(join(folder, 'photos')),
    media: {
      bytes: async (sha) => media.get(sha)?.length ?? null,
      open: async (sha, { from, to }) => {
        const bytes = media.get(sha)
        return bytes ? Readable.from([Buffer.from(bytes.subarray(from, to + 1))]) : null
      },
    },
    timetableYaml: { parse: (text) => parseTimetable(text, 'timetable.yaml'), write: exportTimetable },
    listener: { timetableChanged: () => void told.push('timetable'), clusterChanged: (id) => void told.push(`cluster ${id}`) },
    mediaMs: programmeLengths(stores.programmes, () => null),
    slotsFor: () => null,
    vitals: { brokerConnected: () => true, lastHeartbeat: () => clock.wall() },
    log: { ...silentLog, error: (facts) => void errors.push(facts) },
    version: '0.1.0',
    tls: null,
    ...over,
  }
  const app = await buildApp(deps)
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await app.close()
    await reports.stop()
    opened.value.close()
  }
  t.teardown(close)
  return { app, deps, clock, folder, told, errors, media, close }
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly text: string
  readonly headers: Record<string, unknown>
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Asks as the administrator unless `headers` say otherwise. */
export async function ask(app: App, question: `${Method} ${string}`, payload?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const space = question.indexOf(' ')
  const response = await app.inject({
    method: question.slice(0, space) as Method,
    url: question.slice(space + 1),
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(payload === undefined ? {} : { payload: payload as string }),
  })
  const isJson = String(response.headers['content-type']).includes('json')
  return { status: response.statusCode, body: isJson ? response.json() : null, text: response.payload, headers: response.headers as Record<string, unknown> }
}

/** A multipart body by hand, so that broken ones can be made as well. */
export function form(parts: readonly { readonly name: string; readonly value: string | Uint8Array; readonly file?: string }[]): { payload: Buffer; headers: Record<string, string> } {
  const boundary = 'tl-boundary'
  const chunks = parts.flatMap(({ name, value, file }) => [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"\r\ncontent-type: application/octet-stream`}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ])
  return { payload: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

export const AREAS = [
  { code: '68', name: 'Lâm Đồng', kind: 'province' },
  { code: '24958', name: 'Xã Đức Trọng', kind: 'commune', parent: '68' },
  { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958' },
] as const
