import type { LanguageCode } from '../../../shared/core/languages.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import { approvalRefusal } from '../../core/approval.ts'
import type { Identity } from '../../core/identity.ts'
import { areasWhere } from '../../core/permissions.ts'
import type { LibraryItem, Sound, Trim, Version } from '../../core/programme-store.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ImportedMedia, ImportOutcome, ServerDeps } from '../../core/server-deps.ts'
import { soundingChanged } from './rotations.ts'
import { mine, placeOf, PROGRAMME } from './sight.ts'
import { viewContext } from './reading.ts'
import { programmeView, type ProgrammeView } from './views.ts'

/** What a person says of a programme beside its sound. */
export interface Described {
  readonly name: string
  readonly folder: string
  readonly music: boolean
  /** Code of an area, or `station`; absent = the maker's only one. */
  readonly area?: string
  readonly language?: LanguageCode
  readonly description?: string
  readonly tags?: readonly string[]
  readonly class?: 'normal' | 'priority'
  readonly validFrom?: string
  readonly validTo?: string
  /** How far it goes at once: asked for approval, or approved where the maker may do that. */
  readonly state?: 'draft' | 'pending' | 'approved'
}
/** Where a sound comes from. */
export type SoundFrom = { readonly path: string } | { readonly text: string; readonly voice?: string; readonly speed?: number }

const ID_BYTES = 9

const NO_AREA: Refusal = {
  status: 400, code: 'area-needed', field: '/area',
  en: 'You work in several areas: say which one the programme is for.',
  vi: 'Bạn phụ trách nhiều địa bàn: hãy chọn địa bàn của chương trình.',
}
const NO_SUCH_AREA: Refusal = {
  status: 422, code: 'unknown-area', field: '/area',
  en: 'There is no such area: choose one of GET /api/v1/areas, or "station".',
  vi: 'Không có địa bàn này: hãy chọn trong danh sách địa bàn.',
}
const NO_SPEECH: Refusal = {
  status: 503, code: 'no-voice',
  en: 'The server cannot speak texts: install an engine, or record the text.',
  vi: 'Máy chủ chưa đọc được văn bản: hãy cài giọng đọc, hoặc ghi âm.',
}
const ORIGINAL_GONE: Refusal = {
  status: 409, code: 'original-gone',
  en: 'The recording is not kept any longer as it was handed in: hand it in again to cut it.',
  vi: 'Bản ghi gốc không còn được lưu: hãy tải lại bản ghi để cắt.',
}

