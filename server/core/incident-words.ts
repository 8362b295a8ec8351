import type { Cause } from './incident-cause.ts'
import { ruleOf, type IncidentKind } from './incident-kinds.ts'

/** Names for what incidents are about; what is not known is called by its identity. */
export interface Names {
  cluster(id: string): string
  area(code: string): string
}

export interface Words {
  readonly en: string
  readonly vi: string
}

function placeOf(cause: Cause, clusters: readonly string[], names: Names): Words {
  const count = clusters.length
  switch (cause.kind) {
    case 'cluster':
      return { en: names.cluster(cause.id), vi: names.cluster(cause.id) }
    case 'cell':
      return { en: `${count} clusters on the 4G cell ${cause.id}`, vi: `${count} cụm loa cùng trạm 4G ${cause.id}` }
    case 'area':
      return { en: `${count} clusters in ${names.area(cause.id)}`, vi: `${count} cụm loa ở ${names.area(cause.id)}` }
    case 'carrier':
      return { en: `${count} clusters on the network of ${cause.id}`, vi: `${count} cụm loa dùng mạng ${cause.id}` }
    case 'station':
      return { en: `${count} clusters, nearly the whole station`, vi: `${count} cụm loa, gần như toàn đài` }
  }
}

/** What it is, in a line: `12 cụm loa ở Xã Đức Trọng: mất kết nối`. */
export function incidentTitle(incident: { readonly kind: IncidentKind; readonly cause: Cause; readonly words: string | null }, clusters: readonly string[], names: Names): Words {
  const rule = ruleOf(incident.kind)
  // one that is left of many is called by its own name
  const [only] = clusters
  const cause: Cause = clusters.length === 1 && only !== undefined && incident.cause.kind !== 'station' ? { kind: 'cluster', id: only } : incident.cause
  const place = placeOf(cause, clusters, names)
  const said = incident.words === null ? '' : ` (${incident.words})`
  return { en: `${place.en}: ${rule.en}${said}`, vi: `${place.vi}: ${rule.vi}${said}` }
}
