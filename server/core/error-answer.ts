import type { Random } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { sentenceForRules, type BrokenRule, type Place } from './error-sentences.ts'
import { errorBody, type ErrorBody, type Refusal } from './refusal.ts'

export const NO_SUCH_ADDRESS: Refusal = {
  status: 404,
  code: 'no-such-address',
  en: 'There is nothing at this address: compare it with the list at /api/docs.',
  vi: 'Không có địa chỉ này: hãy so với danh sách tại /api/docs.',
}

const BAD_REQUEST: Refusal = {
  status: 400,
  code: 'bad-request',
  en: 'The request could not be read: compare it with the description at /api/docs.',
  vi: 'Không đọc được yêu cầu: hãy so với mô tả tại /api/docs.',
}

const MALFORMED_JSON: Refusal = {
  status: 400,
  code: 'malformed-json',
  en: 'The body is no valid JSON: check quotes, commas and brackets.',
  vi: 'Nội dung không phải JSON hợp lệ: hãy kiểm tra dấu nháy, dấu phẩy và dấu ngoặc.',
}
const WRONG_TYPE: Refusal = {
  status: 415,
  code: 'wrong-content-type',
  en: 'This address does not take that kind of body: send the content type that /api/docs names for it.',
  vi: 'Địa chỉ này không nhận loại nội dung đó: hãy gửi đúng content type ghi tại /api/docs.',
}
const TOO_LARGE: Refusal = {
  status: 413,
  code: 'too-large',
  en: 'The request is larger than this address takes: split it or make it smaller.',
  vi: 'Yêu cầu quá lớn: hãy chia nhỏ hoặc rút gọn.',
}

/** Refusals of the framework itself, by its code. */
const KNOWN: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: { ...MALFORMED_JSON, en: 'The body is empty: send the JSON that /api/docs describes.', vi: 'Thiếu nội dung: hãy gửi JSON như mô tả tại /api/docs.' },
  FST_ERR_CTP_INVALID_JSON_BODY: MALFORMED_JSON,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: WRONG_TYPE,
  FST_INVALID_MULTIPART_CONTENT_TYPE: WRONG_TYPE,
  FST_ERR_CTP_BODY_TOO_LARGE: TOO_LARGE,
  FST_REQ_FILE_TOO_LARGE: TOO_LARGE,
  FST_PARTS_LIMIT: { ...TOO_LARGE, en: 'The form has too many parts: send one file and its fields.', vi: 'Biểu mẫu có quá nhiều phần: hãy gửi một tệp và các trường của nó.' },
  FST_FILES_LIMIT: { ...TOO_LARGE, en: 'Send one file at a time.', vi: 'Mỗi lần chỉ gửi một tệp.' },
  FST_FIELDS_LIMIT: { ...TOO_LARGE, en: 'The form has too many fields: send those that /api/docs names.', vi: 'Biểu mẫu có quá nhiều trường: hãy gửi các trường ghi tại /api/docs.' },
}

/** What is used of an error that the framework hands over. */
export interface RequestError extends Error {
  readonly code?: string
  readonly statusCode?: number
  readonly validation?: unknown
  readonly validationContext?: string
}

const isMalformedJson = (error: RequestError): boolean => error instanceof SyntaxError && error.statusCode === 400

function refusalFor(error: RequestError): Refusal | null {
  if (error.validation) {
    const place = (error.validationContext ?? 'body') as Place
    return { status: 400, ...sentenceForRules(error.validation as unknown as readonly BrokenRule[], place) }
  }
  const known = error.code !== undefined && Object.hasOwn(KNOWN, error.code) ? KNOWN[error.code] : undefined
  if (known) return known
  if (isMalformedJson(error)) return MALFORMED_JSON
  const status = error.statusCode ?? 500
  if (status === 413) return TOO_LARGE
  if (status === 415) return WRONG_TYPE
  return status >= 400 && status < 500 ? BAD_REQUEST : null
}

const INTERNAL = (id: string): ErrorBody => ({
  error: {
    code: 'internal',
    en: `Something went wrong here; nothing was changed by halves. Try again, and tell the technician the number ${id} if it stays.`,
    vi: `Máy đài gặp lỗi; chưa có gì bị thay đổi dở dang. Hãy thử lại; nếu vẫn lỗi, báo kỹ thuật viên mã số ${id}.`,
  },
})

/**
 * What an error is answered with: what the sender can mend has a sentence, everything else is logged under a number that
 * the answer names, and its text stays here.
 */
export function createErrorAnswer(deps: {
  readonly log: Log
  readonly random: Random
}): (error: RequestError, where: { readonly method: string; readonly path: string | null }) => { readonly status: number; readonly body: ErrorBody } {
  return (error, where) => {
    const refusal = refusalFor(error)
    if (refusal) return { status: refusal.status, body: errorBody(refusal) }
    const id = Math.floor(deps.random() * 0x100000000).toString(36)
    deps.log.error({ id, ...where, error: error.stack ?? String(error) }, 'a request failed')
    return { status: 500, body: INTERNAL(id) }
  }
}
