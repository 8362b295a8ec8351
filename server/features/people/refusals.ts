import type { Refusal } from '../../core/refusal.ts'

const refusal = (status: Refusal['status'], code: string, en: string, vi: string): Refusal => ({ status, code, en, vi })

export const PERSON = { en: 'person', vi: 'người dùng' }

/** The same for a name that nobody has, a wrong password and an account that was never opened. */
export const WRONG_LOGIN = refusal(401, 'wrong-login', 'The telephone number (or name) and the password do not belong together: try again, or ask an administrator for a new link.', 'Số điện thoại (hoặc tên) và mật khẩu không khớp: hãy nhập lại, hoặc nhờ người quản trị gửi đường dẫn mới.')
export const DISABLED = refusal(403, 'disabled', 'Your account is closed: ask an administrator.', 'Tài khoản của bạn đã bị khoá: hãy hỏi người quản trị.')
export const tooManyAttempts = (seconds: number): Refusal => ({
  ...refusal(429, 'too-many-attempts', `Too many attempts: wait ${seconds} seconds and try again.`, `Nhập sai quá nhiều lần: hãy đợi ${seconds} giây rồi thử lại.`),
  retryAfterS: seconds,
})
export const BUSY = refusal(503, 'busy', 'Many people are signing in at this moment: try again in some seconds.', 'Nhiều người đang đăng nhập cùng lúc: hãy thử lại sau vài giây.')

export const NO_LINK = refusal(404, 'link-unknown', 'There is no such link: open the whole of it, or ask an administrator for a new one.', 'Đường dẫn không đúng: hãy mở lại đầy đủ, hoặc xin người quản trị đường dẫn mới.')
export const LINK_USED = refusal(410, 'link-used', 'This link was used already: sign in with your password, or ask an administrator for a new one.', 'Đường dẫn này đã dùng rồi: hãy đăng nhập bằng mật khẩu, hoặc xin người quản trị đường dẫn mới.')
export const LINK_EXPIRED = refusal(410, 'link-expired', 'This link is too old: ask an administrator for a new one. The first administrator’s is printed anew when the server starts.', 'Đường dẫn đã hết hạn: hãy xin người quản trị đường dẫn mới. Đường dẫn của quản trị đầu tiên được in lại khi khởi động máy đài.')
export const NAME_NEEDED: Refusal = { ...refusal(400, 'invalid', 'The field "name" is missing: write the name of the first administrator.', 'Thiếu trường "name": hãy ghi tên người quản trị đầu tiên.'), field: '/name' }
export const NAME_FIXED: Refusal = { ...refusal(400, 'name-fixed', 'Name and telephone number were set by the administrator: leave them out here, and ask for a correction.', 'Tên và số điện thoại do người quản trị ghi: hãy bỏ khỏi yêu cầu này và nhờ sửa nếu sai.'), field: '/name' }

export const nameTaken = (name: string): Refusal => ({
  ...refusal(409, 'name-taken', `There is already somebody called "${name}": add what tells them apart, such as the hamlet.`, `Đã có người tên "${name}": hãy ghi thêm để phân biệt, ví dụ tên thôn.`),
  field: '/name',
})
export const BAD_NAME: Refusal = { ...refusal(400, 'bad-name', 'A name needs letters: write it as in daily life.', 'Tên phải có chữ: hãy ghi tên thường gọi.'), field: '/name' }
export const phoneTaken = (phone: string): Refusal => ({
  ...refusal(409, 'phone-taken', `The number ${phone} belongs to somebody else here: correct it, or change that account first.`, `Số ${phone} đã thuộc tài khoản khác: hãy sửa lại, hoặc đổi số ở tài khoản kia trước.`),
  field: '/phone',
})
export const NO_PHONE: Refusal = { ...refusal(400, 'bad-phone', 'This is no telephone number of Viet Nam: write it as 0912 345 678.', 'Không phải số điện thoại Việt Nam: hãy ghi như 0912 345 678.'), field: '/phone' }

export const unknownArea = (code: string, n: number): Refusal => ({
  ...refusal(422, 'unknown-area', `There is no area ${code} in force today: correct the code, or add the area first.`, `Hiện không có địa bàn mã ${code}: hãy sửa mã, hoặc thêm địa bàn trước.`),
  field: `/grants/${n}/areas`,
})
export const noSuchDate = (date: string, field: string): Refusal => ({
  ...refusal(400, 'no-such-date', `The date ${date} does not exist: write it as 2026-11-23.`, `Ngày ${date} không có trong lịch: hãy ghi như 2026-11-23.`),
  field,
})
export const dateOver = (date: string, field: string): Refusal => ({
  ...refusal(422, 'date-over', `The date ${date} is over: choose today or later, or remove the role.`, `Ngày ${date} đã qua: hãy chọn hôm nay hoặc sau đó, hoặc bỏ vai trò này.`),
  field,
})
export const LAST_ADMINISTRATOR = refusal(409, 'last-administrator', 'This is the last administrator of the whole station: make somebody else one first.', 'Đây là người quản trị cuối cùng của toàn đài: hãy giao quyền cho người khác trước.')
export const TOO_MANY_PEOPLE = refusal(422, 'too-many-people', 'A station has at most 5,000 people: ask who looks after this server.', 'Một đài có tối đa 5.000 người: hãy hỏi người phụ trách máy đài.')
export const OTHER_KEY = refusal(409, 'duplicate', 'This Idempotency-Key was used for another invitation: send a new key.', 'Mã Idempotency-Key này đã dùng cho lời mời khác: hãy gửi mã mới.')
export const INVITED_ALREADY = refusal(409, 'invited-already', 'This invitation was made before, and its account is in use or closed: look it up in the list of people.', 'Lời mời này đã được tạo, và tài khoản đang được dùng hoặc đã khoá: hãy xem trong danh sách người dùng.')
export const IS_DISABLED = refusal(409, 'disabled', 'This account is closed: open it again before you make a link for it.', 'Tài khoản này đang bị khoá: hãy mở lại trước khi tạo đường dẫn.')
export const NOT_A_PERSON = refusal(403, 'no-person', 'Only somebody who signed in has this: the administrator token has neither password nor sessions.', 'Chỉ người đã đăng nhập mới dùng được: mã quản trị không có mật khẩu và phiên.')
export const WRONG_PASSWORD: Refusal = { ...refusal(422, 'wrong-password', 'This is not your present password: try again, or ask an administrator for a new link.', 'Mật khẩu hiện tại không đúng: hãy nhập lại, hoặc nhờ người quản trị gửi đường dẫn mới.'), field: '/current' }
export const SESSION = { en: 'session', vi: 'phiên đăng nhập' }
