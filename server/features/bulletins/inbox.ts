import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import { createTurns } from '../../../shared/core/turns.ts'
import { approvalRefusal } from '../../core/approval.ts'
import { DOCUMENT_TYPES, type Bulletin, type BulletinDocument, type BulletinInCommune } from '../../core/bulletin.ts'
import type { Identity } from '../../core/identity.ts'
import { areasWhere } from '../../core/permissions.ts'
import type { NoticeWhen } from '../../core/notice.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import { createApprovalHandlers } from '../approval/plugin.ts'
import { air, takeBack } from '../notices/plugin.ts'
import { createMaking } from '../programmes/plugin.ts'
import { publish } from '../sessions/plugin.ts'
import type { BulletinDeps } from './intake.ts'
import { BULLETIN, EXPIRED, IS_EMERGENCY, NO_SOUND, NOT_APPROVED, NOT_PLACED, PLACED, REASON_NEEDED, WITHDRAWN } from './refusals.ts'
import { bulletinView, type BulletinView, type CommuneView } from './views.ts'

export interface Inbox {
  list(who: Identity): BulletinView[]
  one(who: Identity, id: string): Outcome<BulletinView>
  /** Notes that this person has opened it, for each addressed commune that they are of. */
  read(who: Identity, id: string): Outcome<BulletinView>
  /** Opening the document is reading. */
  document(who: Identity, id: string): Outcome<BulletinDocument>
  decide(who: Identity, id: string, wish: { readonly commune: string; readonly take: boolean; readonly reason?: string }): Promise<Outcome<BulletinView>>
  place(who: Identity, id: string, wish: { readonly commune: string; readonly when: NoticeWhen; readonly order?: number }): Outcome<BulletinView>
  unplace(who: Identity, id: string, commune: string): Outcome<BulletinView>
  /** Order among colliding priority items; the smaller one sounds first. */
  order(who: Identity, id: string, wish: { readonly commune: string; readonly order: number }): Outcome<BulletinView>
}
const MAX_LISTED = 500

interface Mine {
  readonly bulletin: Bulletin
  readonly row: BulletinInCommune
}

