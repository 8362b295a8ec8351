import { pageWords } from '../../lib/page-words.ts'

/** GET /approval/:token. */
export interface LinkView {
  readonly name: string
  readonly author: string
  readonly areaName: string | null
  readonly ms: number
  readonly text: string | null
  readonly for: string
  readonly state: 'draft' | 'pending' | 'approved' | 'returned' | 'replaced'
  readonly reason: string | null
  readonly expiresAt: string
}

export const approveWords = pageWords(
  {
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
  },
  {
    title: 'Approve a programme',
    forYou: (name) => `For ${name}: please listen to this programme and approve it.`,
    madeBy: (name) => `Made by ${name}`,
    listen: 'Listen to the programme',
    text: 'The words',
    approve: 'Approve',
    giveBack: 'Return',
    reason: 'Why is it returned? Its author will read this and put it right.',
    giveBackSend: 'Send the reason and return it',
    until: (when) => `Please decide before ${when}.`,
    approved: 'Approved. It may go on the air. Thank you.',
    returned: (reason) => `Returned to its author, because: ${reason}`,
    over: 'A newer version has taken its place: there is nothing to approve any more.',
    wrongLink: 'The link is wrong or cut off. Open it again from the message.',
    unknown: 'No connection: it is not known whether this was noted. Press again; twice does no harm.',
  },
)
