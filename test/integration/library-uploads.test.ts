import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { openUploads } from '../../server/adapters/uploads.ts'
import type { ProgrammeView } from '../../server/features/programmes/plugin.ts'
import { libraryWorld, soundOf } from '../support/library-world.ts'

const PIECE = { 'content-type': 'application/offset+octet-stream' }
const SOUND = Buffer.concat([soundOf('dài'), Buffer.alloc(4_000, 9)])

interface Upload {
  readonly id: string
  readonly offset: number
}

t.test('a file that came in pieces becomes a programme once, and a lost answer is asked for again', async (t) => {
  const world = await libraryWorld(t)
  const begun = await world.operator.ask('POST /api/v1/uploads', { bytes: SOUND.length, name: 'Thông báo.webm' })
  t.match(begun, { status: 201, body: { offset: 0, bytes: SOUND.length, programme: null } })
  const { id } = begun.body as Upload
  const piece = (from: number, to: number, offset = from) => world.operator.ask(`PATCH /api/v1/uploads/${id}`, SOUND.subarray(from, to), { ...PIECE, 'upload-offset': String(offset) })
  t.match(await piece(0, 1_000), { status: 200, body: { offset: 1_000 } })
  t.match(await piece(0, 1_000), { status: 409, body: { error: { code: 'wrong-offset' } }, headers: { 'upload-offset': 1_000 } }, 'the same piece again is not taken twice')
  t.match(await world.operator.ask('POST /api/v1/programmes', { upload: id }), { status: 409, body: { error: { code: 'unfinished' } } })
  t.match(await piece(1_000, SOUND.length), { status: 200, body: { offset: SOUND.length } })
  const made = await world.operator.ask('POST /api/v1/programmes', { upload: id, tags: ['thôn'], state: 'pending' })
  t.match(made, { status: 201, body: { name: 'Thông báo', state: 'pending', tags: ['thôn'], bytes: SOUND.length } })
  t.match((await world.operator.ask('POST /api/v1/programmes', { upload: id })).body, { id: (made.body as ProgrammeView).id })
  t.match(await world.operator.ask(`GET /api/v1/uploads/${id}`), { status: 200, body: { programme: (made.body as ProgrammeView).id } })
  t.match(await world.approver.ask(`GET /api/v1/uploads/${id}`), { status: 404 }, 'another’s upload is not there')
})

t.test('a link that drops in the middle loses nothing of what has arrived, and neither does a restart', async (t) => {
  const world = await libraryWorld(t)
  await world.app.listen({ port: 0, host: '127.0.0.1' })
  const { id } = (await world.operator.ask('POST /api/v1/uploads', { bytes: 5_000_000 })).body as Upload
  const { port } = world.app.server.address() as AddressInfo
  await new Promise<void>((done) => {
    const headers = { ...PIECE, 'upload-offset': '0', 'content-length': '5000000', 'x-csrf-token': world.operator.csrf, cookie: world.operator.cookie, host: 'dai.example' }
    const sending = request({ port, host: '127.0.0.1', method: 'PATCH', path: `/api/v1/uploads/${id}`, headers })
    sending.on('error', () => done())
    sending.write(Buffer.alloc(1_000_000, 1), () => void setTimeout(() => sending.destroy(new Error('no signal')), 300))
  })
  let offset = 0
  for (let n = 0; n < 100 && offset === 0; n++) {
    await new Promise((done) => setTimeout(done, 50))
    offset = ((await world.operator.ask(`GET /api/v1/uploads/${id}`)).body as Upload).offset
  }
  t.ok(offset > 0 && offset <= 1_000_000, `${offset} bytes are kept`)
  let answer = 409
  for (let n = 0; n < 100 && answer === 409; n++) {
    answer = (await world.operator.ask(`PATCH /api/v1/uploads/${id}`, Buffer.alloc(10, 2), { ...PIECE, 'upload-offset': String(offset) })).status
    if (answer === 409) await new Promise((done) => setTimeout(done, 50))
  }
  t.equal(answer, 200, 'it goes on where it stood')
  const again = await openUploads(join(world.folder, 'uploads'))
  t.match(again.pieces.look(id), { offset: offset + 10, bytes: 5_000_000, programme: null }, 'also for the server that starts next')
  t.equal(await again.pieces.prune(Number.MAX_SAFE_INTEGER as never), 1)
  t.equal(again.pieces.look(id), null)
})

t.test('what does not fit together is refused with a sentence', async (t) => {
  const world = await libraryWorld(t)
  for (const body of [{}, { bytes: 0 }, { bytes: 2_000_000_000 }, { bytes: 'x' }, { bytes: 10, other: 1 }]) t.match(await world.operator.ask('POST /api/v1/uploads', body), { status: 400, body: { error: { vi: /\S/ } } }, JSON.stringify(body))
  const { id } = (await world.operator.ask('POST /api/v1/uploads', { bytes: 10 })).body as Upload
  const at = `PATCH /api/v1/uploads/${id}` as const
  t.match(await world.operator.ask(at, Buffer.alloc(4), PIECE), { status: 400, body: { error: { field: 'Upload-Offset' } } })
  t.match(await world.operator.ask(at, { a: 1 }, { 'upload-offset': '0' }), { status: 415 })
  t.match(await world.operator.ask(at, Buffer.alloc(11), { ...PIECE, 'upload-offset': '0' }), { status: 413, body: { error: { code: 'too-large' } } })
  t.match(await world.operator.ask(`PATCH /api/v1/uploads/${'x'.repeat(16)}`, Buffer.alloc(4), { ...PIECE, 'upload-offset': '0' }), { status: 404 })
  t.match(await world.operator.ask('POST /api/v1/programmes', { upload: 'x'.repeat(16) }), { status: 404 })
  t.match(await world.operator.ask('POST /api/v1/programmes', { upload: id, folder: '..' }), { status: 409 })
  t.equal((await world.operator.ask(`DELETE /api/v1/uploads/${id}`)).status, 200)
  t.equal((await world.operator.ask(`DELETE /api/v1/uploads/${id}`)).status, 404)
  for (let n = 0; n < 20; n++) await world.operator.ask('POST /api/v1/uploads', { bytes: 10 })
  t.match(await world.operator.ask('POST /api/v1/uploads', { bytes: 10 }), { status: 429, body: { error: { code: 'too-many' } } })
})
