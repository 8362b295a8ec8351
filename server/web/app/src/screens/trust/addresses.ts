/** GET /trust. */
export interface TrustView {
  readonly authority: { readonly name: string; readonly fingerprint: string; readonly until: string; readonly certificate: string } | null
  readonly addresses: readonly string[]
}

/** The secure address to go on with: of those that there are, the one that this page was opened by, else the first; null where there is none. */
export const secureAddress = (addresses: readonly string[], host: string): string | null => addresses.find((one) => new URL(one).host === host) ?? addresses[0] ?? null
/** What a phone opens first: the same place without what it does not trust yet. */
export const openAddress = (secure: string): string => `${secure.replace(/^https/, 'http')}/tin-cay`
/** `AB:CD:…` in lines that can be compared by eye. */
export const inLines = (fingerprint: string): readonly string[] => (fingerprint.replaceAll(':', '').match(/.{1,16}/g) ?? []).map((line) => (line.match(/.{1,4}/g) ?? []).join(' '))
