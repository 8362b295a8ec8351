import type { WallMs } from '../../shared/core/clock.ts'
import type { Result } from '../../shared/core/result.ts'
import type { SignedDocument, XmlElement } from './cap-xml.ts'

/** Who may warn here. */
export interface CapSender {
  /** 0 = hamlet … 3 = nation. */
  readonly authority: number
  /** File name of the only certificate that speaks for this sender; null = any of them. */
  readonly certificate: string | null
  /** What is less than this is no emergency: nobody is woken for it. */
  readonly leastDanger: number
}
export interface CapSettings {
  readonly senders: ReadonlyMap<string, CapSender>
  /** Names of geocodes whose values are codes of our areas. */
  readonly geocodes: readonly string[]
  /** Voice for a language other than Vietnamese, by its code in lower case: `en`. Absent = not spoken. */
  readonly voices: ReadonlyMap<string, string>
}

export type SealRefusal = 'not-set-up' | 'malformed' | 'unsigned' | 'wrongly-signed'

/** Opens signed warnings. */
export interface CapSeal {
  /** Certificates and senders as they are now. A sentence for the administrator where they cannot be read. */
  settings(): Promise<Result<CapSettings, 'not-set-up'>>
  /** What a configured certificate, valid at `at`, has signed of a document, and nothing else of it. */
  open(bytes: Uint8Array, at: WallMs): Promise<Result<SignedDocument, SealRefusal>>
  /** Reads again what was opened before; null when it is damaged. */
  reread(text: string): XmlElement | null
}
