import { refused, type Outcome } from './refusal.ts'
import type { UnknownTarget } from '../../shared/core/targets.ts'
import type { Skipped } from './live-book.ts'

type Refused = Extract<Outcome<never>, { ok: false }>

const KINDS: Readonly<Record<UnknownTarget['kind'], readonly [en: string, vi: string]>> = {
  area: ['area', 'địa bàn'], group: ['group', 'nhóm cụm loa'], cluster: ['cluster', 'cụm loa'], 'ambiguous-cluster': ['single cluster', 'một cụm loa duy nhất'],
}

export const unknownTarget = ({ kind, name, path }: UnknownTarget): Refused =>
  refused({
    status: 422,
    code: 'unknown-target',
    field: `/targets${path}`,
    en: `There is no ${KINDS[kind][0]} "${name}": choose from the list.`,
    vi: `Không có ${KINDS[kind][1]} "${name}": xin chọn trong danh sách.`,
  })

export const NO_CLUSTERS: Refused = refused({
  status: 422,
  code: 'no-clusters',
  field: '/targets',
  en: 'There is no cluster in what was chosen: choose another area or name clusters.',
  vi: 'Nơi đã chọn chưa có cụm loa nào: xin chọn địa bàn khác hoặc chọn cụm loa.',
})

/** Not one of the clusters may sound: the first one's reason speaks for all. */
export const allSkipped = (skipped: readonly Skipped[]): Refused => {
  const first = skipped[0] as Skipped
  const [en, vi] = skipped.length === 1 ? [`"${first.name}"`, `"${first.name}"`] : [`None of the ${skipped.length} clusters can sound now, first "${first.name}"`, `Cả ${skipped.length} cụm loa đều chưa phát được, trước hết "${first.name}"`]
  return refused({ status: 409, code: first.because.code, en: `${en}: ${first.because.en}`, vi: `${vi}: ${first.because.vi}` })
}

export const noProgramme = (id: string): Refused =>
  refused({ status: 422, code: 'no-such-programme', field: '/programme', en: `There is no programme ${id}: choose one from the list.`, vi: `Không có chương trình ${id}: xin chọn trong danh sách.` })

export const notAirable = (id: string): Refused =>
  refused({
    status: 409,
    code: 'not-approved',
    field: '/programme',
    en: `The programme ${id} may not sound now: it is not approved yet, or outside its dates. Have it approved first.`,
    vi: `Chương trình ${id} chưa được phát: chưa duyệt, hoặc ngoài thời hạn. Xin nhờ duyệt trước.`,
  })

export const noBroadcast = (id: string): Refused =>
  refused({ status: 404, code: 'not-found', en: `There is no live broadcast ${id}: look it up in the list.`, vi: `Không có buổi phát trực tiếp ${id}: xin xem lại danh sách.` })

/** Said of a programme that is too long to be sent in one go. */
export const LONG_PROGRAMME = {
  code: 'long-programme',
  en: 'It is longer than five minutes: a cluster that does not hold it yet begins when enough of it has come, and joins in its middle.',
  vi: 'Chương trình dài hơn 5 phút: cụm loa nào chưa có sẵn sẽ bắt đầu muộn hơn, từ đoạn đang phát.',
} as const

export const TOO_MANY = {
  code: 'too-many-live',
  en: 'Three live broadcasts are under way on it: end one of them first.',
  vi: 'Đang có ba buổi phát trực tiếp ở cụm này: xin kết thúc bớt một buổi.',
} as const
