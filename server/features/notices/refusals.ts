import { refused, type Refusal } from '../../core/refusal.ts'

export const NOTICE = { en: 'notice', vi: 'thông báo' }
export const TEMPLATE = { en: 'template', vi: 'mẫu thông báo' }

export const NO_LIVE: Refusal = {
  status: 503, code: 'no-live',
  en: 'This station cannot play at once: choose the next session or a time.', vi: 'Đài chưa phát ngay được: xin chọn buổi phát kế tiếp hoặc chọn giờ.',
}
export const NO_SESSION: Refusal = {
  status: 409, code: 'no-next-session', field: '/when',
  en: 'No session sounds there within a week: choose a time, or play it now.', vi: 'Trong một tuần tới nơi này không có buổi phát nào: xin chọn giờ phát, hoặc phát ngay.',
}
export const TOO_SOON: Refusal = {
  status: 422, code: 'too-soon', field: '/when/at',
  en: 'The time is over, or within the next two minutes: choose a later one, or play it now.', vi: 'Giờ phát đã qua hoặc chưa đầy hai phút nữa: xin chọn giờ muộn hơn, hoặc phát ngay.',
}
export const TOO_FAR: Refusal = {
  status: 422, code: 'too-far', field: '/when/at',
  en: 'The time is more than a year ahead: choose an earlier one.', vi: 'Giờ phát xa hơn một năm: xin chọn giờ sớm hơn.',
}
export const OTHER_KEY: Refusal = {
  status: 409, code: 'duplicate',
  en: 'This Idempotency-Key was used for another notice: send a new key.', vi: 'Mã Idempotency-Key này đã dùng cho thông báo khác: hãy gửi mã mới.',
}
export const NOT_APPROVED_IN_TIME: Refusal = {
  status: 409, code: 'approved-too-late',
  en: 'It was approved more than two hours after it was to sound at once: look whether it is still true, and order it again.',
  vi: 'Được duyệt sau hơn hai giờ kể từ lúc yêu cầu phát ngay: xin xem nội dung còn đúng không rồi phát lại.',
}
export const MAKER_GONE: Refusal = {
  status: 409, code: 'maker-gone',
  en: 'Whoever ordered it may not come in any more: somebody else must order it.', vi: 'Tài khoản người yêu cầu đã khoá: cần người khác phát thông báo này.',
}
export const NO_APPROVER: Refusal = {
  status: 409, code: 'no-approver',
  en: 'Nobody is there who may approve it: ask an administrator to name an approver.', vi: 'Địa bàn chưa có người duyệt: xin nhờ quản trị phân công.',
}
export const wrongState = (state: string): { readonly ok: false; readonly refusal: Refusal } => {
  const words: Readonly<Record<string, readonly [en: string, vi: string]>> = {
    waiting: ['waits for its approval already', 'đang chờ duyệt'],
    ordered: ['is ordered already', 'đã được phát hoặc xếp lịch'],
    withdrawn: ['was taken back', 'đã được rút lại'],
    prepared: ['was not ordered', 'chưa được phát'],
    failed: ['did not sound', 'chưa phát được'],
    returned: ['was sent back by the approver', 'đã bị trả lại'],
  }
  const [en, vi] = words[state] ?? [state, state]
  return refused({ status: 409, code: 'wrong-state', en: `This notice ${en}: look at it again, or make a new one.`, vi: `Thông báo này ${vi}: xin xem lại, hoặc soạn thông báo mới.` })
}
export const retired = (name: string): { readonly ok: false; readonly refusal: Refusal } =>
  refused({ status: 409, code: 'retired', field: '/template', en: `The template "${name}" is not in use any more: choose another.`, vi: `Mẫu "${name}" không còn dùng: xin chọn mẫu khác.` })
