import type { FastifyRequest } from 'fastify'
import { refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { checked, MAX_NAME } from './described.ts'
import type { Described } from './making.ts'
import type { ServerDeps, Upload, UploadRefusal } from '../../core/server-deps.ts'

/** Four hours of uncompressed sound fit; the importer has the tighter word on length. */
export const MAX_UPLOAD_BYTES = 1_073_741_824

/** A recording with what a person says of it. */
export interface UploadForm {
  readonly described: Described
  readonly upload: Upload
}

const refusal = (status: Refusal['status'], code: string, sentences: readonly [en: string, vi: string]): Refusal => ({ status, code, en: sentences[0], vi: sentences[1] })

const UPLOAD_REFUSALS: Readonly<Record<UploadRefusal, Refusal>> = {
  'too-large': refusal(413, 'too-large', ['The file is larger than 1 GB: cut it into parts, or export it as MP3.', 'Bản ghi lớn hơn 1 GB: hãy chia nhỏ, hoặc xuất sang MP3.']),
  empty: refusal(422, 'empty', ['The file is empty: record or export it again.', 'Bản ghi trống: hãy ghi âm hoặc xuất lại.']),
  'no-space': refusal(503, 'disk-full', ['The disk of the server is full: remove old recordings and try again.', 'Bộ nhớ của đài đã đầy: hãy xoá bớt bản ghi cũ rồi thử lại.']),
  'cut-off': refusal(400, 'cut-off', ['The upload was cut off: send the file again.', 'Bản ghi gửi lên bị đứt: hãy gửi lại.']),
}
const NO_FILE = refusal(400, 'no-file', ['The form has no file: add the recording as the part "file".', 'Biểu mẫu chưa có bản ghi: hãy thêm bản ghi vào phần "file".'])
const MALFORMED = refusal(400, 'malformed-form', ['The form could not be read: send it as multipart/form-data with one file.', 'Không đọc được biểu mẫu: hãy gửi dạng multipart/form-data với một bản ghi.'])
const NOT_A_FORM = refusal(415, 'wrong-content-type', ['Send the recording as multipart/form-data with the part "file".', 'Hãy gửi bản ghi dạng multipart/form-data với phần "file".'])
const BAD_NAME = refusal(400, 'invalid', [`The field "name" must have 1 to ${MAX_NAME} characters.`, `Trường "name" phải có từ 1 đến ${MAX_NAME} ký tự.`])
const BAD_MUSIC = refusal(400, 'invalid', ['The field "music" must be true or false.', 'Trường "music" phải là true hoặc false.'])

const MUSIC: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false, on: true, '': false }

/** `Thông báo tiêm chủng.mp3` → `Thông báo tiêm chủng`. */
const titleOf = (fileName: string): string => (fileName.split(/[\\/]/).at(-1) ?? '').replace(/\.[A-Za-z0-9]{1,5}$/, '').replaceAll(/\p{Cc}/gu, '').trim().slice(0, MAX_NAME)

interface Parts {
  readonly fields: Map<string, string>
  fileName: string
  upload: Upload | null
  refusal: Refusal | null
}

async function readParts(request: FastifyRequest, deps: Pick<ServerDeps, 'uploads'>, parts: Parts, maxBytes: number): Promise<void> {
  for await (const part of request.parts({ limits: { fileSize: maxBytes + 1 } })) {
    if (part.type === 'field') {
      parts.fields.set(part.fieldname, String(part.value))
      continue
    }
    const received = await deps.uploads.receive(part.file, maxBytes)
    if (received.ok) {
      parts.upload = received.value
      parts.fileName = part.filename ?? ''
    } else {
      parts.refusal = UPLOAD_REFUSALS[received.code]
      // what is left must be read, or the request never ends
      part.file.resume()
    }
  }
}

const OTHERS = ['area', 'language', 'description', 'class', 'validFrom', 'validTo', 'state'] as const

/** What the fields of a form say, or what is wrong with them. Tags are separated by commas. */
export function describedBy(fields: ReadonlyMap<string, string>, fileName: string): Described | Refusal {
  const given = fields.get('name')?.normalize('NFC').trim()
  const name = given === undefined || given === '' ? titleOf(fileName.normalize('NFC')) : given
  if (name === '' || name.length > MAX_NAME) return { ...BAD_NAME, field: '/name' }
  const word = fields.get('music') ?? ''
  const music = Object.hasOwn(MUSIC, word) ? MUSIC[word] : undefined
  if (music === undefined) return { ...BAD_MUSIC, field: '/music' }
  const tags = (fields.get('tags') ?? '').split(',').map((tag) => tag.trim()).filter((tag) => tag !== '')
  const others = Object.fromEntries(OTHERS.flatMap((field) => (fields.get(field)?.trim() ? [[field, fields.get(field)?.trim()]] : [])))
  return checked({ ...others, name, folder: fields.get('folder') ?? '', music, tags })
}

/** A form with one file. */
export interface FileForm {
  readonly fields: ReadonlyMap<string, string>
  readonly fileName: string
  readonly upload: Upload
}

/** Fields may come before or after the file. The caller discards the upload; a refusal has left nothing behind. */
export async function readFileForm(request: FastifyRequest, deps: Pick<ServerDeps, 'uploads' | 'log'>, maxBytes: number): Promise<Outcome<FileForm>> {
  if (!request.isMultipart()) return refused(NOT_A_FORM)
  const parts: Parts = { fields: new Map(), fileName: '', upload: null, refusal: null }
  try {
    await readParts(request, deps, parts, maxBytes)
  } catch (error) {
    await parts.upload?.discard()
    // limits have their own sentences in the error handler; what else the parser throws is the sender's form
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('FST_')) throw error
    deps.log.debug({ error: String(error) }, 'an upload could not be read')
    return refused(MALFORMED)
  }
  const { fields, fileName, upload } = parts
  return upload ? { ok: true, value: { fields, fileName, upload } } : refused(parts.refusal ?? NO_FILE)
}

/** The form of a programme. The caller discards the upload; a refusal has left nothing behind. */
export async function readUploadForm(request: FastifyRequest, deps: Pick<ServerDeps, 'uploads' | 'log'>): Promise<Outcome<UploadForm>> {
  const read = await readFileForm(request, deps, MAX_UPLOAD_BYTES)
  if (!read.ok) return read
  const { fields, fileName, upload } = read.value
  const described = describedBy(fields, fileName)
  if (!('status' in described)) return { ok: true, value: { described, upload } }
  await upload.discard()
  return refused(described)
}
