import type { AdmitRefusal, JudgeRefusal } from '../../core/cap-judge.ts'
import type { SealRefusal } from '../../core/cap-ports.ts'
import type { EmergencyRefusal } from '../../core/emergency.ts'
import type { Refusal, RefusalStatus } from '../../core/refusal.ts'

export type CapRefusal = SealRefusal | AdmitRefusal | JudgeRefusal | EmergencyRefusal | 'superseded'

const WORDS: Record<CapRefusal, { readonly status: RefusalStatus; readonly vi: string }> = {
  'not-set-up': { status: 503, vi: 'Trạm chưa cài đặt nhận cảnh báo CAP: hãy đặt TL_CAP_CERTIFICATES và tệp senders.yaml.' },
  'malformed': { status: 400, vi: 'Bản tin CAP sai định dạng: hãy sửa theo CAP 1.2 rồi gửi lại.' },
  'unsigned': { status: 401, vi: 'Bản tin CAP chưa ký số: hãy ký bằng chứng thư đã đăng ký tại trạm.' },
  'wrongly-signed': { status: 401, vi: 'Chữ ký số của bản tin CAP không hợp lệ, hoặc bản tin đã bị sửa sau khi ký.' },
  'unknown-sender': { status: 401, vi: 'Đơn vị gửi chưa được phép cảnh báo tại trạm này: hãy thêm vào senders.yaml.' },
  'wrong-certificate': { status: 401, vi: 'Đơn vị gửi phải ký bằng chứng thư của mình.' },
  'not-for-us': { status: 422, vi: 'Bản tin CAP này không dùng để phát thanh (trạng thái, phạm vi hoặc loại bản tin).' },
  'not-yours': { status: 422, vi: 'Chỉ được sửa hoặc huỷ cảnh báo của chính đơn vị gửi.' },
  'no-reference': { status: 422, vi: 'Bản tin huỷ phải ghi rõ huỷ cảnh báo nào.' },
  'sent-ahead': { status: 422, vi: 'Giờ gửi của bản tin còn ở tương lai: hãy chỉnh đồng hồ máy gửi.' },
  'nothing-to-say': { status: 422, vi: 'Bản tin không có nội dung tiếng Việt: hãy thêm phần vi-VN.' },
  'expired': { status: 422, vi: 'Cảnh báo đã hết hiệu lực: hãy gửi lại với thời hạn mới.' },
  'too-far-ahead': { status: 422, vi: 'Cảnh báo có hiệu lực sau hơn một tuần: hãy gửi sau.' },
  'too-mild': { status: 422, vi: 'Mức độ chưa phải khẩn cấp: hãy phát như thông báo thường.' },
  'no-cluster': { status: 422, vi: 'Không có cụm loa nào của trạm nằm trong vùng cảnh báo.' },
  'superseded': { status: 409, vi: 'Cảnh báo này đã được thay thế hoặc huỷ bởi bản tin sau.' },
  'duplicate': { status: 409, vi: 'Bản tin này đã nhận rồi, không phát lại.' },
  'no-clusters': { status: 422, vi: 'Không có cụm loa nào trong vùng cảnh báo.' },
  'no-such-programme': { status: 422, vi: 'Không có bản ghi cần phát.' },
  'no-such-target': { status: 422, vi: 'Không có địa bàn hoặc cụm loa cần phát.' },
  'no-such-emergency': { status: 422, vi: 'Không có cảnh báo được nhắc đến.' },
  'bad-expiry': { status: 422, vi: 'Thời hạn của cảnh báo không hợp lệ.' },
  'bad-message': { status: 422, vi: 'Nội dung cảnh báo không phát được.' },
  'already-over': { status: 409, vi: 'Cảnh báo đã kết thúc.' },
  'speech-failed': { status: 503, vi: 'Chưa đọc được nội dung thành tiếng: hãy gửi lại.' },
  // never of a warning that is signed; total all the same
  'needs-second': { status: 409, vi: 'Phát tới nhiều xã cần thêm một người đồng ý: hãy phát ở trang Khẩn cấp.' },
  'disk-full': { status: 503, vi: 'Máy chủ hết chỗ lưu: hãy báo kỹ thuật viên.' },
}

export const capRefusal = ({ code, why }: { readonly code: CapRefusal; readonly why: string }): Refusal => ({ ...WORDS[code], code, en: why })

export const TOO_MANY: Refusal = {
  status: 429,
  code: 'too-many-attempts',
  en: 'Too many alerts from this address were refused: wait a minute and mend the sender.',
  vi: 'Quá nhiều bản tin lỗi từ địa chỉ này: hãy đợi một phút và sửa bên gửi.',
}
