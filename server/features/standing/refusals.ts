import type { Refusal } from '../../core/refusal.ts'
import { MAX_STANDING_KEYS, MAX_STANDING_ORDERS, type Crowding } from '../../core/standing-plan.ts'
import { MAX_KEYS, MAX_SETS } from './texts.ts'

export const STILL_ARMED: Refusal = {
  status: 409,
  code: 'still-armed',
  en: 'This set is armed: disarm it first, so that nobody starts what is just being changed.',
  vi: 'Bộ lệnh này đang bật: hãy tắt trước khi sửa hoặc xoá.',
}
export const TOO_MANY_SETS: Refusal = {
  status: 422,
  code: 'too-many-sets',
  en: `There are at most ${MAX_SETS} sets of standing orders: remove one that is no longer used.`,
  vi: `Có tối đa ${MAX_SETS} bộ lệnh trực sẵn: hãy xoá bớt bộ không còn dùng.`,
}
export const TOO_MANY_KEYS: Refusal = {
  status: 422,
  code: 'too-many-keys',
  en: `There are at most ${MAX_KEYS} phone keys: remove those that have ended.`,
  vi: `Có tối đa ${MAX_KEYS} khoá điện thoại: hãy xoá bớt khoá đã hết hạn.`,
}
export const SET_ENDS_PAST: Refusal = {
  status: 422,
  code: 'bad-last-day',
  field: '/lastDay',
  en: 'The last day of this set is over or does not exist: choose a later day, or leave it out.',
  vi: 'Ngày hết hạn của lệnh đã qua hoặc không có trong lịch: hãy chọn ngày khác, hoặc để trống.',
}
export const SET_ENDS_LATE: Refusal = {
  status: 422,
  code: 'bad-last-day',
  field: '/lastDay',
  en: 'A set with a last day ends within two years: choose an earlier day and renew it then.',
  vi: 'Hạn dùng tối đa là hai năm: hãy chọn ngày sớm hơn, đến lúc đó gia hạn tiếp.',
}
export const SET_IS_OVER: Refusal = {
  status: 409,
  code: 'set-is-over',
  en: 'The last day of this set is over: renew it first.',
  vi: 'Lệnh này đã hết hạn: hãy gia hạn trước.',
}
export const KEY_ENDS_PAST: Refusal = {
  status: 422,
  code: 'bad-last-day',
  field: '/lastDay',
  en: 'The last day of this key is over or does not exist: choose a later day.',
  vi: 'Ngày hết hạn của khoá đã qua hoặc không có trong lịch: hãy chọn ngày khác.',
}
export const KEY_ENDS_LATE: Refusal = {
  status: 422,
  code: 'bad-last-day',
  field: '/lastDay',
  en: 'A phone gets lost: a key is good for two years at most. Choose an earlier day and give a new one then.',
  vi: 'Khoá chỉ có hạn tối đa hai năm: hãy chọn ngày sớm hơn, sau đó cấp khoá mới.',
}
export const BAD_KEY: Refusal = {
  status: 422,
  code: 'bad-key',
  field: '/key',
  en: 'This is no Ed25519 public key: copy all 43 characters again, or leave the field out to have one made.',
  vi: 'Đây không phải khoá công khai Ed25519: hãy chép lại đủ 43 ký tự, hoặc để trống để hệ thống tạo khoá.',
}
export const NOBODY_THERE: Refusal = {
  status: 422,
  code: 'nobody-could-start-it',
  en: 'Nobody could start these orders: give one a key switch, or add a phone key first.',
  vi: 'Chưa ai khởi động được các lệnh này: hãy chọn khoá công tắc, hoặc thêm khoá điện thoại trước.',
}
export const unknownArea = (code: string): Refusal => ({
  status: 422,
  code: 'unknown-area',
  field: '/areas',
  en: `There is no area ${code} in force today: correct the code, or add the area first.`,
  vi: `Không có địa bàn mã ${code}: hãy sửa mã, hoặc thêm địa bàn trước.`,
})
export const clipGone = (id: string): Refusal => ({
  status: 422,
  code: 'no-such-programme',
  field: '/orders',
  en: `There is no programme ${id} in the library: choose another clip, or upload it again.`,
  vi: `Không có bản ghi ${id} trong thư viện: hãy chọn bản khác, hoặc tải lên lại.`,
})

export const clipNotApproved = (id: string): Refusal => ({
  status: 409,
  code: 'not-approved',
  field: '/orders',
  en: `The programme ${id} is not approved yet: have it approved, then arm it.`,
  vi: `Bản ghi ${id} chưa được duyệt: xin nhờ duyệt rồi hãy bật.`,
})

export function crowded(found: Crowding, cluster: string): Refusal {
  switch (found.kind) {
    case 'orders':
      return {
        status: 422,
        code: 'too-many-orders',
        en: `The cluster "${cluster}" would hold more than ${MAX_STANDING_ORDERS} standing orders: disarm another set first.`,
        vi: `Cụm loa "${cluster}" sẽ có quá ${MAX_STANDING_ORDERS} lệnh trực sẵn: hãy tắt bớt một bộ khác.`,
      }
    case 'keys':
      return {
        status: 422,
        code: 'too-many-keys',
        en: `The cluster "${cluster}" would obey more than ${MAX_STANDING_KEYS} phones: remove one of its keys first.`,
        vi: `Cụm loa "${cluster}" sẽ có quá ${MAX_STANDING_KEYS} khoá điện thoại: hãy xoá bớt một khoá.`,
      }
    case 'switch':
      return {
        status: 409,
        code: 'switch-taken',
        en: `Key switch ${found.switch} of the cluster "${cluster}" already starts another order: choose another number, or disarm the other set.`,
        vi: `Khoá công tắc ${found.switch} của cụm loa "${cluster}" đã dùng cho lệnh khác: hãy chọn số khác, hoặc tắt bộ kia.`,
      }
  }
}
