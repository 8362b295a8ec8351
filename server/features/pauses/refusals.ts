import type { Refusal } from '../../core/refusal.ts'

const unprocessable = (code: string, field: string, en: string, vi: string): Refusal => ({ status: 422, code, field, en, vi })

export const NOWHERE = unprocessable('no-place', '/areas', 'Nothing is named: choose a cluster, a hamlet or another area.', 'Chưa chọn nơi áp dụng: xin chọn cụm loa, thôn hoặc địa bàn khác.')
export const unknownArea = (code: string, n: number): Refusal =>
  unprocessable('unknown-area', `/areas/${n}`, `There is no area ${code}: look the code up in the list of areas.`, `Không có địa bàn mã ${code}: xin xem lại danh sách địa bàn.`)
export const unknownCluster = (id: string, n: number): Refusal =>
  unprocessable('unknown-cluster', `/clusters/${n}`, `There is no cluster ${id}: look it up in the list of clusters.`, `Không có cụm loa ${id}: xin xem lại danh sách cụm loa.`)
export const badInstant = (field: string): Refusal =>
  unprocessable('no-such-instant', field, 'This time does not exist: write it as 2026-11-23T05:30:00+07:00.', 'Thời điểm không có thật: xin ghi như 2026-11-23T05:30:00+07:00.')
export const BACKWARDS = unprocessable('empty-span', '/to', 'The end is not later than the begin, or is over already: choose a later end.', 'Giờ kết thúc không sau giờ bắt đầu hoặc đã qua: xin chọn giờ kết thúc muộn hơn.')
export const tooLong = (days: number): Refusal =>
  unprocessable('too-long', '/to', `A pause lasts ${days} days at most: choose an earlier end.`, `Tạm ngừng phát tối đa ${days} ngày: xin chọn ngày kết thúc sớm hơn.`)
export const tooFar = (days: number): Refusal =>
  unprocessable('too-far', '/from', `It begins more than ${days} days from now: set it nearer to the time.`, `Thời điểm bắt đầu cách hiện tại quá ${days} ngày: xin đặt khi gần tới.`)
export const OPENING_TOO_FAR = unprocessable(
  'too-far', '/to',
  'An opening ends within 12 hours from now: choose an earlier end, and open again when it is needed.',
  'Mở giờ đặc biệt phải kết thúc trong vòng 12 giờ tới: xin chọn giờ kết thúc sớm hơn, khi cần thì mở lại.',
)
export const TOO_MANY: Refusal = {
  status: 409,
  code: 'too-many',
  en: 'There are many of these here already: end one that is no longer needed.',
  vi: 'Nơi này đã có quá nhiều mục như vậy: xin kết thúc mục không còn cần.',
}
export const OVER: Refusal = { status: 409, code: 'over', en: 'It is over already: nothing is left to end.', vi: 'Mục này đã kết thúc.' }
