import { clockText } from './civil.ts'
import { durationText } from './durations.ts'
import type { DaySpan } from './policy.ts'

/** What admission has to say about one place of a timetable. Only `refused` keeps it from being taken. */
export interface Finding {
  readonly level: 'refused' | 'warning' | 'info'
  readonly code: string
  /** JSON pointer to the place, such as `/sessions/0/at`. */
  readonly path: string
  readonly en: string
  readonly vi: string
}

export type Sentence = Omit<Finding, 'path'>

const refused = (code: string, en: string, vi: string): Sentence => ({ level: 'refused', code, en, vi })
const warning = (code: string, en: string, vi: string): Sentence => ({ level: 'warning', code, en, vi })
const info = (code: string, en: string, vi: string): Sentence => ({ level: 'info', code, en, vi })

const spanText = (s: DaySpan): string => `${clockText(s.from)}–${clockText(s.to)}`
const spansText = (spans: readonly DaySpan[]): string => spans.map(spanText).join(', ')

/** How a session is named in a sentence: its name, and when it sounds. */
export interface Spoken {
  readonly name: string
  /** Seconds of the day; `to` may be the next day's. */
  readonly from: number
  readonly to: number
  /** Set where only this civil date is meant. */
  readonly date?: string
}

const onVi = (s: Spoken): string => (s.date === undefined ? '' : ` ngày ${s.date}`)
const onEn = (s: Spoken): string => (s.date === undefined ? '' : ` on ${s.date}`)

export const HOURS = {
  quiet: (s: Spoken, quiet: DaySpan, at: number, starts: boolean): Sentence =>
    starts
      ? refused('quiet-hours',
          `Session "${s.name}" at ${clockText(s.from)}${onEn(s)} lies in the quiet hours (${spanText(quiet)}). Choose another time, or ask for an opening.`,
          `Buổi phát "${s.name}" lúc ${clockText(s.from)}${onVi(s)} nằm trong giờ không phát (${spanText(quiet)}). Xin chọn giờ khác, hoặc xin mở giờ đặc biệt.`)
      : refused('quiet-hours',
          `Session "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onEn(s)} runs into the quiet hours (${spanText(quiet)}) at ${clockText(at)}. Shorten it, choose another time, or ask for an opening.`,
          `Buổi phát "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onVi(s)} lấn vào giờ không phát (${spanText(quiet)}) từ ${clockText(at)}. Xin rút ngắn, chọn giờ khác, hoặc xin mở giờ đặc biệt.`),
  window: (s: Spoken, windows: readonly DaySpan[], at: number): Sentence =>
    windows.length === 0
      ? refused('no-window',
          `Session "${s.name}" cannot sound: its policy allows no hours at all. Add allowed hours to the policy.`,
          `Buổi phát "${s.name}" không phát được: quy định chưa có khung giờ được phép. Xin thêm khung giờ được phép.`)
      : refused('outside-windows',
          `Session "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onEn(s)} is outside the allowed hours (${spansText(windows)}) at ${clockText(at)}. Choose a time within them.`,
          `Buổi phát "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onVi(s)} nằm ngoài khung giờ được phép (${spansText(windows)}), tại ${clockText(at)}. Xin chọn giờ trong khung được phép.`),
  warn: (s: Spoken, warn: DaySpan): Sentence =>
    warning('rest-hours',
      `Session "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onEn(s)} falls into the rest hours (${spanText(warn)}). It is allowed; check that it is meant.`,
      `Buổi phát "${s.name}" (${clockText(s.from)}–${clockText(s.to)})${onVi(s)} rơi vào giờ nghỉ trưa (${spanText(warn)}). Vẫn được phát, xin kiểm tra lại.`),
} as const

