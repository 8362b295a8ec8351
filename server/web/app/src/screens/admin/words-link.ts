import type { Words } from '../../words/vi.ts'

/** What stands beside a link that is to be passed on. */
export const vi = {
  copy: 'Chép đường dẫn',
  copied: 'Đã chép. Hãy dán vào Zalo hoặc tin nhắn.',
  notCopied: 'Chưa chép được: hãy giữ tay vào dòng trên rồi chọn Sao chép.',
  send: 'Gửi đi…',
  qr: 'Mã để người ở cạnh quét bằng máy ảnh điện thoại',
  address: 'Đường dẫn',
} as const
export const en: Words<typeof vi> = {
  copy: 'Copy the link',
  copied: 'Copied. Paste it into Zalo or a message.',
  notCopied: 'It was not copied: hold your finger on the line above and choose Copy.',
  send: 'Send…',
  qr: 'A code for somebody beside you to scan with a telephone’s camera',
  address: 'Link',
}
