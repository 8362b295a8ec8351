import type { WallMs } from '../../shared/core/clock.ts'
import type { Served } from '../../shared/protocol/messages/service.ts'

/** One thing that a box found when it tested itself. */
export interface SelfTestFinding {
  /** `fault`: listeners will miss something; `note`: worth knowing. */
  readonly level: 'fault' | 'note'
  readonly en: string
  readonly vi: string
}
/** What keeps a box from passing, as far as nobody else tells of it. */
export interface SelfTestFault {
  readonly since: WallMs
  readonly en: string
  readonly vi: string
}

type Facts = NonNullable<Served['facts']>
type Words = readonly [en: string, vi: string]

/** By the box's word for what its sound device did. */
const SOUND: Readonly<Record<string, SelfTestFinding>> = {
  lost: { level: 'fault', en: 'The sound card cannot be opened, or broke off: look at the card and its cable.', vi: 'Không mở được thẻ âm thanh, hoặc thẻ ngừng giữa chừng: kiểm tra thẻ và dây cắm.' },
  swallows: { level: 'fault', en: 'The sound card takes sound and lets none out: start the box anew, and look at the card.', vi: 'Thẻ âm thanh nhận tiếng nhưng không phát ra: khởi động lại thiết bị và kiểm tra thẻ.' },
  starved: { level: 'fault', en: 'The sound broke off again and again: the box is too busy, or the card is at fault.', vi: 'Tiếng bị ngắt quãng nhiều lần: thiết bị quá tải hoặc thẻ âm thanh trục trặc.' },
  'wrong-rate': { level: 'fault', en: 'The sound card runs at a wrong speed: look at its settings, or replace it.', vi: 'Thẻ âm thanh chạy sai tốc độ: kiểm tra cài đặt hoặc thay thẻ.' },
  'not-now': { level: 'note', en: 'The sound card was not tried: something sounds, or will soon.', vi: 'Chưa thử thẻ âm thanh vì đang phát hoặc sắp phát.' },
  'taken-over': { level: 'note', en: 'The trial of the sound card ended early: something was to sound.', vi: 'Thử thẻ âm thanh dừng sớm vì đến giờ phát.' },
  well: { level: 'note', en: 'The sound card takes sound as it should.', vi: 'Thẻ âm thanh hoạt động tốt.' },
}
/** The amplifier is off: whatever is as loud as that is no programme. */
const LOUD_DB = -20

const number = (facts: Facts, name: string): number | null => (typeof facts[name] === 'number' ? facts[name] : null)
const decimal = (value: number): string => value.toFixed(0).replace('-', '−')
const fault = ([en, vi]: Words): SelfTestFinding => ({ level: 'fault', en, vi })
const note = ([en, vi]: Words): SelfTestFinding => ({ level: 'note', en, vi })

/** What the box itself found wrong with its disk, its sound card or its ear; others tell of its clock and of what it lacks. */
function ownFindings(facts: Facts): SelfTestFinding[] {
  const sound = typeof facts['sound'] === 'string' ? SOUND[facts['sound']] : undefined
  return [
    ...(facts['diskWell'] === false ? [fault(['The memory of the box cannot be written: replace it.', 'Bộ nhớ của cụm loa không ghi được: cần thay.'])] : []),
    ...(sound ? [sound] : []),
    ...(facts['ear'] === 'no-input' ? [fault(['Nothing comes from its monitor input: look at the microphone and its cable.', 'Đầu vào nghe kiểm tra không có tín hiệu: kiểm tra micro và dây.'])] : []),
  ]
}

/** What a self-test comes to, in plain words: faults first. Facts of an older box say less. */
export function selfTestFindings(facts: Facts): SelfTestFinding[] {
  const [held, due, noise, hum] = [number(facts, 'held'), number(facts, 'due'), number(facts, 'noiseDb'), number(facts, 'humDb')]
  const all = [
    ...ownFindings(facts),
    ...(facts['clockTrusted'] === false ? [fault(['Its clock is not trusted.', 'Đồng hồ của cụm loa chưa đúng.'])] : []),
    ...(held !== null && due !== null && held < due ? [fault([`${due - held} programmes for the coming sessions are not there yet.`, `Còn thiếu ${due - held} nội dung cho các buổi phát sắp tới.`])] : []),
    ...(noise === null || hum === null ? [] : [note([`Noise ${decimal(noise)} dB, hum ${decimal(hum)} dB while nothing sounded.`, `Khi không phát: tiếng ồn ${decimal(noise)} dB, tiếng ù điện ${decimal(hum)} dB.`])]),
    ...(noise !== null && noise > LOUD_DB ? [note(['It is loud there although the amplifier is off.', 'Tăng âm đã tắt mà tại cụm loa vẫn có tiếng lớn.'])] : []),
  ]
  return [...all.filter(({ level }) => level === 'fault'), ...all.filter(({ level }) => level === 'note')]
}

/**
 * What a finished self-test says of the box: a fault, `well`, or nothing new, where the sound card was not tried. Only what the box can
 * find by itself counts: its clock and what it lacks have rules of their own.
 */
export function selfTestVerdict({ st, at, facts = {} }: Pick<Served, 'st' | 'at' | 'facts'>): SelfTestFault | 'well' | null {
  if (st !== 'done' && st !== 'failed') return null
  const faults = ownFindings(facts).filter(({ level }) => level === 'fault')
  if (faults.length > 0) return { since: at as WallMs, en: faults.map(({ en }) => en).join(' '), vi: faults.map(({ vi }) => vi).join(' ') }
  return facts['sound'] === 'well' ? 'well' : null
}