export const TIMES = {
  zeroLength: (name: string): Sentence =>
    refused('zero-length', `Session "${name}" begins and ends at the same time. Give a later end; a whole day is written 00:00 to 24:00.`,
      `Buổi phát "${name}" có giờ bắt đầu trùng giờ kết thúc. Xin chọn giờ kết thúc muộn hơn; phát cả ngày thì ghi 00:00 đến 24:00.`),
  startsAt24: (name: string): Sentence =>
    refused('starts-at-24', `Session "${name}" begins at 24:00. Write 00:00 on the next day.`,
      `Buổi phát "${name}" bắt đầu lúc 24:00. Xin ghi 00:00 của ngày hôm sau.`),
  badDuration: (text: string): Sentence =>
    refused('bad-duration', `"${text}" is no usable length. Write more than 0 and at most 24 h, for example 90s, 4m, 1h30m.`,
      `"${text}" không phải thời lượng hợp lệ. Xin ghi lớn hơn 0 và không quá 24 giờ, ví dụ 90s, 4m, 1h30m.`),
  badSpan: (text: string): Sentence =>
    refused('bad-span', `"${text}" is no span of the day. Write for example 05:00-21:00; a whole day is 00:00-24:00.`,
      `"${text}" không phải khoảng giờ hợp lệ. Xin ghi ví dụ 05:00-21:00; cả ngày là 00:00-24:00.`),
  noSuchDate: (text: string): Sentence =>
    refused('no-such-date', `The date ${text} does not exist. Correct the day or the month.`,
      `Ngày ${text} không có trong lịch. Xin sửa lại ngày hoặc tháng.`),
  emptyRange: (from: string, to: string): Sentence =>
    refused('empty-range', `The days from ${from} to ${to} run backwards. Put the earlier date first.`,
      `Khoảng ngày từ ${from} đến ${to} bị ngược. Xin ghi ngày sớm hơn trước.`),
  onceAlone: (name: string): Sentence =>
    refused('once-alone', `Session "${name}" has "once" together with other days. Keep "once" alone, or take it out.`,
      `Buổi phát "${name}" vừa ghi "once" vừa ghi ngày khác. Xin chỉ giữ "once", hoặc bỏ "once".`),
  repeatTooShort: (every: string, length: string): Sentence =>
    refused('repeat-too-short', `A round of ${length} does not fit into a repeat of ${every}. Make "every" longer than "length".`,
      `Mỗi lượt dài ${length} nhưng lặp lại sau ${every}. Xin để khoảng lặp dài hơn thời lượng.`),
  neverFits: (name: string): Sentence =>
    refused('repeat-never-fits', `No round of session "${name}" fits between its start and its end. Lengthen the session or shorten the round.`,
      `Không lượt nào của buổi phát "${name}" vừa từ giờ bắt đầu đến giờ kết thúc. Xin kéo dài buổi phát hoặc rút ngắn mỗi lượt.`),
  tooManyRounds: (name: string, rounds: number, most: number): Sentence =>
    refused('too-many-rounds', `Session "${name}" comes round ${rounds} times a day; at most ${most} are possible. Make "every" longer.`,
      `Buổi phát "${name}" lặp ${rounds} lượt mỗi ngày; nhiều nhất là ${most}. Xin tăng khoảng lặp.`),
  never: (name: string): Sentence =>
    warning('never', `Session "${name}" does not come round within a year from today. Check its days.`,
      `Buổi phát "${name}" không có ngày phát nào trong một năm tới. Xin kiểm tra ngày phát.`),
  shortens: (date: string): Sentence =>
    warning('extension-shortens', `The extension on ${date} ends no later than the session itself and changes nothing.`,
      `Lần kéo dài ngày ${date} không muộn hơn giờ kết thúc thường lệ nên không có tác dụng.`),
  lunarThirty: (text: string): Sentence =>
    warning('lunar-thirty', `Lunar day ${text} is missing in the years when that month has 29 days. Add the 29th where the last day of the month is meant.`,
      `Ngày ${text} âm lịch không có trong năm tháng thiếu (29 ngày). Nếu muốn ngày cuối tháng, xin thêm ngày 29.`),
} as const

