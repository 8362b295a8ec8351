/** Through which door reports are read: by whoever is signed in, or by the holder of an inspector's link. */
export interface ReportDoor {
  /** What stands before the paths of the API. */
  readonly api: string
  /** What the addresses of the pages begin with. */
  readonly pages: string
  /** What stands behind them, so that a link keeps its secret out of what is written down on the way. */
  readonly suffix: string
  /** Days to which it leads; null: all. */
  readonly bounds: { readonly from: string; readonly to: string } | null
}

export const STATION: ReportDoor = { api: '', pages: '/bao-cao', suffix: '', bounds: null }
export const inspectorsDoor = (token: string, bounds: ReportDoor['bounds']): ReportDoor => ({ api: `/inspect/${token}`, pages: '/thanh-tra', suffix: `#${token}`, bounds })

/** Pages below a door, and what of the API each reads. */
const LISTS: Readonly<Record<string, string>> = { rows: 'chi-tiet', sessions: 'buoi-phat', incidents: 'su-co', log: 'nhat-ky' }

const isGiven = ([, value]: readonly [string, string]): boolean => value !== ''

/** A query without what is empty: the whole station is no area. */
export const queryText = (query: Readonly<Record<string, string>>): string => new URLSearchParams(Object.entries(query).filter(isGiven)).toString()

/** The page that lists what a figure is made of; null where there is none behind this door. `trace` is what the report says. */
export function pageOfTrace(door: ReportDoor, trace: string): string | null {
  const { pathname, searchParams } = new URL(trace, 'http://station')
  const [, , list = ''] = pathname.split('/')
  const page = LISTS[list]
  if (pathname.startsWith('/reports/') && page !== undefined) return pageAddress(door, page, Object.fromEntries(searchParams))
  const [, cluster] = /^\/clusters\/([^/]+)\/chart$/.exec(pathname) ?? []
  return cluster === undefined || door.api !== '' ? null : `/cum-loa/${cluster}`
}

/** The address of a page behind a door; an empty name is the report itself. */
export function pageAddress(door: ReportDoor, page: string, query: Readonly<Record<string, string>>): string {
  const text = queryText(query)
  return `${door.pages}${page === '' ? '' : `/${page}`}${text === '' ? '' : `?${text}`}${door.suffix}`
}
