import type { Words } from '../../words/vi.ts'

/** What stands on the page of the station's keys. */
export const vi = {
  title: 'Khoá của đài',
  hint: 'Dấu của đài mà cụm loa nhận ra, và hạn của từng khoá.',
  intro: 'Cụm loa chỉ nghe lệnh của đài mang đúng dấu này. Dấu ghi ở cuối mã đăng ký, mỗi cụm loa giữ từ lúc đăng ký.',
  fingerprint: 'Dấu của đài',
  lost: 'Mất khoá gốc thì không đài nào nói được với các cụm loa nữa, phải đăng ký lại từng cụm. Khoá gốc nằm trong bản sao lưu: hãy giữ một bản ở nơi khác.',
  signing: 'Khoá đang dùng',
  orders: 'Ký lịch và lệnh phát',
  time: 'Ký giờ',
  streams: 'Ký tiếng phát trực tiếp',
  until: (date: string) => `có hạn đến ${date}`,
  renewed: 'Đài tự gia hạn trước nửa năm, không phải làm gì.',
  backups: 'Sao lưu',
} as const
export const en: Words<typeof vi> = {
  title: 'Keys of the station',
  hint: 'The mark by which clusters know the station, and how long each key lasts.',
  intro: 'Clusters obey only the station with this mark. It is the last part of an enrolment code, and each cluster keeps it from its enrolment on.',
  fingerprint: 'Mark of the station',
  lost: 'Without the root key no station can speak to the clusters: each would have to be enrolled anew. It is in the copies: keep one elsewhere.',
  signing: 'Keys in use',
  orders: 'Signs plans and orders',
  time: 'Signs the time',
  streams: 'Signs live sound',
  until: (date: string) => `lasts until ${date}`,
  renewed: 'The station renews them half a year before, by itself.',
  backups: 'Copies',
}
