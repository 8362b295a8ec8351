import type { AskRefusal, AskState } from './emergency-ask.ts'
import { refused, type Refusal, type RefusalStatus } from './refusal.ts'

interface Words {
  readonly en: string
  readonly vi: string
}

/** What became of it, for whoever comes too late; total over the states. */
export const ASK_STATE_TEXT: Readonly<Record<AskState, Words>> = {
  waiting: { en: 'It waits for somebody else to agree.', vi: 'Đang chờ thêm một người đồng ý.' },
  confirmed: { en: 'Somebody has agreed: it sounds.', vi: 'Đã có người đồng ý: loa đang phát.' },
  alone: { en: 'Nobody answered, and it was sent by one person with a reason.', vi: 'Không có ai trả lời, người phát đã tự phát và ghi lý do.' },
  withdrawn: { en: 'Whoever raised it has withdrawn it: nothing sounds.', vi: 'Người xin phát đã rút lại: loa không phát.' },
  lapsed: { en: 'It waited for a quarter of an hour and is over: nothing sounds. Raise it anew if it is still needed.', vi: 'Đã chờ quá 15 phút nên hết hiệu lực: loa không phát. Nếu vẫn cần, xin phát lại từ đầu.' },
}

type Code = AskRefusal | 'no-such-ask' | 'too-many-asks'
const REFUSALS: Readonly<Record<Code, { readonly status: RefusalStatus; readonly vi: string }>> = {
  'own-ask': { status: 403, vi: 'Người xin phát không thể tự đồng ý: cần một người khác.' },
  'not-asker': { status: 403, vi: 'Chỉ người xin phát mới làm được việc này.' },
  'ask-over': { status: 409, vi: 'Việc này đã được quyết định: xin xem kết quả.' },
  'other-content': { status: 409, vi: 'Nội dung này không phải nội dung bạn đã xem: xin tải lại trang và đọc lại.' },
  'too-early': { status: 409, vi: 'Còn đang chờ người thứ hai: hết 1 phút mới được tự phát.' },
  'too-many-refusals': { status: 409, vi: 'Đã có quá nhiều lần không đồng ý: xin gọi điện cho người xin phát.' },
  'no-such-ask': { status: 404, vi: 'Không có việc nào đang chờ đồng ý như vậy: xin xem lại trang Khẩn cấp.' },
  'too-many-asks': { status: 429, vi: 'Đang có quá nhiều thông báo khẩn chờ đồng ý: xin trả lời hoặc rút bớt.' },
}
const isAskCode = (code: string): code is Code => Object.hasOwn(REFUSALS, code)

/** null of a code that has its sentence elsewhere. `state`: of the ask as it stands. */
export function askRefused({ code, why }: { readonly code: string; readonly why: string }, state: AskState | null): { readonly ok: false; readonly refusal: Refusal } | null {
  if (!isAskCode(code)) return null
  const { status, vi } = REFUSALS[code]
  // whoever comes too late is told what became of it
  const text = code === 'ask-over' && state !== null && state !== 'waiting' ? ASK_STATE_TEXT[state] : { en: why, vi }
  return refused({ status, code, ...text })
}

export const OWN_ACCOUNT: Refusal = {
  status: 403, code: 'own-account',
  en: 'A second person agrees under their own name: sign in with an account of your own.',
  vi: 'Người đồng ý phải vào bằng tên của chính mình: xin đăng nhập bằng tài khoản riêng.',
}
export const RAISER_GONE: Refusal = {
  status: 409, code: 'raiser-gone',
  en: 'Whoever raised this may not raise it any more: raise it yourself if it is needed.',
  vi: 'Người xin phát không còn được giao việc này: nếu cần, xin bạn tự phát thông báo khẩn.',
}
