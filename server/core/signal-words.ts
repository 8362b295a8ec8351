import type { RadioFigures, SignalFigure, SignalReason, SignalVerdict } from '../../shared/core/signal-class.ts'

const AT: Readonly<Record<SignalFigure, 0 | 1 | 2 | 3>> = { rsrp: 0, rsrq: 1, sinr: 2, rssi: 3 }
const UNIT: Readonly<Record<SignalFigure, string>> = { rsrp: 'dBm', rsrq: 'dB', sinr: 'dB', rssi: 'dBm' }

const CLASS_VI = { good: 'tốt', fair: 'trung bình', poor: 'kém', none: 'chưa rõ' } as const

/** What is the matter, and what helps: a weak cell asks for another aerial, a noisy one for another direction, a crowded one for another operator. */
const REASON: Readonly<Record<SignalReason, { readonly vi: string; readonly en: string }>> = {
  fine: { vi: '', en: '' },
  'weak-cell': { vi: 'trạm phát sóng ở xa hoặc bị che: nâng hoặc đổi ăng-ten', en: 'the cell is far or hidden: raise the aerial or take a better one' },
  'noisy-cell': { vi: 'sóng đủ mạnh nhưng bị nhiễu: xoay ăng-ten hoặc đổi băng tần', en: 'the cell is strong enough but disturbed: turn the aerial or change the band' },
  'crowded-cell': { vi: 'trạm phát sóng quá tải: thử nhà mạng khác', en: 'the cell is crowded: try another operator' },
  'no-figures': { vi: 'modem không cho biết', en: 'the modem does not tell' },
}

export interface SignalWords {
  readonly vi: string
  readonly en: string
  /** The value that decided; null without one. */
  readonly figure: number | null
}

/** The class in words, with the figure that decided it and what to do. */
export function signalWords(signal: SignalVerdict & { readonly figures: RadioFigures }): SignalWords {
  const figure = signal.worst === null ? null : signal.figures[AT[signal.worst]]
  const because = signal.worst === null || figure === null ? '' : ` (${signal.worst.toUpperCase()} ${figure} ${UNIT[signal.worst]})`
  const { vi, en } = REASON[signal.reason]
  return {
    figure,
    vi: `Sóng 4G ${CLASS_VI[signal.class]}${because}${vi === '' ? '' : `: ${vi}`}.`,
    en: `4G signal ${signal.class}${because}${en === '' ? '' : `: ${en}`}.`,
  }
}
