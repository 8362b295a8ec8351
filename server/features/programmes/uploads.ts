import { Type, type Static } from 'typebox'
import { DAY_MS, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, answer, notFound, refusals, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { PieceRefusal, PieceUpload, ServerDeps } from '../../core/server-deps.ts'
import { tags, writing, type App } from './routes.ts'
import { MAX_UPLOAD_BYTES } from './upload-form.ts'

/** An upload that nobody goes on with is forgotten after so long. */
export const UPLOAD_LIFE_MS = 2 * DAY_MS
const PIECE_TYPE = 'application/offset+octet-stream'

const UploadView = Type.Object({
  id: Type.String(),
  bytes: Type.Integer(),
  offset: Type.Integer({ description: 'bytes that have arrived: go on from here' }),
  programme: Type.Union([Type.String(), Type.Null()], { description: 'what was made of it' }),
  expiresAt: Type.String(),
})
type UploadView = Static<typeof UploadView>
const ById = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{16}$' }) })

const viewOf = ({ id, bytes, offset, programme, createdAt }: PieceUpload): UploadView => ({ id, bytes, offset, programme, expiresAt: isoWithOffset(wallMs(createdAt + UPLOAD_LIFE_MS)) })
const UPLOAD = { en: 'upload', vi: 'lượt gửi' }

const REFUSALS: Readonly<Record<Exclude<PieceRefusal, 'not-found'>, Refusal>> = {
  'wrong-offset': { status: 409, code: 'wrong-offset', en: 'The piece does not begin where the upload stands: ask GET /uploads/ID for its offset and go on from there.', vi: 'Phần gửi không nối tiếp phần đã nhận: hãy hỏi lại vị trí rồi gửi tiếp.' },
  'in-use': { status: 409, code: 'in-use', en: 'A piece of this upload is coming in just now: wait for its end, then go on.', vi: 'Đang nhận một phần của lượt gửi này: hãy đợi xong rồi gửi tiếp.' },
  'too-large': { status: 413, code: 'too-large', en: 'More came than was announced: begin a new upload with the right length.', vi: 'Dữ liệu dài hơn đã báo: hãy tạo lượt gửi mới với đúng độ dài.' },
  'too-many': { status: 429, code: 'too-many', en: 'Too many uploads are open: finish or cancel one first.', vi: 'Đang có quá nhiều lượt gửi dở: hãy hoàn tất hoặc huỷ bớt.' },
  'no-space': { status: 503, code: 'disk-full', en: 'The disk of the server is full: remove old recordings and try again.', vi: 'Bộ nhớ của đài đã đầy: hãy xoá bớt bản ghi cũ rồi thử lại.' },
}
const NO_OFFSET: Refusal = {
  status: 400, code: 'invalid', field: 'Upload-Offset',
  en: 'Say with the header Upload-Offset where the piece begins.', vi: 'Hãy ghi vị trí bắt đầu ở tiêu đề Upload-Offset.',
}
const NOT_A_PIECE: Refusal = {
  status: 415, code: 'wrong-content-type',
  en: `Send the piece with the content type ${PIECE_TYPE}.`, vi: `Hãy gửi phần dữ liệu với kiểu nội dung ${PIECE_TYPE}.`,
}

/** An upload of one's own; another's is not there. */
export function uploadOf({ uploads }: Pick<ServerDeps, 'uploads'>, who: Identity, id: string): Outcome<PieceUpload> {
  const found = uploads.pieces.look(id)
  return found && found.owner === who.actor ? accepted(found) : notFound(UPLOAD, id)
}

const refusedPiece = (code: PieceRefusal, id: string): Outcome<never> => (code === 'not-found' ? notFound(UPLOAD, id) : refused(REFUSALS[code]))

/** Files in pieces: a dropped link, or a server that starts again, loses nothing of what has arrived. */
export function addUploadRoutes(app: App, deps: ServerDeps): void {
  const { pieces } = deps.uploads
  app.addContentTypeParser(PIECE_TYPE, (_request, payload, done) => done(null, payload))
  const Begin = Type.Object({ bytes: Type.Integer({ minimum: 1, maximum: MAX_UPLOAD_BYTES }), name: Type.Optional(Type.String({ maxLength: 200 })) }, { additionalProperties: false })
  app.post('/uploads', { config: writing, schema: { tags, summary: 'Begin to send a file in pieces', body: Begin, response: { 201: UploadView, ...refusals } } }, async (request, reply) => {
    const { bytes, name = '' } = request.body
    const fileName = name.normalize('NFC').replace(/\.[A-Za-z0-9]{1,5}$/, '').replaceAll(/\p{Cc}/gu, '').trim().slice(0, 120)
    const begun = await pieces.begin({ owner: request.who.actor, fileName, bytes, createdAt: deps.clock.wall() })
    return answer(reply, begun.ok ? accepted(viewOf(begun.value)) : refusedPiece(begun.code, ''), 201)
  })
  app.get('/uploads/:id', { config: writing, schema: { tags, summary: 'How far an upload has come', params: ById, response: { 200: UploadView, ...refusals } } }, (request, reply) => {
    const found = uploadOf(deps, request.who, request.params.id)
    if (found.ok) reply.header('upload-offset', found.value.offset).header('upload-length', found.value.bytes)
    return answer(reply, found.ok ? accepted(viewOf(found.value)) : found)
  })
  const patch = { tags, summary: `The next piece (${PIECE_TYPE}, header Upload-Offset)`, params: ById, consumes: [PIECE_TYPE], response: { 200: UploadView, ...refusals } }
  app.patch('/uploads/:id', { config: writing, bodyLimit: MAX_UPLOAD_BYTES, schema: patch }, async (request, reply) => {
    const { id } = request.params
    const found = uploadOf(deps, request.who, id)
    if (!found.ok) return answer(reply, found)
    if (!String(request.headers['content-type']).startsWith(PIECE_TYPE)) return answer(reply, refused(NOT_A_PIECE))
    const offset = String(request.headers['upload-offset'] ?? '')
    if (!/^\d{1,12}$/.test(offset)) return answer(reply, refused(NO_OFFSET))
    const appended = await pieces.append(id, Number(offset), request.body as AsyncIterable<Uint8Array>)
    const stands = pieces.look(id)
    if (stands) reply.header('upload-offset', stands.offset)
    return answer(reply, appended.ok ? accepted(viewOf(appended.value)) : refusedPiece(appended.code, id))
  })
  app.delete('/uploads/:id', { config: writing, schema: { tags, summary: 'Give an upload up', params: ById, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, async (request, reply) => {
    const found = uploadOf(deps, request.who, request.params.id)
    if (!found.ok) return answer(reply, found)
    await pieces.drop(request.params.id)
    return answer(reply, accepted({ id: request.params.id }))
  })
}
