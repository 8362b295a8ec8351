import type { Language } from './language.ts'

/** Kinds of incidents, as reports name them. */
const KINDS: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  offline: ['Mất kết nối', 'Offline'], 'silent-in-session': ['Không phát trong buổi phát', 'Silent in a session'], 'not-heard': ['Phát nhưng loa không ra tiếng', 'Played, but not heard'],
  'weak-signal': ['Sóng 4G yếu', 'Weak signal'], 'noisy-cell': ['Sóng 4G nhiễu', 'Noisy cell'], underruns: ['Ngắt quãng âm thanh', 'Interrupted sound'], 'sim-quota': ['Sắp hết data SIM', 'SIM data nearly used up'], 'sim-expiry': ['SIM sắp hết hạn', 'SIM expires soon'],
  power: ['Mất điện', 'Power lost'], temperature: ['Nhiệt độ cao', 'Too hot'], clock: ['Lệch đồng hồ', 'Clock not right'], 'cache-behind': ['Chưa tải đủ nội dung', 'Files not there yet'], 'disk-full': ['Đầy bộ nhớ', 'Disk nearly full'],
  'unauthorised-sound': ['Có tiếng khi không có lệnh phát', 'Sound without an order'], 'refused-orders': ['Lệnh bị từ chối', 'Orders refused'], 'version-old': ['Phần mềm cũ', 'Old version'], muted: ['Đang tắt tiếng', 'Muted'],
  'suspected-theft': ['Nghi mất trộm', 'Moved, or its SIM changed'], complaint: ['Phản ánh của bà con', 'Complaint'], 'check-finding': ['Phát hiện khi kiểm tra', 'Found at a check'], reported: ['Có người báo hỏng', 'Reported'],
}
/** A kind that is not known stands as it is. */
export const incidentText = (kind: string, language: Language): string => (Object.hasOwn(KINDS, kind) ? KINDS[kind]?.[language === 'vi' ? 0 : 1] : undefined) ?? kind
