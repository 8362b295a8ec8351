import { NOT_YOURS } from '../../core/access.ts'
import type { Refusal } from '../../core/refusal.ts'

type BadRelease = 'not-a-pack' | 'cut-off' | 'damaged' | 'malformed' | 'forged'
const WORDS: Readonly<Record<BadRelease, readonly [en: string, vi: string]>> = {
  'not-a-pack': ['This file is no release of the agent: choose the file that npm run release has made.', 'Đây không phải bản cập nhật của đài: hãy chọn đúng bản có đuôi .release.'],
  'cut-off': ['This file is cut off: send it again.', 'Bản cập nhật bị đứt giữa chừng: hãy gửi lại.'],
  damaged: ['This file is damaged: send it again, or make it anew.', 'Bản cập nhật bị hỏng: hãy gửi lại, hoặc xin nhà cung cấp bản khác.'],
  malformed: ['The manifest of this release cannot be read: make it anew with npm run release.', 'Không đọc được bản cập nhật này: hãy xin nhà cung cấp làm lại.'],
  forged: ['This release is not signed under the root key of this station: make it with a release key that this station has certified.', 'Bản cập nhật không có chữ ký hợp lệ của đài này: hãy hỏi nhà cung cấp.'],
}
export const badRelease = (code: BadRelease): Refusal => ({ status: 422, code, en: WORDS[code][0], vi: WORDS[code][1] })
export const notThisProtocol = (version: string): Refusal => ({
  status: 422, code: 'wrong-protocol', en: `Version ${version} does not speak the protocol of this station: bring the server up to date first.`, vi: `Phiên bản ${version} chưa hợp với máy đài: hãy cập nhật máy đài trước.`,
})
export const busyClusters = (count: number): Refusal => ({
  status: 409, code: 'busy', en: `${count} of these clusters are in another rollout that is not over: wait for its end, or cancel it.`, vi: `${count} cụm loa đang trong đợt cập nhật khác: hãy chờ xong, hoặc huỷ đợt đó.`,
})
export const NOT_IN_FORCE: Refusal = { status: 409, code: 'over', en: 'This rollout is over: begin another one.', vi: 'Đợt cập nhật này đã kết thúc: hãy tạo đợt mới.' }
export const WRONG_STATE: Refusal = { status: 409, code: 'same', en: 'It is so already: look at the board.', vi: 'Đợt cập nhật đang ở trạng thái đó rồi: hãy xem bảng cập nhật.' }
export const NOT_OPEN: Refusal = NOT_YOURS
