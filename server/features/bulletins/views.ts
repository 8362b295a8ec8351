import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { LanguageCode } from '../../../shared/core/languages.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { BULLETIN_CLASSES, type Bulletin, type BulletinInCommune, type BulletinReader } from '../../core/bulletin.ts'
import { Sentence } from '../../core/refusal.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Text = nullable(Type.String())
const Instant = Type.String({ format: 'date-time', maxLength: 40, description: 'with offset' })
export const ExternalId = Type.String({ pattern: '^[A-Za-z0-9._:-]{1,80}$', description: 'the sender’s own id: letters, digits and . _ : -' })

/** What a sender gives. */
export const BulletinBody = Type.Object(
  {
    id: ExternalId,
    class: Type.Enum([...BULLETIN_CLASSES], { description: 'normal: the commune decides; priority: the next session; emergency: at once' }),
    title: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }),
    text: Type.Optional(Type.String({ minLength: 1, maxLength: 20_000, pattern: '\\S' })),
    language: Type.Optional(LanguageCode),
    areas: Type.Array(AreaCode, { minItems: 1, maxItems: 500, uniqueItems: true }),
    validUntil: Type.Optional(Instant),
    deadline: Type.Optional(Type.String({ ...Instant, description: 'until when everybody should have read it, with offset' })),
    danger: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: 'of an emergency; 5 where absent' })),
  },
  strict,
)
export type BulletinBody = Static<typeof BulletinBody>

export const CommuneView = Type.Object({
  commune: Type.String(), name: Type.String(), receivedAt: Type.String(), readAt: Text, decision: Type.String({ description: 'none, taken, declined' }), decidedAt: Text, decidedBy: Text, reason: Text,
  programme: Text, placedAt: Text, order: Type.Integer(), soundings: Type.Array(Type.Object({ kind: Type.String(), id: Type.String(), at: Type.String(), to: Type.String(), clusters: Type.Integer() })),
  collides: Type.Array(Type.Object({ session: Type.String(), name: Type.String(), order: Type.Integer() }), { description: 'priority items of the commune’s own at the same time: set the order' }),
  airedAt: Text, problem: nullable(Sentence), readers: Type.Array(Type.Object({ name: Type.String(), at: Type.String() })),
})
export type CommuneView = Static<typeof CommuneView>
export const BulletinView = Type.Object({
  id: Type.String(), external: Type.String(), version: Type.Integer(), sender: Type.String(), class: Type.Enum([...BULLETIN_CLASSES]), title: Type.String(), text: Text, language: Type.String(), areas: Type.Array(Type.String()),
  validUntil: Text, deadline: Text, receivedAt: Type.String(), correctedAt: Text, withdrawnAt: Text, withdrawnReason: Text, programme: Text, emergency: Text,
  document: nullable(Type.Object({ name: Type.String(), type: Type.String(), bytes: Type.Integer(), path: Type.String({ description: 'under /api/v1' }) })),
  communes: Type.Array(CommuneView, { description: 'those that you see' }),
  delivered: Type.Object({ communes: Type.Integer(), read: Type.Integer(), unread: Type.Array(Type.String()) }, { description: 'of those that you see' }),
})
export type BulletinView = Static<typeof BulletinView>

const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(at))

export interface ViewParts {
  readonly nameOf: (commune: string) => string
  readonly readers: readonly BulletinReader[]
  readonly collisions: (row: BulletinInCommune) => CommuneView['collides']
}
export const communeView = (row: BulletinInCommune, { nameOf, readers, collisions }: ViewParts): CommuneView => ({
  commune: row.commune, name: nameOf(row.commune), receivedAt: isoWithOffset(row.receivedAt), readAt: iso(row.readAt), decision: row.decision, decidedAt: iso(row.decidedAt), decidedBy: row.decidedBy, reason: row.reason,
  programme: row.programme, placedAt: iso(row.placedAt), order: row.order, airedAt: iso(row.airedAt), problem: row.problem, collides: collisions(row),
  soundings: row.soundings.map(({ kind, id, at, to, clusters }) => ({ kind, id, at: isoWithOffset(at), to: isoWithOffset(to), clusters: clusters.length })),
  readers: readers.filter(({ commune }) => commune === row.commune).map(({ name, at }) => ({ name, at: isoWithOffset(at) })),
})

export function bulletinView(b: Bulletin, rows: readonly BulletinInCommune[], parts: ViewParts & { readonly types: Readonly<Record<string, string>> }): BulletinView {
  const unread = rows.filter(({ readAt }) => readAt === null).map(({ commune }) => commune)
  return {
    id: b.id, external: b.external, version: b.version, sender: b.senderName, class: b.class, title: b.title, text: b.text, language: b.language, areas: [...b.areas], validUntil: iso(b.validUntil), deadline: iso(b.deadline),
    receivedAt: isoWithOffset(b.receivedAt), correctedAt: iso(b.correctedAt), withdrawnAt: iso(b.withdrawnAt), withdrawnReason: b.withdrawnReason, programme: b.programme, emergency: b.emergency,
    document: b.document && { name: b.document.name, type: parts.types[b.document.kind] ?? '', bytes: b.document.bytes, path: `/bulletins/${b.id}/document` },
    communes: rows.map((row) => communeView(row, parts)), delivered: { communes: rows.length, read: rows.length - unread.length, unread },
  }
}
