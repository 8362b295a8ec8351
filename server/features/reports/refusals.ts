import { refused, type Refusal } from '../../core/refusal.ts'

export const BAD_PERIOD: Refusal = {
  status: 400, code: 'bad-period', field: 'period',
  en: 'This is no period: write 2026-11-23, 2026-11, 2026-q4, 2026 or 2026-11-01..2026-11-15 (three years at most).',
  vi: 'Kỳ báo cáo không đúng: hãy ghi 2026-11-23, 2026-11, 2026-q4, 2026 hoặc 2026-11-01..2026-11-15 (dài nhất ba năm).',
}
export const NOT_YET: Refusal = {
  status: 422, code: 'not-begun', field: 'period',
  en: 'This period has not begun: choose one that has.', vi: 'Kỳ này chưa bắt đầu: hãy chọn kỳ đã qua hoặc đang diễn ra.',
}
export const NO_SUCH_ROW: Refusal = {
  status: 404, code: 'no-such-row', en: 'Nothing is known of this content on this cluster: look it up in the list of rows.', vi: 'Không có số liệu về nội dung này ở cụm loa này: hãy tìm lại trong danh sách.',
}
export const NO_SOUND: Refusal = {
  status: 404, code: 'no-sound',
  en: 'The sound behind this row is not kept: it was a relay or a live broadcast without a recording, or the file was removed after its time.',
  vi: 'Không còn lưu âm thanh của mục này: đây là nội dung tiếp âm, phát trực tiếp không ghi âm, hoặc tệp đã hết hạn lưu trữ.',
}
export const NO_SUCH_LINK: Refusal = {
  status: 410, code: 'link-over', en: 'This link is not known, has expired or was taken back: ask for a new one.', vi: 'Đường dẫn không đúng, đã hết hạn hoặc đã bị thu hồi: hãy xin đường dẫn mới.',
}
export const SPAN_TOO_LONG: Refusal = {
  status: 422, code: 'days-too-many', field: 'to', en: 'The last day must not be before the first, and both within three years.', vi: 'Ngày cuối phải sau ngày đầu và không quá ba năm.',
}
export const noPeriod = () => refused(BAD_PERIOD)
