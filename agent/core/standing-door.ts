import type { Result } from '../../shared/core/result.ts'
import type { StandingAsk } from './standing-challenge.ts'

export type DoorRefusal =
  | 'disarmed' | 'plan-expired' | 'clock-untrusted' | 'no-such-order' | 'no-clip' | 'bad-challenge' | 'unknown-key' | 'key-ended' | 'order-ended' | 'wrong-signature' | 'not-sounding' | 'too-many-attempts'

/** What a phone on the box's own Wi-Fi is shown. */
export interface DoorView {
  readonly cluster: string
  /** Why nothing can be started now; null when it can. */
  readonly why: DoorRefusal | null
  readonly orders: readonly { readonly id: string; readonly name: string; readonly seconds: number }[]
  readonly sounding: readonly { readonly id: string; readonly name: string }[]
}
export interface DoorAct extends StandingAsk {
  readonly challenge: string
  /** Public key of the phone, base64url. */
  readonly key: string
  /** Ed25519 over `signedWords`, base64url. */
  readonly signature: string
}

/** What stands behind the door. The door itself decides nothing but how often somebody may try. */
export interface StandingDoor {
  view(): DoorView
  /** A challenge for one order and one act, good once, for a minute. */
  challenge(ask: StandingAsk): Result<string, DoorRefusal>
  /** Starts or stops; the value is the name of the order. */
  act(act: DoorAct): Result<string, DoorRefusal>
}

/** For a person with a phone in the rain. */
export const DOOR_SENTENCES: Readonly<Record<DoorRefusal, string>> = {
  'disarmed': 'Hộp này chưa được bật lệnh trực sẵn.',
  'plan-expired': 'Kế hoạch trên hộp đã hết hạn: hãy báo kỹ thuật viên.',
  'clock-untrusted': 'Hộp chưa biết giờ đúng nên chưa kiểm tra được khoá: hãy dùng khoá công tắc.',
  'no-such-order': 'Không có lệnh này trên hộp.',
  'order-ended': 'Lệnh này đã hết hạn: hãy báo xã gia hạn.',
  'no-clip': 'Bản ghi chưa tải về hộp.',
  'bad-challenge': 'Đã quá một phút hoặc đã dùng rồi: hãy giữ nút lại.',
  'unknown-key': 'Khoá này không được phép ở hộp này.',
  'key-ended': 'Khoá đã hết hạn: hãy xin khoá mới.',
  'wrong-signature': 'Khoá không đúng.',
  'not-sounding': 'Lệnh này đang không phát.',
  'too-many-attempts': 'Thử sai quá nhiều lần: hãy đợi một phút.',
}
