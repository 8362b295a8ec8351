import type { PracticeRefusal } from '../../core/practice.ts'
import type { Refusal } from '../../core/refusal.ts'

const of = (status: Refusal['status'], code: string, vi: string, en: string): Refusal => ({ status, code, vi, en })

export const NOT_OFFERED = of(
  404, 'no-practice',
  'Đài này chưa mở phần tập dượt. Xin nhờ người quản trị của máy đài.',
  'This station offers no practice: set TL_PRACTICE_PORT, behind a proxy also TL_PRACTICE_URL.',
)
export const NOT_OPEN = of(409, 'practice-not-open', 'Xã mẫu chưa mở hoặc đã kết thúc. Xin bấm “Mở xã mẫu”.', 'The practice commune is not open, or is over: open it first.')
export const NOT_THIS_WAY = of(
  409, 'practice-not-reached',
  'Không vào được xã mẫu theo địa chỉ này. Xin mở trang của đài theo địa chỉ thường dùng rồi thử lại.',
  'The practice commune is not reached by this address: open the station’s pages at their usual one and try again.',
)
export const NO_TICKET = of(403, 'no-such-ticket', 'Lối vào này đã dùng rồi hoặc đã quá hai phút. Xin quay về trang của đài và bấm “Vào xã mẫu” lần nữa.', 'This way in was used, or is older than two minutes: go back to the station and ask for another.')
export const NOT_SOMEBODY = of(409, 'not-a-person', 'Xin vào xã mẫu từ trang của đài.', 'Come in from the station’s page first.')
export const TOO_OFTEN = of(429, 'too-many-attempts', 'Đã thử quá nhiều lần. Xin đợi nửa phút.', 'Too many attempts: wait half a minute.')

export const REFUSED: Readonly<Record<PracticeRefusal, Refusal>> = {
  'emergency': of(409, 'emergency-in-force', 'Đang có lệnh khẩn cấp thật nên chưa mở xã mẫu. Xin tập dượt sau khi lệnh kết thúc.', 'A real emergency is in force: practise when it is over.'),
  'ending': of(409, 'practice-is-ending', 'Buổi tập dượt trước đang kết thúc. Xin thử lại sau nửa phút.', 'The one before is just ending: try again in half a minute.'),
  'no-memory': of(503, 'too-little-memory', 'Máy đài đang bận, không còn đủ chỗ để mở xã mẫu. Xin thử lại lúc khác.', 'The machine of the station has too little memory free for it now: try again later.'),
  'no-space': of(503, 'too-little-space', 'Ổ đĩa của máy đài gần đầy nên không mở được xã mẫu. Xin báo người quản trị của máy đài.', 'The disk of the station is too full for it: make room first.'),
  'no-boxes': of(503, 'boxes-not-built', 'Máy đài chưa cài phần cụm loa mẫu. Xin báo người quản trị của máy đài.', 'The program of the loudspeaker boxes is not built on this machine: run npm run build:agent.'),
}
