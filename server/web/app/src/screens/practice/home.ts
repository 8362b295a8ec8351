const KEY = 'practice-home'

/** An address that a link may lead to; null where it is none. */
export const safeHome = (address: string | null): string | null => (address !== null && URL.canParse(address) && /^https?:$/.test(new URL(address).protocol) ? address : null)

/** The station from which somebody came; null where it is not known. */
export const home = (): string | null => safeHome(localStorage.getItem(KEY))
export const keepHome = (address: string): void => localStorage.setItem(KEY, address)
