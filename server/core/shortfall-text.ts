import type { Shortfall } from './evidence-report.ts'

/** Why less than planned was reached, in words; total over the codes. */
export const SHORTFALL_TEXT: Readonly<Record<Shortfall, { readonly en: string; readonly vi: string }>> = {
  'not-due-yet': { en: 'Not over yet, or the report is still on its way.', vi: 'Chưa phát xong, hoặc báo cáo đang gửi về.' },
  'not-sent': { en: 'The cluster never confirmed the plan: it was out of reach.', vi: 'Cụm loa chưa nhận lệnh: mất kết nối.' },
  'no-report': { en: 'The cluster had the plan but has not reported yet.', vi: 'Cụm loa đã nhận lệnh nhưng chưa gửi báo cáo.' },
  'missing-media': { en: 'The recording had not reached the cluster in time.', vi: 'Tệp âm thanh chưa tải kịp về cụm loa.' },
  'damaged-media': { en: 'The recording on the cluster was damaged.', vi: 'Tệp âm thanh trên cụm loa bị hỏng.' },
  'clock-untrusted': { en: 'The cluster did not know the time for certain.', vi: 'Đồng hồ của cụm loa chưa tin cậy được.' },
  'started-late': { en: 'It began late.', vi: 'Bắt đầu phát muộn.' },
  stopped: { en: 'A person stopped it.', vi: 'Có người dừng phát.' },
  muted: { en: 'The cluster was muted.', vi: 'Cụm loa đang tắt tiếng.' },
  paused: { en: 'Sound was paused there.', vi: 'Nơi này đang tạm ngừng phát.' },
  interrupted: { en: 'Something more important took its place.', vi: 'Bị nội dung ưu tiên hơn chen ngang.' },
  'sink-failed': { en: 'The sound device failed: a technician should look.', vi: 'Thiết bị phát âm thanh lỗi: cần kỹ thuật viên kiểm tra.' },
  'quiet-hours': { en: 'The quiet hours kept it silent.', vi: 'Rơi vào giờ không phát.' },
  'outside-window': { en: 'It was outside the allowed hours.', vi: 'Ngoài khung giờ được phép.' },
  restarted: { en: 'The cluster restarted meanwhile.', vi: 'Cụm loa khởi động lại giữa chừng.' },
  underruns: { en: 'The cluster was too slow to keep up.', vi: 'Thiết bị xử lý không kịp, tiếng bị ngắt quãng.' },
  mourning: { en: 'It was a day of mourning.', vi: 'Ngày quốc tang.' },
  'plan-changed': { en: 'The timetable was changed meanwhile.', vi: 'Lịch phát được thay đổi giữa chừng.' },
  'no-stream': { en: 'The live sound did not reach the cluster.', vi: 'Tín hiệu trực tiếp không đến được cụm loa.' },
  cancelled: { en: 'It was called off.', vi: 'Thông báo đã được huỷ.' },
  replaced: { en: 'A newer notice took its place.', vi: 'Đã có thông báo mới thay thế.' },
  'stopped-here': { en: 'It was stopped for this place only.', vi: 'Nơi này đã cho dừng loa.' },
  expired: { en: 'Its time was over before the cluster could sound it.', vi: 'Hết hạn trước khi cụm loa kịp phát.' },
  'unknown-policy': { en: 'The policy that it named did not exist.', vi: 'Không có quy định giờ phát đã ghi.' },
}
