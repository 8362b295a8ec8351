/** A file of the pages, with what browsers may be sent instead of it. */
export interface WebAsset {
  readonly type: string
  readonly bytes: Uint8Array
  readonly gzip: Uint8Array
  readonly brotli: Uint8Array
  /** Entity tag, quoted. */
  readonly tag: string
}
/** By address, for example `/assets/first-abc.js`. */
export type WebApp = ReadonlyMap<string, WebAsset>

/** The form that a browser takes, the smallest first. */
export function formFor(asset: WebAsset, accepts: string): { readonly bytes: Uint8Array; readonly encoding: 'br' | 'gzip' | null } {
  const taken = new Set(accepts.split(',').flatMap((one) => (/;\s*q=0(\.0*)?\s*$/.test(one) ? [] : [one.split(';')[0]?.trim() ?? ''])))
  if (taken.has('br')) return { bytes: asset.brotli, encoding: 'br' }
  return taken.has('gzip') ? { bytes: asset.gzip, encoding: 'gzip' } : { bytes: asset.bytes, encoding: null }
}
