import type { Sentence } from './refusal.ts'

export type Problem = Pick<Sentence, 'code' | 'en' | 'vi'>
const problem = (code: string, en: string, vi: string): Problem => ({ code, en, vi })

/** What a speaker is told, and what to do. */
export const PROBLEMS = {
  linkLost: problem('link-lost', 'Nothing came from the microphone for too long: the broadcast has been closed with the chime. Begin again when the link is back.', 'Mất tín hiệu micro quá lâu: buổi phát đã được kết thúc bằng nhạc hiệu. Khi có mạng lại, xin bắt đầu buổi phát mới.'),
  nobodySpoke: problem('nobody-spoke', 'Nobody has spoken: the emergency has been closed. Raise it again and speak behind the attention tone.', 'Không có ai nói: thông báo khẩn đã kết thúc. Xin phát lại và nói sau tín hiệu báo động.'),
  silent: problem('silent', 'Nothing was said for a minute: the emergency has been closed. Raise another one to go on.', 'Một phút không có tiếng nói: thông báo khẩn đã kết thúc. Xin phát thông báo khẩn mới để nói tiếp.'),
  noSuchEmergency: problem('no-such-emergency', 'There is no emergency of this name that is spoken live: look it up in the list.', 'Không có thông báo khẩn nói trực tiếp này: xin tìm lại trong danh sách.'),
  emergencyOver: problem('already-over', 'The emergency is over already: raise another one.', 'Thông báo khẩn này đã kết thúc: xin phát thông báo khẩn mới.'),
  tooLong: problem('too-long', 'The broadcast has reached its longest time and has been closed: begin another one to go on.', 'Buổi phát đã hết thời gian và được kết thúc: xin bắt đầu buổi mới để nói tiếp.'),
  endedElsewhere: problem('ended-elsewhere', 'Somebody has ended the broadcast: look at the list of live broadcasts.', 'Buổi phát đã được người khác kết thúc: xin xem danh sách phát trực tiếp.'),
  otherSpeaker: problem('other-speaker', 'The broadcast goes on from another connection: close this page.', 'Buổi phát đang được nói từ kết nối khác: xin đóng trang này.'),
  malformed: problem('malformed', 'The microphone sent something that is not understood: reload the page.', 'Dữ liệu từ micro không đúng: xin tải lại trang.'),
  tooFast: problem('too-fast', 'The microphone sends more than a voice needs: reload the page.', 'Micro gửi quá nhiều dữ liệu: xin tải lại trang.'),
  notStarted: problem('not-started', 'Begin with "start", or with "resume" and the token of the broadcast.', 'Xin bắt đầu buổi phát trước khi nói.'),
  tooLate: problem('too-late', 'The broadcast of this token is over: begin a new one.', 'Buổi phát này đã kết thúc: xin bắt đầu buổi mới.'),
  tooMany: problem('too-many-speakers', 'Eight people are speaking at once: end one of the broadcasts first.', 'Đang có tám người cùng nói: xin kết thúc bớt một buổi phát.'),
  stopping: problem('stopping', 'The server is being stopped: begin again when it is back.', 'Máy đài đang dừng: xin bắt đầu lại khi máy đài chạy lại.'),
} as const
