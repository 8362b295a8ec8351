import type { WallMs } from '../../shared/core/clock.ts'
import type { NoticeSounding } from './notice.ts'
import type { Sentence } from './refusal.ts'

/** thông thường · ưu tiên · khẩn cấp: the classes of Circular 39/2020. */
export const BULLETIN_CLASSES = ['normal', 'priority', 'emergency'] as const
export type BulletinClass = (typeof BULLETIN_CLASSES)[number]
export const DOCUMENT_TYPES = { pdf: 'application/pdf', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' } as const
export type DocumentKind = keyof typeof DOCUMENT_TYPES
export const MAX_DOCUMENT_BYTES = 20 * 1_048_576

export interface BulletinDocument {
  /** Its file in the folder of documents. */
  readonly file: string
  readonly name: string
  readonly kind: DocumentKind
  readonly bytes: number
}
/** bản tin of a higher level */
export interface Bulletin {
  readonly id: string
  /** `source:ID` or `person:ID`, and what others see of them. */
  readonly sender: string
  readonly senderName: string
  /** What the sender calls it: the same name twice is one bulletin. */
  readonly external: string
  /** Counts up with each correction, from 1. */
  readonly version: number
  /** Of what the sender gave, so that the same again is known. */
  readonly fingerprint: string
  readonly class: BulletinClass
  readonly title: string
  readonly text: string | null
  readonly language: string
  /** Codes as they were addressed. */
  readonly areas: readonly string[]
  readonly validUntil: WallMs | null
  /** Until when everybody should have read it. */
  readonly deadline: WallMs | null
  readonly receivedAt: WallMs
  readonly correctedAt: WallMs | null
  readonly withdrawnAt: WallMs | null
  readonly withdrawnReason: string | null
  /** Its sound; null where there is none (yet). */
  readonly programme: string | null
  readonly document: BulletinDocument | null
  readonly emergency: string | null
}
/** What became of it in one commune. */
export interface BulletinInCommune {
  readonly bulletin: string
  readonly commune: string
  readonly receivedAt: WallMs
  /** When its first person opened it. */
  readonly readAt: WallMs | null
  readonly decision: 'none' | 'taken' | 'declined'
  readonly decidedAt: WallMs | null
  readonly decidedBy: string | null
  readonly reason: string | null
  /** Spoken for this commune; null = the bulletin's own. */
  readonly programme: string | null
  readonly placedAt: WallMs | null
  readonly order: number
  readonly soundings: readonly NoticeSounding[]
  /** By the evidence of its clusters. */
  readonly airedAt: WallMs | null
  readonly remindedAt: WallMs | null
  /** Why it could not be placed. */
  readonly problem: Sentence | null
}
export interface BulletinReader {
  readonly commune: string
  readonly person: string
  readonly name: string
  readonly at: WallMs
}
export interface BulletinStore {
  insert(bulletin: Bulletin, communes: readonly BulletinInCommune[]): void
  save(bulletin: Bulletin): void
  saveCommune(row: BulletinInCommune): void
  /** Forgets what became of an earlier version: who had it, and who read it. */
  forgetCommunes(bulletin: string): void
  byId(id: string): Bulletin | null
  byExternal(sender: string, external: string): Bulletin | null
  /** Newest first. */
  list(most: number): Bulletin[]
  communes(bulletin: string): BulletinInCommune[]
  commune(bulletin: string, commune: string): BulletinInCommune | null
  /** Placed, and not known to have sounded, of bulletins received from an instant on. */
  unaired(since: WallMs): BulletinInCommune[]
  /** Not read and not reminded of, of bulletins whose deadline lies in [from, to). */
  unread(from: WallMs, to: WallMs): BulletinInCommune[]
  /** Each person's first time counts; false = they had read it before. */
  noteReader(bulletin: string, reader: BulletinReader): boolean
  readers(bulletin: string): BulletinReader[]
}

export const inCommune = (bulletin: string, commune: string, receivedAt: WallMs): BulletinInCommune => ({
  bulletin, commune, receivedAt, readAt: null, decision: 'none', decidedAt: null, decidedBy: null, reason: null, programme: null, placedAt: null, order: 0, soundings: [], airedAt: null, remindedAt: null, problem: null,
})

const has = (bytes: Uint8Array, text: string): boolean => new TextDecoder('latin1').decode(bytes).includes(text)
/** What a file's bytes say that it is; null = no document that is taken here. One with macros is none. */
export function documentKind(bytes: Uint8Array): DocumentKind | null {
  if (has(bytes.subarray(0, 5), '%PDF-')) return 'pdf'
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
  return isZip && has(bytes, 'word/document.xml') && !has(bytes, 'vbaProject.bin') ? 'docx' : null
}

/** Documents that came with bulletins, in the folder of the station. */
export interface DocumentFiles {
  /** What a file of the caller's is; null = no document, or larger than `MAX_DOCUMENT_BYTES`. */
  kindOf(path: string): Promise<DocumentKind | null>
  /** Keeps a copy under an identity of a–z and 0–9, on the disk when it is answered; answers its length. */
  keep(file: string, path: string): Promise<number>
  /** null when absent. */
  open(file: string): Promise<{ readonly bytes: number; readonly stream: NodeJS.ReadableStream } | null>
}