export const NAMES = {
  noTargets: (name: string): Sentence =>
    refused('no-targets', `Session "${name}" has nobody to hear it. Name areas, groups or clusters, or write "all".`,
      `Buổi phát "${name}" chưa chọn nơi phát. Xin chọn địa bàn, nhóm hoặc cụm loa, hoặc ghi "all".`),
  noCluster: (name: string): Sentence =>
    warning('no-cluster', `Session "${name}" reaches no cluster today: none stands in what it names.`,
      `Buổi phát "${name}" hiện không tới cụm loa nào: nơi đã chọn chưa có cụm loa.`),
  unknownArea: (code: string): Sentence =>
    refused('unknown-area', `There is no area ${code}. Correct the code, or add the area first.`,
      `Không có địa bàn mã ${code}. Xin sửa mã, hoặc thêm địa bàn trước.`),
  unknownGroup: (id: string): Sentence =>
    refused('unknown-group', `There is no group "${id}". Correct the name, or add the group first.`,
      `Không có nhóm "${id}". Xin sửa tên, hoặc thêm nhóm trước.`),
  unknownCluster: (name: string): Sentence =>
    refused('unknown-cluster', `There is no cluster "${name}". Correct the name, or enrol the cluster first.`,
      `Không có cụm loa "${name}". Xin sửa tên, hoặc đăng ký cụm loa trước.`),
  ambiguousCluster: (name: string): Sentence =>
    refused('ambiguous-cluster', `Several clusters are called "${name}". Name the one that is meant by its id.`,
      `Có nhiều cụm loa cùng tên "${name}". Xin ghi mã của cụm loa cần chọn.`),
  unknownPolicy: (name: string): Sentence =>
    refused('unknown-policy', `There is no policy "${name}". Correct the name, or write the policy first.`,
      `Không có quy định giờ phát "${name}". Xin sửa tên, hoặc thêm quy định trước.`),
  unknownProgramme: (name: string): Sentence =>
    refused('unknown-programme', `There is no programme "${name}". Correct the name, or upload it first.`,
      `Không có chương trình "${name}". Xin sửa tên, hoặc tải chương trình lên trước.`),
  unknownSubstitute: (relay: string, name: string): Sentence =>
    refused('unknown-substitute', `The substitute "${name}" of relay "${relay}" is missing. Name a programme that the clusters can hold.`,
      `Không có chương trình dự phòng "${name}" cho tiếp âm "${relay}". Xin chọn một chương trình đã có.`),
  unknownRelay: (relay: string): Sentence =>
    warning('unknown-relay', `The relay "${relay}" is not in the catalogue: add it there with its address, or correct the name. Until then its substitute sounds.`,
      `Danh mục chưa có đài tiếp âm "${relay}". Xin thêm đài cùng địa chỉ, hoặc sửa tên. Trước lúc đó, chương trình thay thế sẽ được phát.`),
  unknownChime: (name: string): Sentence =>
    refused('unknown-chime', `There is no chime "${name}". Correct the name.`, `Không có nhạc hiệu "${name}". Xin sửa tên.`),
  duplicateId: (what: string, id: string): Sentence =>
    refused('duplicate-id', `The ${what} "${id}" is there twice. Give each its own.`, `"${id}" bị ghi hai lần. Xin đặt mỗi nơi một mã riêng.`),
} as const

