import type { Session } from '../../../shared/core/timetable.ts'
import type { Placed } from '../../core/clash-place.ts'
import { refused, type FindingView, type Refusal } from '../../core/refusal.ts'
import type { MergeConflict } from '../../core/timetable-merge.ts'

export const DRAFT = { en: 'draft', vi: 'bản nháp lịch phát' }
export const SESSION = { en: 'session', vi: 'buổi phát' }
export const PUBLICATION = { en: 'publication', vi: 'lần công bố lịch' }

export const draftChanged = (version: number): Refusal => ({
  status: 409,
  code: 'draft-changed',
  en: `The draft was changed elsewhere meanwhile (it is at version ${version} now): load it again, then repeat the change.`,
  vi: `Bản nháp vừa được sửa ở nơi khác (nay là bản số ${version}): hãy tải lại rồi sửa tiếp.`,
})
export const closed = (state: 'published' | 'discarded', publication: number | null): Refusal =>
  state === 'published'
    ? { status: 409, code: 'published', en: `The draft was published as number ${publication}: begin a new one.`, vi: `Bản nháp đã được công bố (số ${publication}): hãy lập bản nháp mới.` }
    : { status: 409, code: 'discarded', en: 'The draft was discarded: begin a new one.', vi: 'Bản nháp đã bị huỷ: hãy lập bản nháp mới.' }
/** `area` by its name. */
export const outsideDraft = (area: string): Refusal => ({
  status: 403,
  code: 'outside-draft',
  field: '/targets',
  en: `This draft is for ${area}: choose targets within it, or begin a draft for a larger area.`,
  vi: `Bản nháp này dành cho ${area}: hãy chọn nơi phát trong địa bàn đó, hoặc lập bản nháp cho địa bàn rộng hơn.`,
})
export const unknownArea = (code: string, field = '/area'): Refusal => ({
  status: 422,
  code: 'unknown-area',
  field,
  en: `There is no area ${code}: look the code up in the list of areas.`,
  vi: `Không có địa bàn mã ${code}: xin xem lại danh sách địa bàn.`,
})
export const noSuchDate = (text: string, field: string): Refusal => ({
  status: 422,
  code: 'no-such-date',
  field,
  en: `The date ${text} does not exist: correct the day or the month.`,
  vi: `Ngày ${text} không có trong lịch: xin sửa lại ngày hoặc tháng.`,
})
export const OTHER_ID: Refusal = {
  status: 400,
  code: 'other-id',
  field: '/id',
  en: 'The id in the body is not the one in the address: make them the same.',
  vi: 'Mã trong nội dung khác mã trong địa chỉ: hãy ghi giống nhau.',
}
export const TOO_MANY_CHANGES: Refusal = {
  status: 422,
  code: 'too-many-changes',
  en: 'A draft changes 200 sessions at most: publish it first, or discard some of it.',
  vi: 'Một bản nháp sửa tối đa 200 buổi phát: hãy công bố trước, hoặc bỏ bớt.',
}
export const TOO_MANY_DRAFTS: Refusal = {
  status: 422,
  code: 'too-many-drafts',
  en: 'There are 200 open drafts already: discard those that are no longer needed.',
  vi: 'Đã có 200 bản nháp đang mở: hãy huỷ bớt bản không cần nữa.',
}
export const NO_CHANGE_OF_IT: Refusal = {
  status: 404,
  code: 'no-change',
  en: 'The draft does not change this session: look at its list of changes.',
  vi: 'Bản nháp không sửa buổi phát này: hãy xem lại danh sách thay đổi.',
}
export const NO_CONFLICT: Refusal = { status: 409, code: 'no-conflict', en: 'Nobody else changed this session: nothing is to be decided.', vi: 'Không ai khác sửa buổi phát này: không cần chọn.' }
export const NOTHING_TO_COPY: Refusal = {
  status: 422,
  code: 'nothing-to-copy',
  en: 'Nothing is to be copied: those days have no sessions of this area that the other days lack.',
  vi: 'Không có gì để chép: các ngày đó không có buổi phát nào của địa bàn này mà ngày đích còn thiếu.',
}
export const notInSession = (name: string): Refusal => ({
  status: 422,
  code: 'not-in-session',
  field: '/at',
  en: `Session "${name}" does not sound at that time: choose a time between its begin and its end.`,
  vi: `Buổi phát "${name}" không phát vào giờ đó: hãy chọn giờ từ lúc bắt đầu đến lúc kết thúc.`,
})
export const notThatDay = (name: string, date: string): Refusal => ({
  status: 422,
  code: 'not-that-day',
  field: '/date',
  en: `Session "${name}" does not come round on ${date}: choose one of its days.`,
  vi: `Buổi phát "${name}" không phát ngày ${date}: hãy chọn ngày có phát.`,
})