/** The area of something new. */
export function areaFor({ access, clock }: ServerDeps, who: Identity, given: string | undefined): Outcome<string | null> {
  const granted = areasWhere(who, 'programme.write', clock.wall())
  const [only] = granted === 'all' ? [] : granted
  if (given === undefined && granted !== 'all' && (only === undefined || granted.size > 1)) return refused(NO_AREA)
  const area = given === 'station' ? null : (given ?? only ?? null)
  const refusal = access.refusal(who, 'programme.write', placeOf(area))
  if (refusal) return refused(refusal)
  const book = access.book()
  const known = area === null ? null : book.on(book.merged(area))
  return known === undefined ? refused(NO_SUCH_AREA) : accepted(known?.code ?? null)
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
const soundOf = ({ sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks }: ImportedMedia): Sound => ({
  sha, bytes, ms: Math.round(durationMs), lufs: finite(loudnessLufs), truePeak: finite(truePeakDb), peaks: fromBase64Url(peaks) ?? new Uint8Array(0),
})

async function bring(deps: ServerDeps, from: SoundFrom & { readonly trim?: Trim; readonly keepOriginal?: boolean }): Promise<Outcome<ImportedMedia>> {
  const taken: ImportOutcome | null = 'path' in from ? await deps.importer(from) : deps.speaker ? await deps.speaker(from) : null
  if (taken === null) return refused(NO_SPEECH)
  if (taken.ok) return accepted(taken.value)
  const { code, why, vi } = taken
  return refused({ status: code === 'busy' || code === 'disk-full' ? 503 : 422, code, field: 'path' in from ? '/file' : '/text', en: why, vi: vi ?? 'Không nhận được tệp này: hãy kiểm tra lại tệp rồi thử lại.' })
}

export interface Making {
  create(who: Identity, described: Described, from: SoundFrom): Promise<Outcome<ProgrammeView>>
  /** A new version in a language: of the item itself, or of a variant, which comes to be by it. */
  putVariant(who: Identity, id: string, order: VariantOrder): Promise<Outcome<ProgrammeView>>
  dropVariant(who: Identity, id: string, language: LanguageCode): Outcome<ProgrammeView>
  /** null takes the cut back. */
  trim(who: Identity, id: string, order: { readonly trim: Trim | null; readonly language?: LanguageCode; readonly state?: Described['state'] }): Promise<Outcome<ProgrammeView>>
}
export interface VariantOrder {
  readonly language: LanguageCode
  readonly from: SoundFrom
  readonly state?: Described['state']
}

const viewFor = (deps: ServerDeps, item: LibraryItem): ProgrammeView => programmeView({ item, sees: 'all' }, viewContext(deps))

/** Told after the commit. */
export function tellPending({ events, clock }: Pick<ServerDeps, 'events' | 'clock'>, item: LibraryItem, version: Pick<Version, 'n' | 'language' | 'authorName'>): void {
  events.tell({
    kind: 'programme.pending', at: clock.wall(), areas: item.area === null ? [] : [item.area], subject: item.id,
    detail: { name: item.name, version: version.n, language: version.language, author: version.authorName },
  })
}

/** Approving at once takes the same right as approving later. */
const stateRefusal = (deps: ServerDeps, who: Identity, area: string | null, state: Described['state']): Refusal | null =>
  state === 'approved' ? approvalRefusal(deps, who, { area, author: who.actor }) : null

export function createMaking(deps: ServerDeps): Making {
  const { programmes } = deps.stores

  const create: Making['create'] = async (who, described, from) => {
    const area = areaFor(deps, who, described.area)
    if (!area.ok) return area
    const barred = stateRefusal(deps, who, area.value, described.state)
    if (barred) return refused(barred)
    const brought = await bring(deps, from)
    if (!brought.ok) return brought
    const sound = soundOf(brought.value)
    const { name, folder, music, language = 'vi', state = 'draft' } = described
    // the answer to the first try may have been lost on the link
    const kind = 'path' in from ? 'file' : 'speech'
    const twin = programmes.bySha(sound.sha)
    if (twin && twin.deletedAt === null && twin.name === name && twin.folder === folder && twin.kind === kind && twin.area === area.value && twin.author === who.actor) return accepted(viewFor(deps, programmes.byId(twin.id) ?? twin))
    const { description = '', tags = [], class: urgency = 'normal', validFrom = null, validTo = null } = described
    const programme = {
      ...sound, id: toBase64Url(deps.secretBytes(ID_BYTES)), name, folder, kind, music, key: null, createdAt: deps.clock.wall(),
      area: area.value, language, author: who.actor, authorName: who.name, description, tags, class: urgency, source: 'own', validFrom, validTo, state,
      ...keptOf(brought.value), ...spokenOf(from),
    } as const
    const { peaks: _, ...detail } = programme
    deps.decide({ actor: who.actor, action: 'programme.create', subject: programme.id, detail }, () => programmes.insert(programme))
    return told(programme.id, { n: 1, language, authorName: who.name }, state)
  }

  const told = (id: string, version: Pick<Version, 'n' | 'language' | 'authorName'>, state: 'draft' | 'pending' | 'approved'): Outcome<ProgrammeView> => {
    const item = programmes.byId(id)
    if (!item) return notFound(PROGRAMME, id)
    if (state === 'pending') tellPending(deps, item, version)
    if (state === 'approved') soundingChanged(deps)
    return accepted(viewFor(deps, item))
  }

  /** A new version of what is there, unless it was removed meanwhile. */
  const addVersion = (who: Identity, id: string, made: Sound & Partial<Version> & { readonly language: LanguageCode }, state: 'draft' | 'pending' | 'approved'): Outcome<ProgrammeView> => {
    if (!programmes.byId(id)) return notFound(PROGRAMME, id)
    const { sha, bytes, ms, lufs, truePeak, peaks, language, original = null, trim = null, fullMs = null, text = null, voice = null, speed = null } = made
    const version = { sha, bytes, ms, lufs, truePeak, peaks, language, original, trim, fullMs, text, voice, speed, state, author: who.actor, authorName: who.name, createdAt: deps.clock.wall() }
    const detail = { language, sha, ms, trim, state }
    const n = deps.decide((added: number) => ({ actor: who.actor, action: 'programme.version', subject: id, detail: { ...detail, version: added } }), () => programmes.addVersion(id, version))
    return told(id, { n, language, authorName: who.name }, state)
  }

  return {
    create,
    async putVariant(who, id, { language, from, state = 'draft' }) {
      const found = mine(deps, who, 'programme.write', id)
      if (!found.ok) return found
      const barred = stateRefusal(deps, who, found.value.area, state)
      if (barred) return refused(barred)
      const brought = await bring(deps, from)
      if (!brought.ok) return brought
      const made = { ...soundOf(brought.value), language, ...keptOf(brought.value), ...spokenOf(from) }
      const newest = programmes.versions(id).findLast((version) => version.language === language && version.state !== 'replaced')
      // the answer to the first try may have been lost on the link
      if (newest && newest.sha === made.sha && newest.author === who.actor && newest.state === state) return accepted(viewFor(deps, programmes.byId(id) ?? found.value))
      return addVersion(who, id, made, state)
    },
    dropVariant(who, id, language) {
      const found = mine(deps, who, 'programme.write', id)
      if (!found.ok) return found
      if (language === found.value.language) return refused(OWN_LANGUAGE)
      if (!programmes.versions(id).some((version) => version.language === language && version.state !== 'replaced')) return notFound({ en: 'variant', vi: 'bản tiếng' }, language)
      deps.decide({ actor: who.actor, action: 'programme.drop-variant', subject: id, detail: { language } }, () => programmes.dropLanguage(id, language, deps.clock.wall()))
      soundingChanged(deps)
      return accepted(viewFor(deps, programmes.byId(id) ?? found.value))
    },
    async trim(who, id, { trim, language, state = 'draft' }) {
      const found = mine(deps, who, 'programme.write', id)
      if (!found.ok) return found
      const wanted = language ?? found.value.language
      const barred = stateRefusal(deps, who, found.value.area, state)
      if (barred) return refused(barred)
      const versions = programmes.versions(id).filter((version) => version.language === wanted && version.state !== 'replaced')
      const source = versions.at(-1)
      if (!source) return notFound({ en: 'variant', vi: 'bản tiếng' }, wanted)
      const path = source.original === null ? null : ((await deps.originals?.path(source.original)) ?? null)
      if (path === null) return refused(ORIGINAL_GONE)
      const brought = await bring(deps, { path, keepOriginal: false, ...(trim ? { trim } : {}) })
      if (!brought.ok) return brought.refusal.code === 'bad-trim' ? refused({ ...brought.refusal, field: '/trim' }) : brought
      const sound = soundOf(brought.value)
      const { original, text, voice, speed } = source
      const onAir = versions.find((version) => version.state === 'approved')
      // back at what is on the air: there is nothing to approve
      if (onAir?.sha === sound.sha) {
        deps.decide({ actor: who.actor, action: 'programme.undo', subject: id, detail: { language: wanted } }, () => programmes.dropWork(id, wanted, deps.clock.wall()))
        return accepted(viewFor(deps, programmes.byId(id) ?? found.value))
      }
      return addVersion(who, id, { ...sound, language: wanted, original, text, voice, speed, trim, fullMs: brought.value.fullMs ?? source.fullMs }, state)
    },
  }
}

const OWN_LANGUAGE: Refusal = {
  status: 409, code: 'own-language',
  en: 'This is the language of the programme itself: remove the programme, or put another recording in its place.',
  vi: 'Đây là tiếng chính của chương trình: hãy xoá chương trình, hoặc thay bằng bản ghi khác.',
}

const keptOf = ({ original, fullMs, durationMs }: ImportedMedia): Pick<Version, 'original' | 'fullMs'> => ({ original: original?.sha ?? null, fullMs: Math.round(fullMs ?? durationMs) })
const spokenOf = (from: SoundFrom): Pick<Version, 'text' | 'voice' | 'speed'> => ('text' in from ? { text: from.text, voice: from.voice ?? null, speed: from.speed ?? null } : { text: null, voice: null, speed: null })