export const AREAS = {
  unknownParent: (code: string, parent: string): Sentence =>
    refused('unknown-parent', `Area ${code} lies in ${parent}, which is not there. Add it or correct the code.`,
      `Địa bàn ${code} thuộc ${parent}, nhưng không có địa bàn này. Xin thêm hoặc sửa mã.`),
  cycle: (code: string): Sentence =>
    refused('area-cycle', `Area ${code} lies within itself. Correct the parents.`, `Địa bàn ${code} nằm trong chính nó. Xin sửa địa bàn cấp trên.`),
  wrongCode: (code: string, kind: string): Sentence =>
    refused('wrong-code', `${code} is no code of a ${kind}: a province has 2 digits, a commune 5, a hamlet the commune's 5 with a suffix.`,
      `Mã ${code} chưa đúng: tỉnh có 2 chữ số, xã có 5 chữ số, thôn là mã xã kèm phần đuôi.`),
  needsParent: (code: string): Sentence =>
    refused('needs-parent', `Area ${code} names no parent. A commune lies in a province, a hamlet in a commune.`,
      `Địa bàn ${code} chưa ghi địa bàn cấp trên. Xã thuộc tỉnh, thôn thuộc xã.`),
  overlap: (code: string): Sentence =>
    refused('duplicate-id', `Area ${code} is there twice for the same days. Keep one, or give them dates that do not overlap.`,
      `Địa bàn ${code} bị ghi hai lần cho cùng thời gian. Xin giữ một, hoặc sửa ngày hiệu lực.`),
  mergedWhen: (code: string): Sentence =>
    refused('merged-when', `Area ${code} names a successor but no last day. Add "to".`, `Địa bàn ${code} có địa bàn tiếp nhận nhưng thiếu ngày hết hiệu lực. Xin thêm "to".`),
} as const

export const LENGTHS = {
  overFilled: (name: string, byMs: number): Sentence =>
    warning('over-filled', `The items of session "${name}" are ${Math.ceil(byMs / 1000)} s longer than the session (${durationText(byMs)}); the end would be cut off.`,
      `Nội dung buổi phát "${name}" dài hơn khung giờ ${Math.ceil(byMs / 1000)} giây; phần cuối sẽ bị cắt.`),
  underFilled: (name: string, byMs: number): Sentence =>
    info('under-filled', `Session "${name}" is silent for its last ${Math.floor(byMs / 1000)} s: the items are shorter.`,
      `Buổi phát "${name}" còn trống ${Math.floor(byMs / 1000)} giây cuối: nội dung ngắn hơn khung giờ.`),
  clash: (name: string, other: string, date: string, level: 'warning' | 'info'): Sentence => ({
    level,
    code: level === 'warning' ? 'clash' : 'interrupts',
    en: level === 'warning'
      ? `Sessions "${name}" and "${other}" overlap on the same cluster, first on ${date}. Move one of them, or choose which is heard.`
      : `Sessions "${name}" and "${other}" overlap on the same cluster, first on ${date}; the one of the higher class interrupts.`,
    vi: level === 'warning'
      ? `Buổi phát "${name}" trùng lịch với "${other}" trên cùng cụm loa, bắt đầu từ ngày ${date}. Xin dời một buổi, hoặc chọn buổi được phát.`
      : `Buổi phát "${name}" và "${other}" trùng giờ trên cùng cụm loa, từ ngày ${date}; nội dung ưu tiên hơn sẽ chen ngang.`,
  }),
} as const

export type CapKind = 'sessionsPerDay' | 'minutesPerSession' | 'minutesPerDay' | 'daysPerWeek'

const CAP_WORDS: Record<CapKind, { readonly en: string; readonly vi: string }> = {
  sessionsPerDay: { en: 'sessions a day', vi: 'buổi mỗi ngày' },
  minutesPerSession: { en: 'minutes a session', vi: 'phút mỗi buổi' },
  minutesPerDay: { en: 'minutes a day', vi: 'phút mỗi ngày' },
  daysPerWeek: { en: 'days a week', vi: 'ngày mỗi tuần' },
}

/** A cap of the policy that would be broken: what would be, what may be, and when first. */
export const capBroken = (kind: CapKind, would: number, may: number, date: string): Sentence =>
  refused('cap', `On ${date} there would be ${would} ${CAP_WORDS[kind].en}; the policy allows ${may}. Take something out, or change the policy.`,
    `Ngày ${date} sẽ có ${would} ${CAP_WORDS[kind].vi}, quá mức cho phép là ${may}. Xin bớt nội dung, hoặc sửa quy định.`)
