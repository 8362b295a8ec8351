import type { Refusal } from '../../core/refusal.ts'

export const BULLETIN = { en: 'bulletin', vi: 'bản tin' }
const make = (status: Refusal['status'], code: string, [en, vi]: readonly [en: string, vi: string], field?: string): Refusal => ({ status, code, en, vi, ...(field === undefined ? {} : { field }) })

export const OTHER_BULLETIN = make(409, 'exists', ['A bulletin of this id is there with other content: send a correction, or choose another id.', 'Đã có bản tin mang mã này với nội dung khác: hãy gửi bản đính chính, hoặc chọn mã khác.'], '/id')
export const EMPTY = make(422, 'nothing-to-say', ['The bulletin has neither words nor a file: add one.', 'Bản tin chưa có lời văn và chưa có tệp: xin bổ sung.'], '/text')
export const NO_COMMUNE = make(422, 'no-commune', ['No commune lies in what is addressed: name communes.', 'Nơi nhận chưa có xã nào: xin chọn xã nhận.'], '/areas')
export const BAD_DATE = make(422, 'bad-date', ['A deadline or an end must lie ahead: give a later one.', 'Hạn đọc hoặc hạn hiệu lực phải ở phía trước: xin chọn ngày muộn hơn.'])
export const SILENT_EMERGENCY = make(422, 'nothing-to-say', ['An emergency must be heard: give its words, or a recording.', 'Tin khẩn cấp cần có lời đọc hoặc bản ghi âm.'], '/text')
export const NO_EMERGENCIES = make(503, 'no-emergencies', ['This station cannot raise emergencies: call it by telephone.', 'Đài chưa phát được tin khẩn cấp: xin gọi điện cho đài.'])
export const NO_DOCUMENTS = make(503, 'no-documents', ['This station keeps no documents: send the words.', 'Đài chưa nhận được văn bản kèm theo: xin gửi lời văn.'])
export const WITHDRAWN = make(409, 'withdrawn', ['The bulletin was withdrawn by its sender.', 'Nơi gửi đã rút lại bản tin này.'])
export const EXPIRED = make(409, 'expired', ['The bulletin is not valid any longer: it is not aired.', 'Bản tin đã hết hiệu lực nên không phát.'])
export const REASON_NEEDED = make(400, 'invalid', ['Say why it is not taken, so that the sender knows.', 'Xin ghi lý do không phát để nơi gửi được biết.'], '/reason')
export const IS_EMERGENCY = make(409, 'emergency', ['An emergency sounds at once: there is nothing to decide. Stop it under emergencies.', 'Tin khẩn cấp được phát ngay, không cần quyết định: muốn dừng xin vào mục khẩn cấp.'])
export const NO_SOUND = make(409, 'no-sound', ['It has no sound yet: take it with its words spoken first.', 'Bản tin chưa có âm thanh: xin nhận phát để đọc lời văn trước.'])
export const NOT_APPROVED = make(409, 'not-approved', ['Its sound waits for approval: place it when it is approved.', 'Âm thanh đang chờ duyệt: xin xếp lịch sau khi được duyệt.'])
export const PLACED = make(409, 'placed', ['It is placed already: take it out of the timetable first.', 'Bản tin đã được xếp lịch: xin gỡ khỏi lịch trước.'])
export const NOT_PLACED = make(409, 'not-placed', ['It is not in the timetable: place it first.', 'Bản tin chưa được xếp lịch: xin xếp lịch trước.'])
export const BAD_ORDER = make(400, 'invalid', ['The part "bulletin" must be the JSON of a bulletin: see /api/docs.', 'Phần "bulletin" phải là nội dung bản tin dạng JSON: xin xem mô tả.'], '/bulletin')
