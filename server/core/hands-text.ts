import type { Service, ServiceWhy } from '../../shared/protocol/messages/service.ts'

interface Text {
  readonly en: string
  readonly vi: string
}

/** What was asked, for people. */
export const SERVICE_TEXT: Readonly<Record<Service, Text>> = {
  restart: { en: 'start the box’s program anew', vi: 'khởi động lại chương trình của cụm loa' },
  tone: { en: 'test tone', vi: 'phát âm thử loa' },
  log: { en: 'log bundle', vi: 'lấy nhật ký kỹ thuật' },
  listen: { en: 'listen in for ten seconds', vi: 'nghe kiểm tra tại cụm mười giây' },
  modem: { en: 'connect the modem anew', vi: 'kết nối lại modem' },
  check: { en: 'silent self-test', vi: 'tự kiểm tra không phát tiếng' },
}

/** Why it was not done, and what to do. */
export const WHY_TEXT: Readonly<Record<ServiceWhy, Text>> = {
  sounding: { en: 'Sound is on, or due within a minute: try again after it.', vi: 'Cụm loa đang phát hoặc sắp phát: xin thử lại sau.' },
  'not-here': { en: 'This box cannot do that: it has no such part.', vi: 'Cụm loa này không có thiết bị để làm việc đó.' },
  'too-many': { en: 'The box is busy with the same, or was asked too much today: try again later.', vi: 'Cụm loa đang bận: xin thử lại sau.' },
  'outside-hours': { en: 'Nothing may sound there at this hour: try again within the allowed hours.', vi: 'Đang ngoài khung giờ được phép: xin thử lại trong giờ phát.' },
  muted: { en: 'The cluster is muted: unmute it first.', vi: 'Cụm loa đang tắt tiếng: hãy bật tiếng trước.' },
  'no-plan': { en: 'The box holds no plan with these hours: wait until it has fetched its plan.', vi: 'Cụm loa chưa nhận được lịch phát: xin chờ.' },
  restarted: { en: 'The box was started anew meanwhile: ask again.', vi: 'Cụm loa vừa khởi động lại: xin gửi lại lệnh.' },
  failed: { en: 'It did not succeed: the facts say what was found.', vi: 'Không thành công: xem chi tiết kết quả.' },
  silent: { en: 'Nothing sounded: look whether something more important was on, and at the sound device.', vi: 'Không phát được tiếng: kiểm tra lịch phát và thiết bị âm thanh.' },
  'link-came-back': { en: 'The link came back before it was needed.', vi: 'Đã có kết nối lại trước khi cần làm.' },
}
