/** Kinds of incidents as reports count them. */
const KINDS: Readonly<Record<string, string>> = {
  offline: 'Mất kết nối', 'silent-in-session': 'Không phát trong buổi phát', 'not-heard': 'Phát nhưng loa không ra tiếng', 'weak-signal': 'Sóng 4G yếu', 'noisy-cell': 'Sóng 4G nhiễu', underruns: 'Ngắt quãng âm thanh', 'sim-quota': 'Sắp hết data SIM', 'sim-expiry': 'SIM sắp hết hạn',
  power: 'Mất điện', temperature: 'Nhiệt độ cao', clock: 'Lệch đồng hồ', 'cache-behind': 'Chưa tải đủ nội dung', 'disk-full': 'Đầy bộ nhớ', 'unauthorised-sound': 'Có tiếng khi không có lệnh phát', 'refused-orders': 'Lệnh bị từ chối',
  'version-old': 'Phần mềm cũ', muted: 'Đang tắt tiếng', 'suspected-theft': 'Nghi mất trộm', reported: 'Có người báo',
}
export const incidentText = (kind: string): string => KINDS[kind] ?? kind
