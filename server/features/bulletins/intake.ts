import { civilDate } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { LanguageCode } from '../../../shared/core/languages.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { createTurns } from '../../../shared/core/turns.ts'
import { approvalRefusal } from '../../core/approval.ts'
import { inCommune, type Bulletin, type BulletinClass, type BulletinDocument, type BulletinInCommune } from '../../core/bulletin.ts'
import type { Emergencies } from '../../core/emergency.ts'
import { DEFAULT_LIFE_MS } from '../../core/emergency-check.ts'
import { emergencyRefused } from '../../core/emergency-sentences.ts'
import type { Identity } from '../../core/identity.ts'
import { unknownTarget } from '../../core/live-refusals.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { air, takeBack, type AiringDeps } from '../notices/plugin.ts'
import { createApprovalHandlers } from '../approval/plugin.ts'
import { createMaking } from '../programmes/plugin.ts'
import { BAD_DATE, BULLETIN, EMPTY, NO_COMMUNE, NO_DOCUMENTS, NO_EMERGENCIES, OTHER_BULLETIN, SILENT_EMERGENCY, WITHDRAWN } from './refusals.ts'

export interface BulletinDeps extends AiringDeps {
  /** Null where none are raised. */
  readonly emergencies: Pick<Emergencies, 'raise' | 'cancel' | 'board'> | null
  /** Told of every change in a commune, inside its transaction: receipts are written there. */
  readonly noted?: (bulletin: Bulletin, row: BulletinInCommune) => void
}
export interface BulletinOrder {
  readonly id: string
  readonly class: BulletinClass
  readonly title: string
  readonly text?: string
  readonly language?: LanguageCode
  readonly areas: readonly string[]
  readonly validUntil?: string
  readonly deadline?: string
  /** Of an emergency: 0–9. */
  readonly danger?: number
}
export interface GivenFile {
  readonly path: string
  readonly name: string
}
export interface Intake {
  receive(who: Identity, order: BulletinOrder, file: GivenFile | null): Promise<Outcome<Bulletin>>
  /** Another version in place of the first; what was to sound of that is taken back. */
  correct(who: Identity, order: BulletinOrder, file: GivenFile | null): Promise<Outcome<Bulletin>>
  withdraw(who: Identity, external: string, reason: string): Promise<Outcome<Bulletin>>
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const instant = (text: string | undefined): WallMs | null => (text === undefined ? null : wallMs(Date.parse(text)))
export const sentenceOf = ({ status: _, findings: _all, ...sentence }: Refusal): Omit<Refusal, 'status' | 'findings'> => sentence

/** Communes that are addressed: those named, those that hold a hamlet that is named, and all within a province that is named. */
function communesOf({ access, stores }: BulletinDeps, areas: readonly string[]): Outcome<readonly string[]> {
  const book = access.book()
  const found = new Set<string>()
  for (const [n, code] of areas.entries()) {
    const merged = book.merged(code)
    const area = book.on(merged)
    if (!area) return unknownTarget({ kind: 'area', name: code, path: `/areas/${n}` })
    const commune = book.chain(merged).find(({ kind }) => kind === 'commune')
    if (commune) found.add(commune.code)
    else for (const each of stores.areas.all()) if (each.kind === 'commune' && book.on(each.code) && book.within(each.code, merged)) found.add(each.code)
  }
  return found.size === 0 ? refused(NO_COMMUNE) : accepted([...found].sort())
}

interface Made {
  readonly programme: string | null
  readonly document: BulletinDocument | null
  /** Why its sound may not be placed yet. */
  readonly waits: boolean
}

export function createIntake(deps: BulletinDeps): Intake {
  const { bulletins, programmes } = deps.stores
  const making = createMaking(deps)
  const approval = createApprovalHandlers(deps)

  const keepDocument = async (file: GivenFile): Promise<Outcome<BulletinDocument | null>> => {
    const kind = (await deps.documents?.kindOf(file.path)) ?? null
    if (kind === null) return accepted(null)
    if (!deps.documents) return refused(NO_DOCUMENTS)
    const id = hex(deps.secretBytes(10))
    const name = file.name.normalize('NFC').replaceAll(/[\p{Cc}"\\/]/gu, '').trim().slice(0, 120) || `ban-tin.${kind}`
    return accepted({ file: id, name, kind, bytes: await deps.documents.keep(id, file.path) })
  }
  /** A higher level answers for what it sends; a person's own work is approved by another, unless the rule says otherwise. */
  const letOnAir = (who: Identity, id: string, area: string | null): boolean => {
    const version = programmes.versions(id).at(-1)
    if (!version || version.state === 'approved') return version !== undefined
    const submitted = approval.submit(who, id, version.n)
    if (!submitted.ok) return false
    if (who.kind !== 'source' && approvalRefusal(deps, who, { area, author: version.author }) !== null) return false
    deps.decide({ actor: who.actor, action: 'programme.approve', subject: id, detail: { version: version.n, as: 'sender' } }, () =>
      programmes.decideVersion(id, version.n, { state: 'approved', by: who.actor, name: who.name, at: deps.clock.wall() }))
    return true
  }
  const makeParts = async (who: Identity, order: BulletinOrder, { communes, file }: { readonly communes: readonly string[]; readonly file: GivenFile | null }): Promise<Outcome<Made>> => {
    const document = file ? await keepDocument(file) : accepted(null)
    if (!document.ok) return document
    const recording = file && document.value === null ? { path: file.path } : null
    const from = recording ?? (order.class === 'priority' && order.text !== undefined ? { text: order.text } : null)
    if (from === null) return accepted({ programme: null, document: document.value, waits: false })
    const [area = 'station'] = order.areas.length === 1 ? order.areas : communes
    const until = instant(order.validUntil)
    const made = await making.create(who, {
      name: order.title.slice(0, 120), folder: 'Bản tin', music: false, area, class: order.class === 'normal' ? 'normal' : 'priority', ...(order.language === undefined ? {} : { language: order.language }), ...(until === null ? {} : { validTo: civilDate(until) }),
    }, from)
    if (!made.ok) return made
    const { id, area: place } = made.value
    deps.decide({ actor: who.actor, action: 'programme.share', subject: id, detail: { communes } }, () => {
      const at = deps.clock.wall()
      programmes.update(id, { source: 'bulletin' }, at)
      for (const commune of communes) programmes.share({ programme: id, to: { area: commune }, until, by: who.actor, at })
    })
    return accepted({ programme: id, document: document.value, waits: !letOnAir(who, id, place) })
  }
  const raise = async (who: Identity, order: BulletinOrder, made: Made & { readonly version: number; readonly replaces: readonly string[] }): Promise<Outcome<string>> => {
    if (!deps.emergencies) return refused(NO_EMERGENCIES)
    const now = deps.clock.wall()
    const until = instant(order.validUntil)
    const message = made.programme !== null ? { kind: 'programme' as const, programme: made.programme } : { kind: 'text' as const, text: order.text ?? '' }
    const raised = await deps.emergencies.raise({
      title: order.title, messages: [{ ...message, ...(order.language === undefined ? {} : { language: order.language }) }], targets: { areas: [...order.areas] }, drill: false, danger: order.danger ?? 5, authority: 2, times: 3, gapMs: 5_000, volume: null,
      expiresAt: wallMs(Math.min(until ?? Infinity, now + DEFAULT_LIFE_MS)), replaces: made.replaces, actor: who.actor, origin: `${who.actor}/${order.id}/${made.version}`,
    })
    return raised.ok ? accepted(raised.value.id) : emergencyRefused(raised)
  }

  /** Puts it into the next session of a commune by itself. */
  const placeByItself = (who: Identity, bulletin: Bulletin, row: BulletinInCommune, waits: boolean): BulletinInCommune => {
    if (bulletin.class !== 'priority' || bulletin.programme === null) return row
    if (waits) return { ...row, problem: { code: 'not-approved', en: 'Its sound waits for approval.', vi: 'Âm thanh đang chờ duyệt.' } }
    const ms = programmes.byId(bulletin.programme)?.ms ?? 0
    const aired = air(deps, who, { id: `bt-${bulletin.id}-${hex(deps.secretBytes(2))}`, programme: bulletin.programme, ms, title: bulletin.title, targets: { areas: [row.commune] }, when: 'next-session', order: row.order })
    return aired.ok ? { ...row, decision: 'taken', placedAt: deps.clock.wall(), soundings: aired.value.soundings, problem: null } : { ...row, problem: sentenceOf(aired.refusal) }
  }
  const breath = (): Promise<void> => new Promise((done) => void deps.clock.after(0, done))
  const saveRow = (bulletin: Bulletin, row: BulletinInCommune): void => {
    bulletins.saveCommune(row)
    deps.noted?.(bulletin, row)
  }
  const tell = (kind: string, bulletin: Bulletin): void =>
    deps.events.tell({ kind, at: deps.clock.wall(), areas: bulletins.communes(bulletin.id).map(({ commune }) => commune), subject: bulletin.id, detail: { title: bulletin.title, class: bulletin.class, sender: bulletin.senderName } })
  const fingerprintOf = (order: BulletinOrder): string => toBase64Url(deps.crypto.sha256(utf8(JSON.stringify([order.class, order.title, order.text, order.language, order.areas, order.validUntil, order.deadline, order.danger]))))

  const checked = (who: Identity, order: BulletinOrder, file: GivenFile | null): Outcome<readonly string[]> => {
    const communes = communesOf(deps, order.areas)
    if (!communes.ok) return communes
    const refusal = deps.access.refusal(who, 'bulletin.send', order.areas) ?? (order.class === 'emergency' ? deps.access.refusal(who, 'emergency.raise', order.areas) : null)
    if (refusal) return refused(refusal)
    const now = deps.clock.wall()
    for (const [field, at] of [['/validUntil', instant(order.validUntil)], ['/deadline', instant(order.deadline)]] as const) if (at !== null && !(at > now)) return refused({ ...BAD_DATE, field })
    return order.text === undefined && file === null ? refused(EMPTY) : communes
  }
  /** Nothing of what was placed sounds any more, unless it has ended. */
  const silence = (who: Identity, bulletin: Bulletin): Outcome<null> =>
    takeBack(deps, who, { title: bulletin.title, soundings: bulletins.communes(bulletin.id).flatMap(({ soundings }) => soundings) })
  const write = async (who: Identity, order: BulletinOrder, { file, old }: { readonly file: GivenFile | null; readonly old: Bulletin | null }): Promise<Outcome<Bulletin>> => {
    const communes = checked(who, order, file)
    if (!communes.ok) return communes
    const made = await makeParts(who, order, { communes: communes.value, file })
    if (!made.ok) return made
    if (order.class === 'emergency' && made.value.programme === null && order.text === undefined) return refused(SILENT_EMERGENCY)
    // not before: a correction that cannot be made leaves the first version where it is
    const silent = old ? silence(who, old) : accepted(null)
    if (!silent.ok) return silent
    const version = (old?.version ?? 0) + 1
    const raised = order.class === 'emergency' ? await raise(who, order, { ...made.value, version, replaces: old?.emergency ? [old.emergency] : [] }) : accepted(null)
    if (!raised.ok) return raised
    const now = deps.clock.wall()
    const bulletin: Bulletin = {
      id: old?.id ?? hex(deps.secretBytes(6)), sender: who.actor, senderName: who.name, external: order.id, version, fingerprint: fingerprintOf(order), class: order.class, title: order.title.normalize('NFC').trim(), text: order.text?.normalize('NFC').trim() ?? null,
      language: order.language ?? 'vi', areas: order.areas, validUntil: instant(order.validUntil), deadline: instant(order.deadline), receivedAt: old?.receivedAt ?? now, correctedAt: old ? now : null, withdrawnAt: null, withdrawnReason: null,
      programme: made.value.programme, document: made.value.document ?? old?.document ?? null, emergency: raised.value,
    }
    const rows = communes.value.map((commune) => inCommune(bulletin.id, commune, now))
    const { text: _, ...detail } = bulletin
    deps.decide({ actor: who.actor, action: old ? 'bulletin.correct' : 'bulletin.receive', subject: bulletin.id, detail }, () => {
      if (old) {
        bulletins.save(bulletin)
        bulletins.forgetCommunes(bulletin.id)
      } else bulletins.insert(bulletin, [])
      rows.forEach((row) => saveRow(bulletin, row))
    })
    tell(old ? 'bulletin.corrected' : 'bulletin.received', bulletin)
    for (const { commune } of rows) {
      // a province has 144 of them, and each is a publication: whoever speaks live must not wait for all
      await breath()
      const row = bulletins.commune(bulletin.id, commune)
      // somebody there was quicker
      if (row?.decision !== 'none') continue
      const placed = placeByItself(who, bulletin, row, made.value.waits)
      if (placed !== row) deps.decide({ actor: who.actor, action: 'bulletin.place', subject: bulletin.id, detail: { commune: row.commune, soundings: placed.soundings, problem: placed.problem?.code ?? null } }, () => saveRow(bulletin, placed))
    }
    return accepted(bulletin)
  }

  const intake: Intake = {
    async receive(who, order, file) {
      const known = bulletins.byExternal(who.actor, order.id)
      if (known) return known.fingerprint === fingerprintOf(order) ? accepted(known) : refused(OTHER_BULLETIN)
      return write(who, order, { file, old: null })
    },
    async correct(who, order, file) {
      const known = bulletins.byExternal(who.actor, order.id)
      if (!known) return notFound(BULLETIN, order.id)
      if (known.withdrawnAt !== null) return refused(WITHDRAWN)
      if (known.fingerprint === fingerprintOf(order) && file === null) return accepted(known)
      return write(who, order, { file, old: known })
    },
    async withdraw(who, external, reason) {
      const known = bulletins.byExternal(who.actor, external)
      if (!known) return notFound(BULLETIN, external)
      if (known.withdrawnAt !== null) return accepted(known)
      const cancelled = known.emergency === null ? null : ((await deps.emergencies?.cancel(known.emergency, { actor: who.actor, reason, correction: null })) ?? null)
      // it is not withdrawn while it sounds
      if (cancelled && !cancelled.ok && cancelled.code !== 'already-over') return emergencyRefused(cancelled)
      const silent = silence(who, known)
      if (!silent.ok) return silent
      const withdrawn = { ...known, withdrawnAt: deps.clock.wall(), withdrawnReason: reason }
      deps.decide({ actor: who.actor, action: 'bulletin.withdraw', subject: known.id, detail: { reason } }, () => {
        bulletins.save(withdrawn)
        const last = known.programme === null ? undefined : programmes.versions(known.programme).findLast(({ state }) => state === 'approved')
        if (last) programmes.decideVersion(last.programme, last.n, { state: 'returned', by: who.actor, name: who.name, at: deps.clock.wall(), reason })
      })
      tell('bulletin.withdrawn', withdrawn)
      return accepted(withdrawn)
    },
  }
  // a sender that lost the answer sends again, while the first is still spoken or levelled: one bulletin at a time
  const inTurn = createTurns()
  const nameOf = (who: Identity, external: string): string => `${who.actor} ${external}`
  return {
    receive: (who, order, file) => inTurn(nameOf(who, order.id), () => intake.receive(who, order, file)),
    correct: (who, order, file) => inTurn(nameOf(who, order.id), () => intake.correct(who, order, file)),
    withdraw: (who, external, reason) => inTurn(nameOf(who, external), () => intake.withdraw(who, external, reason)),
  }
}
