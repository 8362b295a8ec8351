import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { silentLog } from '../../shared/core/log.ts'
import type { Item, Session } from '../../shared/core/timetable.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { createMediaStore } from '../../server/adapters/media-store.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { createTimetableFolder } from '../../server/adapters/timetable-folder.ts'
import { createEspeak } from '../../server/adapters/tts.ts'
import { createStores } from '../../server/create-stores.ts'
import { approveSeeded, createFindMedia, prepareMaterials, speechKey } from '../../server/features/programmes/plugin.ts'
import { realClock } from '../support/real-clock.ts'

const session = (...items: Item[]): Session => ({ id: 'thu', name: 'Thử', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items })
const tone = (path: string): Buffer => execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'sine=frequency=500:duration=1', path])

t.test('what a timetable names is made once: a bell, spoken text, a file and a folder beside it', async (t) => {
  const folder = t.testdir({ 'lich.yaml': '' })
  const opened = openDatabases(join(folder, 'db'))
  if (!opened.ok) throw new Error(opened.why)
  const store = createMediaStore(join(folder, 'media'))
  await store.start()
  t.teardown(async () => {
    await store.stop()
    opened.value.close()
  })
  mkdirSync(join(folder, 'ban-tin'))
  tone(join(folder, 'ban-tin', '01.wav'))
  tone(join(folder, 'tin.wav'))
  tone(join(folder, '..', 'ngoai.wav'))
  const stores = createStores(opened.value, realClock)
  const { programmes } = stores
  const crypto = nodeCrypto()
  let ids = 0
  const deps = {
    programmes, crypto, clock: realClock, log: silentLog, newId: () => `p${++ids}`,
    sounds: { ffmpeg: createFfmpeg(), store, tts: createEspeak() },
    folder: createTimetableFolder(join(folder, 'lich.yaml')),
  }
  const wanted = session(
    { chime: 'nhac-hieu' }, { speak: 'Kính chào bà con.' }, { file: 'tin.wav' }, { folder: 'ban-tin' },
    { chime: 'khong-co' }, { file: 'thieu.mp3' }, { file: '../ngoai.wav' },
  )
  approveSeeded(stores, crypto, [wanted])
  const steps: string[] = []
  const first = await prepareMaterials(deps, [wanted], (step) => steps.push(step))
  t.equal(first.made, 10, 'three bells and four sentences of the station, one of them named, and three more')
  t.match(first.failures.map((f) => f.what), ['khong-co', 'thieu.mp3', '../ngoai.wav'], 'what cannot be had is told by name; nothing outside the folder is read')
  t.match(first.failures[1]?.vi, /thieu\.mp3/)
  t.ok(steps.length >= 4, 'each step is told')

  const find = createFindMedia(programmes, crypto)
  for (const item of [{ kind: 'chime', name: 'nhac-hieu' }, { kind: 'speech', text: 'Kính chào bà con.' }, { kind: 'file', ref: 'tin.wav' }, { kind: 'folder', ref: 'ban-tin', rotation: 'next' }] as const) {
    const [found] = find(item, { session: 'thu', start: realClock.wall(), end: realClock.wall(), date: '2026-11-23' }) ?? []
    t.ok(found && found.ms > 300 && programmes.bySha(found.sha), `${item.kind} can sound`)
  }
  t.equal((await prepareMaterials(deps, [wanted], () => undefined)).made, 0, 'a second time nothing is made again')

  // words that others let on the air are theirs to answer for; what nobody let waits, and is told of
  const pending: string[] = []
  const note = (text: string, approvedBy: string | null): void =>
    programmes.noteSpoken({ key: speechKey(crypto, { text }), area: null, author: 'person:an', authorName: 'An', approvedBy, approvedName: approvedBy === null ? null : 'Bình' })
  note('Mời họp thôn.', 'person:binh')
  note('Chưa ai duyệt.', null)
  await prepareMaterials({ ...deps, pending: ({ name }) => void pending.push(name) }, [session({ speak: 'Mời họp thôn.' }, { speak: 'Chưa ai duyệt.' })], () => undefined)
  const made = programmes.byKey(speechKey(crypto, { text: 'Mời họp thôn.' }))
  t.match(programmes.versions(made?.id ?? ''), [{ state: 'approved', author: 'person:an', decidedBy: 'person:binh', decidedName: 'Bình' }])
  t.same(pending, ['Chưa ai duyệt.'])
  t.equal(find({ kind: 'speech', text: 'Chưa ai duyệt.' }, { session: 'thu', start: realClock.wall(), end: realClock.wall(), date: '2026-11-23' }), null)
})
