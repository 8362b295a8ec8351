import type { UpdateState, UpdateWhy } from '../../../shared/protocol/messages/update.ts'
import type { HaltWhy } from '../../core/update-store.ts'

export interface Text {
  readonly en: string
  readonly vi: string
}

/** How far a cluster has come, for people. */
export const STATE_TEXT: Readonly<Record<UpdateState, Text>> = {
  waiting: { en: 'waiting', vi: 'đang chờ' },
  downloading: { en: 'downloading', vi: 'đang tải' },
  ready: { en: 'downloaded, waits for a quiet half-hour', vi: 'đã tải xong, chờ lúc không phát' },
  trial: { en: 'on trial', vi: 'đang chạy thử' },
  done: { en: 'done', vi: 'đã cập nhật' },
  'fell-back': { en: 'fell back to the version before', vi: 'đã quay lại phiên bản cũ' },
  failed: { en: 'failed', vi: 'không cập nhật được' },
}

/** Why a cluster did not take the release, and what to do. */
export const WHY_TEXT: Readonly<Record<UpdateWhy, Text>> = {
  forged: { en: 'The release is not signed for this station: make it anew with the key of the station.', vi: 'Bản cập nhật không có chữ ký hợp lệ của đài: hãy hỏi nhà cung cấp.' },
  malformed: { en: 'The box cannot read the manifest: its version may be too old for it. Go by a version in between.', vi: 'Cụm loa không đọc được bản cập nhật: hãy xin nhà cung cấp một phiên bản ở giữa.' },
  downgrade: { en: 'It is older than what runs there: to go back on purpose, make a release with --back.', vi: 'Cũ hơn phiên bản đang chạy: nếu thật muốn quay lại, hãy xin nhà cung cấp bản dành cho việc quay lại.' },
  replayed: { en: 'A newer release has run there already: make this one anew.', vi: 'Cụm loa đã từng chạy bản mới hơn: hãy xin nhà cung cấp làm lại bản này.' },
  'too-old': { en: 'What runs there is too old for it: go to a version in between first.', vi: 'Phiên bản đang chạy quá cũ: hãy xin nhà cung cấp một phiên bản ở giữa và cập nhật trước.' },
  'wrong-protocol': { en: 'It does not speak the protocol of this station.', vi: 'Bản cập nhật không hợp với đài này: hãy hỏi nhà cung cấp.' },
  'node-too-old': { en: 'Node on the box is too old: install a newer one there.', vi: 'Chương trình nền của cụm loa quá cũ: cần cài bản mới tại chỗ.' },
  'no-space': { en: 'There is no room on its disk.', vi: 'Bộ nhớ của cụm loa không đủ chỗ.' },
  'not-here': { en: 'The box was not set up by install-agent, so nobody would start the new version: bring it up to date by hand.', vi: 'Cụm loa này được cài theo cách khác: cần cập nhật tại chỗ.' },
  unfetchable: { en: 'The files did not come whole, again and again: look at the link.', vi: 'Tải nhiều lần không trọn vẹn: hãy kiểm tra đường truyền.' },
  damaged: { en: 'Its files were not what the release names: look at the disk of the box.', vi: 'Bản cập nhật trên cụm loa bị hỏng: hãy kiểm tra bộ nhớ.' },
  crashed: { en: 'It ended again and again after its start.', vi: 'Phiên bản mới khởi động rồi dừng liên tục.' },
  'not-well': { en: 'It started, and did not connect and find its plan although the broker could be reached.', vi: 'Phiên bản mới chạy nhưng không kết nối được về đài.' },
  budget: { en: 'What its SIM may fetch in a day is spent: it goes on by itself on another day.', vi: 'Đã hết dung lượng tải trong ngày của SIM: cụm loa tự tải tiếp vào ngày sau.' },
  disk: { en: 'The disk of the box does not take it.', vi: 'Bộ nhớ của cụm loa không ghi được.' },
}

/** Why a rollout stands still. */
export const HALT_TEXT: Readonly<Record<HaltWhy, Text>> = {
  fell: { en: 'clusters fell back to the version before', vi: 'có cụm loa phải quay lại phiên bản cũ' },
  missing: { en: 'clusters did not come back with the new version', vi: 'có cụm loa chưa trở lại sau khi cập nhật' },
  incident: { en: 'clusters have a new incident since', vi: 'có cụm loa phát sinh sự cố sau khi cập nhật' },
  offline: { en: 'clusters have lost their link since', vi: 'có cụm loa mất kết nối sau khi cập nhật' },
  'nothing-proved': { en: 'no cluster of this step could take the release', vi: 'không cụm loa nào của đợt này cập nhật được' },
  person: { en: 'a person halted it', vi: 'có người cho dừng' },
}
