import type { Refusal } from '../../core/refusal.ts'

const refusal = (status: Refusal['status'], code: string, sentences: readonly [en: string, vi: string]): Refusal => ({ status, code, en: sentences[0], vi: sentences[1] })

export const INCIDENT = { en: 'incident', vi: 'sự cố' }
export const CLUSTER = { en: 'cluster', vi: 'cụm loa' }

export const MOVE_REFUSALS = {
  over: refusal(409, 'incident-over', ['This incident is over: report a new one.', 'Sự cố này đã kết thúc: hãy báo sự cố mới.']),
  'system-verifies': refusal(409, 'system-verifies', [
    'The station closes this incident by itself once the fault is gone: press "Report it repaired".',
    'Hệ thống tự đóng sự cố này khi hết lỗi: hãy bấm "Báo đã sửa xong".',
  ]),
  same: refusal(409, 'same-state', ['The incident is in this state already.', 'Sự cố đã ở trạng thái này.']),
} as const

export const NO_SUCH_PERSON: Refusal = {
  ...refusal(422, 'unknown-person', ['There is nobody of that identity who may work on incidents here: choose somebody from the list.', 'Không có người này hoặc người này chưa được giao xử lý sự cố ở đây: hãy chọn trong danh sách.']),
  field: '/assignee',
}
export const NO_PHOTO_STORE = refusal(503, 'no-photos', ['This server keeps no photos: write a comment instead.', 'Máy đài này không lưu ảnh: hãy ghi bằng chữ.'])
export const NOT_A_PHOTO = refusal(415, 'not-a-photo', ['Only JPEG, PNG and WebP pictures are taken: take the photo again with the phone’s camera.', 'Chỉ nhận ảnh JPEG, PNG hoặc WebP: hãy chụp lại bằng máy ảnh điện thoại.'])
export const PHOTO_TOO_LARGE = refusal(413, 'too-large', ['The photo is larger than 8 MB: take it with a lower resolution.', 'Ảnh lớn hơn 8 MB: hãy chụp ở độ phân giải thấp hơn.'])
export const NO_PHOTO_IN_FORM = refusal(400, 'no-file', ['Send the photo as multipart/form-data with the part "file".', 'Hãy gửi ảnh dạng multipart/form-data với phần "file".'])
export const TOO_MANY_PHOTOS = refusal(409, 'too-many-photos', ['An incident holds at most 20 photos.', 'Mỗi sự cố có tối đa 20 ảnh.'])
export const DISK_FULL = refusal(503, 'disk-full', ['The disk of the server is full: remove old recordings and try again.', 'Ổ đĩa máy đài đã đầy: hãy xoá bớt bản ghi cũ rồi thử lại.'])

export const badSpan = (longestHours: number): Refusal => ({
  ...refusal(422, 'bad-span', [
    `The end must lie after the beginning, in the future, and at most ${longestHours} hours after it.`,
    `Thời điểm kết thúc phải sau lúc bắt đầu, ở tương lai và không quá ${longestHours} giờ.`,
  ]),
  field: '/to',
})
export const NO_SUCH_INSTANT = (field: string): Refusal => ({
  ...refusal(400, 'no-such-instant', ['This instant does not exist: write it as 2026-11-23T05:30:00+07:00.', 'Không có thời điểm này: hãy ghi như 2026-11-23T05:30:00+07:00.']),
  field,
})
export const ONE_PLACE = refusal(400, 'one-place', ['Name either a cluster or an area.', 'Hãy chọn một cụm loa hoặc một địa bàn.'])
export const STORM_IS_OF_AN_AREA = refusal(400, 'storm-of-area', ['A storm is of an area: name one.', 'Chế độ bão áp dụng cho địa bàn: hãy chọn địa bàn.'])
export const unknownArea = (code: string): Refusal => ({
  ...refusal(422, 'unknown-area', [`There is no area ${code} in force today: choose one from the list.`, `Hiện không có địa bàn mã ${code}: hãy chọn trong danh sách.`]),
  field: '/area',
})

export const SAME_BOX = refusal(422, 'same-box', ['A box cannot replace itself: name the new one.', 'Thiết bị không thể thay chính nó: hãy chọn thiết bị mới.'])
export const REPLACED_ALREADY = refusal(409, 'replaced-already', ['This box was replaced before: choose the one that stands there now.', 'Thiết bị này đã được thay trước đó: hãy chọn thiết bị đang dùng.'])
export const NOT_NEW = refusal(409, 'not-new', ['The box that is named stands in another place already: take one that was enrolled and given no area yet, or make a claim.', 'Thiết bị này đang dùng ở nơi khác: hãy chọn thiết bị vừa đăng ký, chưa gán địa bàn, hoặc tạo mã đăng ký mới.'])

export const NO_SUCH_TEMPLATE: Refusal = { ...refusal(422, 'unknown-template', ['There is no checklist of that identity: choose one from the list.', 'Không có mẫu kiểm tra này: hãy chọn trong danh sách.']), field: '/template' }
export const DONE_ALREADY = refusal(409, 'done-already', ['This check was done already.', 'Lần kiểm tra này đã hoàn thành.'])
export const BAD_FINDINGS: Refusal = { ...refusal(422, 'bad-findings', ['Every item of the checklist is answered once: send one finding for each.', 'Mỗi mục kiểm tra cần đúng một kết quả: hãy điền đủ.']), field: '/findings' }
export const NO_SUCH_DATE = (field: string): Refusal => ({ ...refusal(400, 'no-such-date', ['This date does not exist: write it as 2026-11-23.', 'Ngày này không có trong lịch: hãy ghi như 2026-11-23.']), field })