/** What somebody else published meanwhile, next to what the draft says. */
export function conflictFindings(conflicts: readonly MergeConflict[]): FindingView[] {
  return conflicts.map(({ session, theirs, mine }) => {
    const name = (mine ?? theirs)?.name ?? session
    return {
      level: 'refused',
      code: 'conflict',
      path: `/sessions/${session}`,
      en: `Somebody else published another "${name}" meanwhile: keep yours ("mine") or take theirs ("theirs").`,
      vi: `Người khác vừa công bố "${name}" khác: hãy giữ bản của bạn hoặc lấy bản đã công bố.`,
    }
  })
}
export const conflicting = (conflicts: readonly MergeConflict[]): Refusal => {
  const findings = conflictFindings(conflicts)
  return { status: 409, code: 'conflict', en: findings[0]?.en ?? '', vi: findings[0]?.vi ?? '', findings }
}

const PLACE_WORDS = {
  clash: {
    en: 'It clashes with what is there: answer with overwrite, append or move.',
    vi: 'Trùng lịch: hãy chọn ghi đè, nối tiếp hoặc dời.',
  },
  'not-yours': {
    en: 'What is there belongs to another area, and you may not change it: choose append, or another time.',
    vi: 'Buổi phát trùng giờ thuộc địa bàn khác, bạn không được sửa: hãy chọn nối tiếp, hoặc giờ khác.',
  },
  'no-room': {
    en: 'There is no room before midnight: choose an earlier time, or overwrite.',
    vi: 'Trong ngày không còn chỗ trống: hãy chọn giờ sớm hơn, hoặc ghi đè.',
  },
  'too-many-dates': {
    en: 'The two meet on too many dates to be told apart: end one of them first, or choose another time.',
    vi: 'Hai buổi phát trùng nhau quá nhiều ngày: hãy kết thúc một buổi trước, hoặc chọn giờ khác.',
  },
} as const

/** Why a session found no place, with each that stands in the way. */
export function notPlaced(placed: Extract<Placed, { ok: false }>, sessions: readonly Session[]): { readonly ok: false; readonly refusal: Refusal } {
  const words = PLACE_WORDS[placed.code]
  const names = new Map(sessions.map((session) => [session.id, session]))
  const findings = placed.sessions.map((id): FindingView => {
    const session = names.get(id)
    return { level: 'refused', code: placed.code, path: `/sessions/${id}`, en: `"${session?.name ?? id}", ${session?.at}–${session?.until}`, vi: `"${session?.name ?? id}", ${session?.at}–${session?.until}` }
  })
  return refused({ status: placed.code === 'not-yours' ? 403 : 409, code: placed.code, field: '/answer', ...words, findings })
}

/** The item that sounds at the chosen time. */
export const itemThere = (name: string, at: string): Refusal => ({
  status: 409,
  code: 'clash',
  field: '/answer',
  en: `"${name}" sounds at ${at}: answer with overwrite, append or move.`,
  vi: `Lúc ${at} đang có "${name}": hãy chọn ghi đè, nối tiếp hoặc dời.`,
})
