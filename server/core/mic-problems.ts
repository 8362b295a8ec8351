import type { Sentence } from './refusal.ts'

export type Problem = Pick<Sentence, 'code' | 'en' | 'vi'>
const problem = (code: string, en: string, vi: string): Problem => ({ code, en, vi })

/** What a speaker is told, and what to do. */
export const PROBLEMS = {
  linkLost: problem('link-lost', 'Nothing came from the microphone for five seconds: the broadcast has been closed with the chime. Begin again when the link is back.', 'Mất tín hiệu micro quá 5 giây: buổi phát đã được kết thúc bằng nhạc hiệu. Khi có mạng lại, xin bắt đầu buổi phát mới.'),
  tooLong: problem('too-long', 'The broadcast has reached its longest time and has been closed: begin another one to go on.', 'Buổi phát đã hết thời gian và được kết thúc: xin bắt đầu buổi mới để nói tiếp.'),
  endedElsewhere: problem('ended-elsewhere', 'Somebody has ended the broadcast: look at the list of live broadcasts.', 'Buổi phát đã được người khác kết thúc: xin xem danh sách phát trực tiếp.'),
  otherSpeaker: problem('other-speaker', 'The broadcast goes on from another connection: close this page.', 'Buổi phát đang được nói từ kết nối khác: xin đóng trang này.'),
  malformed: problem('malformed', 'The microphone sent something that is not understood: reload the page.', 'Dữ liệu từ micro không đúng: xin tải lại trang.'),
  tooFast: problem('too-fast', 'The microphone sends more than a voice needs: reload the page.', 'Micro gửi quá nhiều dữ liệu: xin tải lại trang.'),
  notStarted: problem('not-started', 'Begin with "start", or with "resume" and the token of the broadcast.', 'Xin bắt đầu buổi phát trước khi nói.'),
  tooLate: problem('too-late', 'The broadcast of this token is over: begin a new one.', 'Buổi phát này đã kết thúc: xin bắt đầu buổi mới.'),
  tooMany: problem('too-many-speakers', 'Eight people are speaking at once: end one of the broadcasts first.', 'Đang có tám người cùng nói: xin kết thúc bớt một buổi phát.'),
  stopping: problem('stopping', 'The server is being stopped: begin again when it is back.', 'Máy chủ đang dừng: xin bắt đầu lại sau khi máy chủ hoạt động.'),
} as const
