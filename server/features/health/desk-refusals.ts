import { CHART_FIGURES } from '../../core/chart.ts'
import type { Refusal } from '../../core/refusal.ts'

export const CLUSTER = { en: 'cluster', vi: 'cụm loa' }

export const noSuchFigure = (name: string): Refusal => ({
  status: 400, code: 'no-such-figure', field: 'figure',
  en: `There is no figure "${name}": choose among ${CHART_FIGURES.join(', ')}, separated by commas.`,
  vi: `Không có đại lượng "${name}": hãy chọn trong ${CHART_FIGURES.join(', ')}, cách nhau bằng dấu phẩy.`,
})
export const noSuchInstant = (field: string, text: string): Refusal => ({
  status: 400, code: 'no-such-instant', field,
  en: `There is no instant ${text}: write it as 2026-11-23T05:30:00+07:00.`,
  vi: `Không có thời điểm ${text}: hãy ghi như 2026-11-23T05:30:00+07:00.`,
})
export const EMPTY_SPAN: Refusal = {
  status: 400, code: 'empty-span', field: 'to',
  en: 'The span ends before it begins, or is longer than ten years: choose "to" after "from".',
  vi: 'Khoảng thời gian kết thúc trước khi bắt đầu, hoặc dài hơn mười năm: hãy chọn "to" sau "from".',
}
export const noSuchDay = (text: string): Refusal => ({
  status: 422, code: 'no-such-day', field: '/expires',
  en: `There is no day ${text}: write it as 2026-12-31.`,
  vi: `Không có ngày ${text}: hãy ghi như 2026-12-31.`,
})
export const RESERVE_TOO_LARGE: Refusal = {
  status: 422, code: 'reserve-too-large', field: '/reserveBytes',
  en: 'The reserve is as large as the month’s data: choose a smaller one, or nothing would be left for broadcasts.',
  vi: 'Phần dự phòng bằng cả dung lượng tháng: hãy chọn số nhỏ hơn, nếu không sẽ không còn data để phát.',
}
