import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { fromBase64Url, toBase64Url } from '../../../shared/protocol/wire.ts'
import { ADMINISTRATOR } from '../../core/administrator.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ByteRange, ServerDeps } from '../../core/server-deps.ts'
import type { Programme } from '../../core/stores.ts'

const Decibels = Type.Union([Type.Number(), Type.Null()])
export const ProgrammeView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  folder: Type.String(),
  kind: Type.Union([Type.Literal('file'), Type.Literal('speech'), Type.Literal('chime'), Type.Literal('recording')]),
  music: Type.Boolean(),
  ms: Type.Integer(),
  bytes: Type.Integer({ description: 'what each cluster downloads, once' }),
  sha: Type.String(),
  lufs: Decibels,
  truePeak: Decibels,
  key: Type.Union([Type.String(), Type.Null()]),
  audio: Type.String({ description: 'where it can be listened to' }),
  createdAt: Type.String(),
  peaks: Type.Optional(Type.String({ description: 'waveform, bytes 0–255 in base64url' })),
})
export type ProgrammeView = Static<typeof ProgrammeView>

const viewOf = ({ peaks: _p, deletedAt: _d, ...programme }: Programme): ProgrammeView => ({
  ...programme,
  audio: `/api/v1/programmes/${programme.id}/audio`,
  createdAt: isoWithOffset(programme.createdAt),
})

export interface NewProgramme {
  readonly name: string
  readonly folder: string
  readonly music: boolean
  readonly path: string
}
export interface Audio {
  readonly stream: NodeJS.ReadableStream
  readonly total: number
  readonly range: ByteRange
}
export interface ProgrammeHandlers {
  list(): ProgrammeView[]
  one(id: string): Outcome<ProgrammeView>
  create(input: NewProgramme): Promise<Outcome<ProgrammeView>>
  audio(id: string, wanted: string | undefined): Promise<Outcome<Audio>>
  remove(id: string): Outcome<{ id: string }>
}

const PROGRAMME = { en: 'programme', vi: 'chương trình' }
const ID_BYTES = 9

export function createProgrammeHandlers(deps: ServerDeps): ProgrammeHandlers {
  const { programmes } = deps.stores
  return {
    list: () => programmes.all().map(viewOf),
    one(id) {
      const found = programmes.byId(id)
      return found ? accepted({ ...viewOf(found), peaks: toBase64Url(found.peaks) }) : notFound(PROGRAMME, id)
    },
    create: (input) => create(deps, input),
    async audio(id, wanted) {
      const found = programmes.byId(id)
      const total = found && (await deps.media.bytes(found.sha))
      if (!found || total === null) return notFound(PROGRAMME, id)
      const range = rangeOf(wanted, total)
      if (!range) {
        return refused({
          status: 416,
          code: 'bad-range',
          en: `The range is not within the ${total} bytes of this recording: ask for one that is, or for all of it.`,
          vi: `Khoảng yêu cầu nằm ngoài ${total} byte của bản ghi: hãy yêu cầu lại, hoặc tải toàn bộ.`,
        })
      }
      const stream = await deps.media.open(found.sha, range)
      return stream ? accepted({ stream, total, range }) : notFound(PROGRAMME, id)
    },
    remove: (id) => remove(deps, id),
  }
}

async function create(deps: ServerDeps, input: NewProgramme): Promise<Outcome<ProgrammeView>> {
  const imported = await deps.importer({ path: input.path })
  if (!imported.ok) {
    const { code, why, vi } = imported
    return refused({ status: 422, code, field: '/file', en: why, vi: vi ?? 'Không nhận được tệp này: hãy kiểm tra lại tệp rồi thử lại.' })
  }
  const { programmes } = deps.stores
  const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = imported.value
  // the answer to the first try may have been lost on the link
  const twin = programmes.inFolder(input.folder).find((p) => p.sha === sha && p.name === input.name && p.kind === 'file')
  if (twin) return accepted(viewOf(twin))
  const programme: Omit<Programme, 'deletedAt'> = {
    id: toBase64Url(deps.secretBytes(ID_BYTES)),
    name: input.name,
    folder: input.folder,
    sha,
    bytes,
    ms: Math.round(durationMs),
    lufs: Number.isFinite(loudnessLufs) ? loudnessLufs : null,
    truePeak: Number.isFinite(truePeakDb) ? truePeakDb : null,
    peaks: fromBase64Url(peaks) ?? new Uint8Array(0),
    kind: 'file',
    music: input.music,
    key: null,
    createdAt: deps.clock.wall(),
  }
  const { peaks: _, ...detail } = programme
  deps.decide({ actor: ADMINISTRATOR, action: 'programme.create', subject: programme.id, detail }, () => programmes.insert(programme))
  deps.listener.timetableChanged()
  return accepted(viewOf({ ...programme, deletedAt: null }))
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-50`; the whole without a header or with several ranges; null when outside. */
export function rangeOf(header: string | undefined, total: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return { from: 0, to: total - 1 }
  const from = first === '' ? Math.max(0, total - Number(last)) : Number(first)
  const to = first === '' || last === '' ? total - 1 : Math.min(Number(last), total - 1)
  return from < total && from <= to ? { from, to } : null
}

/** Sessions that would miss the programme. An episode may go as long as its folder is not left empty. */
function usersOf(deps: ServerDeps, programme: Programme): Session[] {
  const isLast = deps.stores.programmes.inFolder(programme.folder).length === 1
  const names = new Set([programme.id, ...(programme.key === null ? [] : [programme.key, programme.key.replace(/^chime:/, '')])])
  return deps.stores.sessions.all().filter((session) =>
    session.items.some((item) => {
      if ('file' in item) return names.has(item.file)
      if ('relay' in item) return names.has(item.substitute)
      if ('chime' in item) return programme.kind === 'chime' && names.has(item.chime)
      return 'folder' in item && isLast && item.folder === programme.folder
    }),
  )
}

function remove(deps: ServerDeps, id: string): Outcome<{ id: string }> {
  const { programmes } = deps.stores
  const found = programmes.byId(id)
  if (!found) return notFound(PROGRAMME, id)
  const users = usersOf(deps, found).map((session) => `"${session.name}"`)
  if (users.length > 0) {
    return refused({
      status: 409,
      code: 'in-use',
      en: `The programme "${found.name}" is in use by the sessions ${users.join(', ')}: take it out of them first.`,
      vi: `Chương trình "${found.name}" đang dùng trong buổi phát ${users.join(', ')}: hãy bỏ khỏi các buổi đó trước.`,
    })
  }
  deps.decide({ actor: ADMINISTRATOR, action: 'programme.remove', subject: id, detail: { name: found.name, sha: found.sha } }, () => programmes.remove(id, deps.clock.wall()))
  deps.listener.timetableChanged()
  return accepted({ id })
}
