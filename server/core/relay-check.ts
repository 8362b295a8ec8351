import type { WallMs } from '../../shared/core/clock.ts'

/** Why a relay was looked at: by a person, or ten and two minutes before it is due. */
export type CheckTrigger = 'test' | 'before-10' | 'before-2'

export type CheckOutcome =
  /** Sound that can be relayed. */
  | 'good'
  /** It answers, and is silent. */
  | 'silent'
  /** It answers, but no sound comes. */
  | 'no-sound'
  | 'unreachable'
  | 'no-address'
  /** The cluster's own line input: only the cluster can tell. */
  | 'cluster-line'
  /** The timetable names it, and the catalogue does not know it. */
  | 'unknown-relay'
  | 'ffmpeg-missing'

export interface RelayCheck {
  readonly relay: string
  readonly at: WallMs
  readonly trigger: CheckTrigger
  readonly outcome: CheckOutcome
  /** Such as `mp3, 44100 Hz, stereo`. */
  readonly codec: string | null
  /** dBFS. */
  readonly levelDb: number | null
  /** LUFS. */
  readonly lufs: number | null
  /** Sound that was heard, ms. */
  readonly heardMs: number
  /** The reader's last words where it failed; English, technical. */
  readonly said: string | null
}

/** A fault that a technician has to look at. The cluster's own line is not the server's to judge. */
export const isFault = ({ outcome }: Pick<RelayCheck, 'outcome'>): boolean => outcome !== 'good' && outcome !== 'cluster-line'

interface Words {
  readonly en: string
  readonly vi: string
}

const round = (value: number): number => Math.round(value)

/** One sentence for a person: how it is, and what to do where it is not well. */
export function checkWords(check: Pick<RelayCheck, 'relay' | 'outcome' | 'codec' | 'levelDb' | 'lufs'>, name: string): Words {
  const { codec, levelDb, lufs } = check
  switch (check.outcome) {
    case 'good': {
      const loud = lufs === null ? '' : `, ${round(lufs)} LUFS`
      return { en: `${name} can be heard well (${codec ?? 'sound'}${loud}).`, vi: `${name}: tiếp âm tốt (${codec ?? 'có tiếng'}${loud}).` }
    }
    case 'silent': return {
      en: `${name} answers but is silent (${round(levelDb ?? -120)} dB): ask the station, or check the tuner and the mixer.`,
      vi: `${name} có kết nối nhưng không có tiếng (${round(levelDb ?? -120)} dB): hãy hỏi đài phát, hoặc kiểm tra bộ thu và bàn trộn.`,
    }
    case 'no-sound': return {
      en: `${name} answers, but what comes is no sound: check that the address is that of the sound itself, not of a web page.`,
      vi: `${name} có trả lời nhưng không phải âm thanh: hãy kiểm tra địa chỉ, phải là địa chỉ luồng âm thanh chứ không phải trang web.`,
    }
    case 'unreachable': return {
      en: `${name} cannot be reached: check the address, the network of the server, or its audio input. The substitute will sound in its place.`,
      vi: `Không kết nối được ${name}: hãy kiểm tra địa chỉ, mạng hoặc đầu vào âm thanh của máy đài. Chương trình thay thế sẽ được phát.`,
    }
    case 'no-address': return {
      en: `${name} has no address yet: set it in the catalogue of relays. Until then the substitute sounds.`,
      vi: `${name} chưa có địa chỉ: hãy nhập địa chỉ trong danh mục đài tiếp âm. Trước lúc đó, chương trình thay thế sẽ được phát.`,
    }
    case 'cluster-line': return {
      en: `${name} is the cluster's own line input: the server does not open it.`,
      vi: `${name} lấy từ đầu vào âm thanh của cụm loa: máy đài không mở được, hãy nghe thử tại cụm loa.`,
    }
    case 'unknown-relay': return {
      en: `The timetable names the relay "${check.relay}", which is not in the catalogue: add it there with its address, or correct the name in the session. Until then the substitute sounds.`,
      vi: `Lịch phát có tiếp âm "${check.relay}" nhưng danh mục chưa có đài này: hãy thêm đài cùng địa chỉ, hoặc sửa tên trong buổi phát. Trước lúc đó, chương trình thay thế sẽ được phát.`,
    }
    case 'ffmpeg-missing': return {
      en: 'ffmpeg is not installed on the server: run "apt-get install ffmpeg".',
      vi: 'Máy đài chưa cài ffmpeg: hãy chạy "apt-get install ffmpeg".',
    }
  }
}
