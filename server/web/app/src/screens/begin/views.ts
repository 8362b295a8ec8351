/** What the first steps need of GET /clusters, /live/:id and /services/:id. */
export interface FirstCluster {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly simulated: boolean
  readonly online: boolean
}
export interface FirstService {
  readonly id: string
  readonly state: 'ordered' | 'taken' | 'done' | 'failed' | 'refused' | 'expired'
  readonly why: { readonly vi: string; readonly en: string } | null
}
export interface FirstLive {
  readonly id: string
  readonly state: 'waiting' | 'sounding' | 'ended'
  readonly rows?: readonly { readonly cluster: string; readonly state: string; readonly why: string | null }[]
}
