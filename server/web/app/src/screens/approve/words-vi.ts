/** Sentences of the page that an approver opens by a link. */
export const vi = {
  title: 'Duyệt chương trình',
  forYou: (name: string) => `Kính gửi ${name}: xin nghe và duyệt chương trình này.`,
  madeBy: (name: string) => `Người tạo: ${name}`,
  listen: 'Nghe chương trình',
  text: 'Lời văn',
  approve: 'Duyệt',
  giveBack: 'Trả lại',
  reason: 'Vì sao trả lại? Người tạo sẽ đọc và sửa.',
  giveBackSend: 'Gửi lý do và trả lại',
  until: (when: string) => `Xin duyệt trước ${when}.`,
  approved: 'Đã duyệt. Chương trình được phép phát. Xin cảm ơn.',
  returned: (reason: string) => `Đã trả lại người tạo. Lý do: ${reason}`,
  over: 'Bản này đã được thay bằng bản mới hơn nên không cần duyệt nữa.',
  wrongLink: 'Đường dẫn không đúng hoặc bị thiếu. Hãy mở lại từ tin nhắn.',
  unknown: 'Mất kết nối mạng: chưa biết đã ghi nhận hay chưa. Hãy bấm lại, không sao nếu bấm hai lần.',
} as const
