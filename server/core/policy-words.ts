import { clockText } from '../../shared/core/civil.ts'
import type { Caps, DaySpan, Policy } from '../../shared/core/policy.ts'
import type { Words } from './difference-words.ts'

const spans = (list: readonly DaySpan[]): string => list.map((s) => `${clockText(s.from)}–${clockText(s.to)}`).join(', ')

function capWords(caps: Caps): Words[] {
  const words: Words[] = []
  const say = (n: number | undefined, en: (n: number) => string, vi: (n: number) => string): void => void (n !== undefined && words.push({ en: en(n), vi: vi(n) }))
  say(caps.sessionsPerDay, (n) => `At most ${n} sessions a day.`, (n) => `Mỗi ngày tối đa ${n} buổi phát.`)
  say(caps.minutesPerSession, (n) => `A session lasts ${n} minutes at most.`, (n) => `Mỗi buổi phát tối đa ${n} phút.`)
  say(caps.minutesPerDay, (n) => `At most ${n} minutes a day in all.`, (n) => `Mỗi ngày phát tối đa ${n} phút.`)
  say(caps.daysPerWeek, (n) => `At most ${n} days a week.`, (n) => `Mỗi tuần phát tối đa ${n} ngày.`)
  return words
}

/** What a policy means, a sentence each, for whoever fills the timetable. */
export function policySentences(policy: Policy, caps: Caps | undefined): Words[] {
  const words: Words[] = [
    policy.windows.length === 0
      ? { en: 'No hours are allowed for the timetable.', vi: 'Chưa có khung giờ nào được phép phát theo lịch.' }
      : { en: `The timetable may sound at ${spans(policy.windows)}.`, vi: `Lịch phát được phép trong khung giờ ${spans(policy.windows)}.` },
  ]
  if (policy.quiet.length > 0) words.push({ en: `Quiet at ${spans(policy.quiet)}: only emergencies and openings sound.`, vi: `Giờ không phát ${spans(policy.quiet)}: chỉ phát khẩn cấp hoặc khi mở giờ đặc biệt.` })
  if (policy.warn.length > 0) words.push({ en: `${spans(policy.warn)} is rest: what falls into it is asked about.`, vi: `${spans(policy.warn)} là giờ nghỉ: phát vào giờ này sẽ được nhắc.` })
  for (const v of policy.volume) words.push({ en: `Volume ${v.percent} % at ${spans([v])}.`, vi: `Âm lượng ${v.percent} % trong khoảng ${spans([v])}.` })
  if (policy.mourning.length > 0) words.push({ en: `Days of mourning without music: ${policy.mourning.join(', ')}.`, vi: `Ngày quốc tang, không phát nhạc: ${policy.mourning.join(', ')}.` })
  return [...words, ...(caps ? capWords(caps) : [])]
}
