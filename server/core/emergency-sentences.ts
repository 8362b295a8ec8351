import type { EmergencyRefusal, Verdict } from './emergency.ts'
import type { EmergencyProblem, VoiceEnd } from './emergency-record.ts'
import { refused, type RefusalStatus, type Refusal } from './refusal.ts'

interface Words {
  readonly en: string
  readonly vi: string
}

/** How far a cluster has come, in words; total over the verdicts. */
export const VERDICT_TEXT: Readonly<Record<Verdict, Words>> = {
  ordered: { en: 'The order is on its way.', vi: 'Đang gửi lệnh.' },
  received: { en: 'The cluster has received the order.', vi: 'Cụm loa đã nhận lệnh.' },
  waiting: { en: 'It waits for its sound, or for its turn.', vi: 'Đang chờ âm thanh hoặc chờ đến lượt.' },
  sounding: { en: 'It is sounding.', vi: 'Đang phát ra loa.' },
  finished: { en: 'It has sounded to its end.', vi: 'Đã phát xong.' },
  failed: { en: 'It did not sound.', vi: 'Không phát được.' },
  ended: { en: 'It is over here.', vi: 'Đã dừng.' },
  unreached: { en: 'Nothing was heard of this cluster: reach the people there by another way.', vi: 'Chưa liên lạc được với cụm loa này: hãy báo cho bà con bằng cách khác.' },
}

export const PROBLEM_TEXT: Readonly<Record<EmergencyProblem, Words>> = {
  'speech-failed': {
    en: 'The text could not be spoken: the stored call for attention sounds in its place. Speak it live, or send a recording.',
    vi: 'Không đọc được văn bản: loa đang phát lời báo chú ý có sẵn. Hãy nói trực tiếp, hoặc gửi bản ghi âm.',
  },
  'recording-failed': {
    en: 'The recording could not be prepared: the stored call for attention sounds in its place. Speak it live, or send another recording.',
    vi: 'Không xử lý được bản ghi âm: loa đang phát lời báo chú ý có sẵn. Hãy nói trực tiếp, hoặc gửi bản ghi khác.',
  },
  'correction-failed': {
    en: 'The correction could not be prepared: the stored correction sounds in its place.',
    vi: 'Không xử lý được lời đính chính: loa phát lời đính chính có sẵn.',
  },
  'other-voice': {
    en: 'The voice that is set has failed: another one has spoken the text, which sounds as it was written. Look at the settings of the voice.',
    vi: 'Giọng đọc đã chọn bị lỗi: văn bản được đọc đủ bằng giọng dự phòng. Xin kiểm tra cài đặt giọng đọc.',
  },
  'nothing-to-say': {
    en: 'The message could not be prepared and no stored clip is there: only the attention tone sounds. Speak it live at once.',
    vi: 'Không xử lý được nội dung và chưa có lời báo có sẵn: loa chỉ phát tín hiệu báo động. Hãy nói trực tiếp ngay.',
  },
}

/** How a live voice ended, for the board; total over the ways. */
export const VOICE_END_TEXT: Readonly<Record<VoiceEnd, Words>> = {
  spoken: { en: 'The speaker has ended it.', vi: 'Người nói đã kết thúc.' },
  'too-long': { en: 'The longest time for it was over: raise another one to go on.', vi: 'Đã hết thời gian nói: xin phát thông báo khẩn mới để nói tiếp.' },
  'nobody-spoke': { en: 'Nobody spoke: only the attention tone has sounded. Raise it again and speak, or send a text.', vi: 'Không có ai nói: loa chỉ phát tín hiệu báo động. Hãy phát lại và nói ngay, hoặc gửi văn bản.' },
  silent: { en: 'Nothing was said for a minute, so it was closed. Raise another one to go on.', vi: 'Một phút không có tiếng nói nên đã kết thúc. Xin phát thông báo khẩn mới để nói tiếp.' },
  'link-lost': { en: 'The link of the microphone was lost, so it was closed. Raise another one to go on.', vi: 'Mất kết nối với micro nên đã kết thúc. Xin phát thông báo khẩn mới để nói tiếp.' },
  'server-stopped': { en: 'The server was started anew and nobody went on speaking. Raise another one to go on.', vi: 'Máy đài khởi động lại và không có ai nói tiếp. Xin phát thông báo khẩn mới để nói tiếp.' },
}

/** Said wherever an exercise is shown. */
export const DRILL_LABEL: Words = { en: 'EXERCISE, with sound', vi: 'DIỄN TẬP (có phát loa)' }

const REFUSALS: Readonly<Record<EmergencyRefusal, { readonly status: RefusalStatus; readonly vi: string }>> = {
  'no-clusters': { status: 422, vi: 'Không có cụm loa nào nghe được: hãy chọn địa bàn, nhóm hoặc cụm loa khác.' },
  'no-such-programme': { status: 422, vi: 'Không có chương trình này: hãy chọn lại trong danh sách.' },
  'no-such-target': { status: 422, vi: 'Không có địa bàn, nhóm hoặc cụm loa này: hãy chọn lại.' },
  'bad-expiry': { status: 422, vi: 'Thời hạn phải từ 10 giây đến 24 giờ kể từ bây giờ: hãy đặt lại.' },
  'already-over': { status: 409, vi: 'Thông báo khẩn này đã kết thúc, loa không còn phát.' },
  'no-such-emergency': { status: 404, vi: 'Không có thông báo khẩn này: hãy tìm lại trong danh sách.' },
  'speech-failed': { status: 503, vi: 'Không đọc được văn bản: hãy nói trực tiếp hoặc gửi bản ghi âm.' },
  'disk-full': { status: 503, vi: 'Ổ đĩa máy đài đã đầy, chưa gửi gì: hãy xoá bớt bản ghi cũ rồi gửi lại ngay.' },
  duplicate: { status: 409, vi: 'Thông báo này đã được nhận trước đó, hoặc mã Idempotency-Key đã dùng cho thông báo khác.' },
  'needs-second': { status: 409, vi: 'Phát tới nhiều xã cần thêm một người đồng ý: hãy phát ở trang Khẩn cấp, đài sẽ hỏi người ấy.' },
  'bad-message': { status: 422, vi: 'Nội dung chưa hợp lệ: hãy xem lại văn bản, số lần lặp, âm lượng và mức nguy hiểm.' },
}

export const emergencyRefused = (refusal: { readonly code: EmergencyRefusal; readonly why: string }): { readonly ok: false; readonly refusal: Refusal } => {
  const { status, vi } = REFUSALS[refusal.code]
  return refused({ status, code: refusal.code, en: refusal.why, vi })
}
