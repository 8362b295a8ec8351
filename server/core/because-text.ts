import { clockText, msOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { unreachable } from '../../shared/core/result.ts'
import type { Because } from '../../shared/core/timeline.ts'

export interface Words {
  readonly en: string
  readonly vi: string
}

/** `05:30` of an instant, Viet Nam time. */
const timeOf = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 1000))

/** What held an item up: the code of a bound, or another slot. */
const HOLDERS: Readonly<Record<string, Words>> = {
  stopped: { en: 'a stop', vi: 'lệnh dừng phát' },
  'unknown-policy': { en: 'a missing policy', vi: 'thiếu quy định giờ phát' },
  muted: { en: 'the mute', vi: 'tắt tiếng' },
  paused: { en: 'a pause', vi: 'tạm ngừng phát' },
  mourning: { en: 'mourning', vi: 'ngày quốc tang' },
  'quiet-hours': { en: 'the quiet hours', vi: 'giờ không phát' },
  'outside-window': { en: 'the allowed hours', vi: 'khung giờ được phép' },
}

/** Names a slot for the reader; its id where the title is not known. */
export type NameOf = (slot: string) => string

const holderOf = (after: string | undefined, nameOf: NameOf): Words => {
  if (after === undefined) return { en: 'something else', vi: 'nội dung khác' }
  return Object.hasOwn(HOLDERS, after) ? (HOLDERS[after] as Words) : { en: `"${nameOf(after)}"`, vi: `"${nameOf(after)}"` }
}

const RULES = {
  'from-the-beginning': { en: 'from its beginning', vi: 'từ đầu' },
  'at-the-offset': { en: 'where it was cut off', vi: 'từ chỗ bị ngắt' },
  'where-it-would-be-now': { en: 'where it would be by now', vi: 'theo đúng thời điểm hiện tại' },
  drop: { en: 'not at all', vi: 'không phát lại' },
} as const

type Silent = Exclude<Because, { code: 'due' | 'resumed' | 'late' }>

/** `(21:00–05:00, reason)` of a bound, as far as it says. */
function boundOf({ from, to, reason }: Silent): string {
  const span = from === undefined || to === undefined ? '' : `${timeOf(from)}–${timeOf(to)}`
  const told = [span, reason ?? ''].filter((part) => part !== '').join(', ')
  return told === '' ? '' : ` (${told})`
}

function silence(because: Silent, nameOf: NameOf): Words {
  const item = because.slot === undefined ? null : `"${nameOf(because.slot)}"`
  const due = item === null ? { en: '', vi: '' } : { en: `${item} is due, but `, vi: `Đến giờ phát ${item}, nhưng ` }
  const bound = boundOf(because)
  const say = (en: string, vi: string): Words => {
    const whole = { en: `${due.en}${en}${bound}.`, vi: `${due.vi}${vi}${bound}.` }
    return { en: whole.en.charAt(0).toUpperCase() + whole.en.slice(1), vi: whole.vi.charAt(0).toUpperCase() + whole.vi.slice(1) }
  }
  switch (because.code) {
    case 'stopped':
      return say('the cluster was stopped', 'cụm loa đã được lệnh dừng phát')
    case 'unknown-policy':
      return say('the policy that it names does not exist', 'không có quy định giờ phát đã ghi')
    case 'muted':
      return say('the cluster is muted', 'cụm loa đang tắt tiếng')
    case 'paused':
      return say('sound is paused here', 'nơi này đang tạm ngừng phát')
    case 'mourning':
      return say('it is a day of mourning', 'hôm nay là ngày quốc tang')
    case 'quiet-hours':
      return say('these are the quiet hours', 'đang là giờ không phát')
    case 'outside-window':
      return say('this is outside the allowed hours', 'ngoài khung giờ được phép')
    case 'gone': {
      const holder = holderOf(because.after, nameOf)
      return say(`it does not come back after ${holder.en}`, `không phát tiếp sau ${holder.vi}`)
    }
    case 'nothing-due':
      return { en: 'Nothing is due.', vi: 'Không có nội dung nào đến giờ phát.' }
    default:
      return unreachable(because.code)
  }
}

/** One sentence that answers "why is this (not) playing?", for every code there is. */
export function becauseText(because: Because, nameOf: NameOf): Words {
  switch (because.code) {
    case 'due':
      return { en: `"${nameOf(because.slot)}" is due by the timetable.`, vi: `Đang đến giờ phát "${nameOf(because.slot)}" theo lịch.` }
    case 'resumed': {
      const holder = holderOf(because.after, nameOf)
      const rule = RULES[because.rule]
      return {
        en: `"${nameOf(because.slot)}" came back ${rule.en} after ${holder.en}.`,
        vi: `"${nameOf(because.slot)}" phát lại ${rule.vi} sau ${holder.vi}.`,
      }
    }
    case 'late': {
      const holder = holderOf(because.after, nameOf)
      return { en: `"${nameOf(because.slot)}" began late, after ${holder.en}.`, vi: `"${nameOf(because.slot)}" phát muộn, sau ${holder.vi}.` }
    }
    default:
      return silence(because, nameOf)
  }
}