export function createInbox(deps: BulletinDeps): Inbox {
  const { bulletins, programmes, sessions } = deps.stores
  const making = createMaking(deps)
  const approval = createApprovalHandlers(deps)
  const inTurn = createTurns()
  const { access } = deps

  /** Its sender sees every commune; a commune sees itself. */
  const rowsSeen = (who: Identity, bulletin: Bulletin): readonly BulletinInCommune[] => {
    const all = bulletins.communes(bulletin.id)
    const isSender = bulletin.sender === who.actor || access.refusal(who, 'bulletin.send', bulletin.areas) === null
    return isSender ? all : all.filter(({ commune }) => access.sees(who, 'bulletin.read')(commune))
  }
  const collisions = (row: BulletinInCommune): CommuneView['collides'] =>
    row.soundings.flatMap(({ kind, id, at, to, clusters }) => {
      if (kind !== 'session') return []
      const hears = new Set(clusters)
      return sessions.all().flatMap((session) => {
        const priority = session.items.find((item) => item.class === 'priority')
        if (!priority || session.id === id || occurrencesBetween(session, at, to).length === 0 || !access.audience(session.targets).clusters.some((cluster) => hears.has(cluster))) return []
        return [{ session: session.id, name: session.name, order: priority.order ?? 0 }]
      })
    })
  const view = (bulletin: Bulletin, rows: readonly BulletinInCommune[]): BulletinView => {
    const book = access.book()
    return bulletinView(bulletin, rows, { types: DOCUMENT_TYPES, nameOf: (code) => book.on(book.merged(code))?.name ?? code, readers: bulletins.readers(bulletin.id), collisions })
  }
  const seen = (who: Identity, id: string): Outcome<{ readonly bulletin: Bulletin; readonly rows: readonly BulletinInCommune[] }> => {
    const bulletin = bulletins.byId(id)
    const rows = bulletin ? rowsSeen(who, bulletin) : []
    return bulletin && rows.length > 0 ? accepted({ bulletin, rows }) : notFound(BULLETIN, id)
  }
  const shown = (who: Identity, id: string): Outcome<BulletinView> => {
    const found = seen(who, id)
    return found.ok ? accepted(view(found.value.bulletin, found.value.rows)) : found
  }
  const save = (who: Identity, action: string, { bulletin, row }: Mine): Outcome<BulletinView> => {
    deps.decide({ actor: who.actor, action, subject: bulletin.id, detail: { commune: row.commune, decision: row.decision, reason: row.reason, soundings: row.soundings, order: row.order } }, () => {
      bulletins.saveCommune(row)
      deps.noted?.(bulletin, row)
    })
    deps.events.tell({ kind: action, at: deps.clock.wall(), areas: [row.commune], subject: bulletin.id, detail: { title: bulletin.title, decision: row.decision } })
    return shown(who, bulletin.id)
  }
  /** What somebody may decide over: in force, and their commune's. */
  const mine = (who: Identity, id: string, commune: string): Outcome<Mine> => {
    const bulletin = bulletins.byId(id)
    const row = bulletin && bulletins.commune(id, commune)
    if (!bulletin || !row || !access.sees(who, 'bulletin.read')(commune)) return notFound(BULLETIN, id)
    const refusal = access.refusal(who, 'bulletin.decide', [commune])
    if (refusal) return refused(refusal)
    if (bulletin.withdrawnAt !== null) return refused(WITHDRAWN)
    return bulletin.class === 'emergency' ? refused(IS_EMERGENCY) : accepted({ bulletin, row })
  }
  const isOver = ({ validUntil }: Bulletin): boolean => validUntil !== null && deps.clock.wall() >= validUntil
  /** A part of it is somebody's own commune when their duty lies there or below. */
  const ownCommunes = (who: Identity, rows: readonly BulletinInCommune[]): readonly BulletinInCommune[] => {
    const granted = areasWhere(who, 'bulletin.read', deps.clock.wall())
    return granted === 'all' ? [] : rows.filter(({ commune }) => [...granted].some((code) => access.book().within(code, commune)))
  }
  const read: Inbox['read'] = (who, id) => {
    const found = seen(who, id)
    if (!found.ok) return found
    const at = deps.clock.wall()
    const { bulletin } = found.value
    const known = new Set(bulletins.readers(id).filter(({ person }) => person === who.actor).map(({ commune }) => commune))
    const fresh = ownCommunes(who, found.value.rows).filter(({ commune }) => !known.has(commune))
    if (fresh.length === 0) return shown(who, id)
    deps.decide({ actor: who.actor, action: 'bulletin.read', subject: id, detail: fresh.map(({ commune }) => commune) }, () => {
      for (const row of fresh) {
        bulletins.noteReader(id, { commune: row.commune, person: who.actor, name: who.name, at })
        if (row.readAt !== null) continue
        bulletins.saveCommune({ ...row, readAt: at })
        deps.noted?.(bulletin, { ...row, readAt: at })
      }
    })
    deps.events.tell({ kind: 'bulletin.read', at, areas: fresh.map(({ commune }) => commune), subject: id, detail: { title: bulletin.title } })
    return shown(who, id)
  }

  /** Its words, spoken for the commune, and as near to the air as the rules allow. */
  const speak = async (who: Identity, { bulletin, row }: Mine): Promise<Outcome<string | null>> => {
    if (bulletin.programme !== null || row.programme !== null || bulletin.text === null) return accepted(row.programme)
    const made = await making.create(who, { name: bulletin.title, folder: 'Bản tin', music: false, area: row.commune }, { text: bulletin.text })
    if (!made.ok) return made
    const version = programmes.versions(made.value.id).findLast(({ state }) => state === 'draft')
    const submitted = version ? approval.submit(who, made.value.id, version.n) : null
    if (submitted && !submitted.ok) return submitted
    if (version && approvalRefusal(deps, who, { area: row.commune, author: version.author }) === null) {
      const approved = approval.approve(who, made.value.id, version.n)
      if (!approved.ok) return approved
    }
    return accepted(made.value.id)
  }

  return {
    list: (who) => bulletins.list(MAX_LISTED).flatMap((bulletin) => {
      const rows = rowsSeen(who, bulletin)
      return rows.length === 0 ? [] : [view(bulletin, rows)]
    }),
    one: shown,
    read,
    document(who, id) {
      const found = read(who, id)
      if (!found.ok) return found
      const document = bulletins.byId(id)?.document
      return document ? accepted(document) : notFound({ en: 'document', vi: 'văn bản kèm theo' }, id)
    },
    // two of one desk may take it at once: the second finds the words spoken
    decide: (who, id, { commune, take, reason }) => inTurn(`${id} ${commune}`, async () => {
      const found = mine(who, id, commune)
      if (!found.ok) return found
      const { row } = found.value
      if (!take && reason === undefined) return refused(REASON_NEEDED)
      if (take && isOver(found.value.bulletin)) return refused(EXPIRED)
      const spoken = take ? await speak(who, found.value) : accepted(row.programme)
      if (!spoken.ok) return spoken
      const silenced = take ? accepted(null) : takeBack(deps, who, { title: found.value.bulletin.title, soundings: row.soundings })
      if (!silenced.ok) return silenced
      // it may have been read or aired while the words were spoken
      const now = bulletins.commune(id, commune) ?? row
      const decided = { ...now, decision: take ? ('taken' as const) : ('declined' as const), decidedAt: deps.clock.wall(), decidedBy: who.name, reason: reason ?? null, programme: spoken.value, ...(take ? {} : { placedAt: null, soundings: [] }) }
      return save(who, take ? 'bulletin.taken' : 'bulletin.declined', { ...found.value, row: decided })
    }),
    place(who, id, { commune, when, order }) {
      const found = mine(who, id, commune)
      if (!found.ok) return found
      const { bulletin, row } = found.value
      if (isOver(bulletin)) return refused(EXPIRED)
      if (row.soundings.some(({ to }) => to > deps.clock.wall())) return refused(PLACED)
      const programme = row.programme ?? bulletin.programme
      const item = programme === null ? null : programmes.byId(programme)
      if (!item) return refused(NO_SOUND)
      if (!item.airs) return refused(NOT_APPROVED)
      const wish = { id: `bt-${id}-${[...deps.secretBytes(2)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`, programme: item.id, ms: item.ms, title: bulletin.title, targets: { areas: [commune] }, when, order: order ?? row.order }
      const aired = air(deps, who, wish)
      if (!aired.ok) return aired
      const now = deps.clock.wall()
      const taken = row.decision === 'taken' ? {} : { decision: 'taken' as const, decidedAt: now, decidedBy: who.name }
      return save(who, 'bulletin.placed', { bulletin, row: { ...row, ...taken, placedAt: now, order: wish.order, soundings: aired.value.soundings, problem: null } })
    },
    unplace(who, id, commune) {
      const found = mine(who, id, commune)
      if (!found.ok) return found
      const { bulletin, row } = found.value
      if (row.soundings.length === 0) return refused(NOT_PLACED)
      const taken = takeBack(deps, who, { title: bulletin.title, soundings: row.soundings })
      return taken.ok ? save(who, 'bulletin.unplaced', { bulletin, row: { ...row, placedAt: null, soundings: [] } }) : taken
    },
    order(who, id, { commune, order }) {
      const found = mine(who, id, commune)
      if (!found.ok) return found
      const { bulletin, row } = found.value
      const placed = row.soundings.flatMap(({ kind, id: session }) => (kind === 'session' ? (sessions.byId(session) ?? []) : []))
      if (placed.length === 0) return refused(NOT_PLACED)
      if (order === row.order) return shown(who, id)
      const changes = placed.map((session) => ({ session: session.id, doc: { ...session, items: session.items.map((item) => ({ ...item, order })) } }))
      const published = publish(deps, who, { kind: 'session', title: bulletin.title, unusualMeant: true, changes, audit: { action: 'bulletin.order', subject: id, detail: { commune, order } } })
      return published.ok ? save(who, 'bulletin.ordered', { bulletin, row: { ...row, order } }) : published
    },
  }
}
