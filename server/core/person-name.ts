/** Country code of Viet Nam. */
const PREFIX = '84'
/** Mobile numbers have nine digits behind the 0, those of houses ten (since 2017). */
const NATIONAL = /^(?:[35789]\d{8}|2\d{9})$/

/**
 * A telephone number of Viet Nam as `+84…`, from any form that people write: `0912 345 678`, `+84 912.345.678`,
 * `84912345678`, `0084…`, `(0263) 3822 456`. null where it is none.
 */
export function phoneOf(text: string): string | null {
  const plain = text.normalize('NFKC').replace(/[\s.()\-‐-―]/gu, '')
  if (!/^\+?\d{9,15}$/.test(plain)) return null
  const digits = plain.replace(/^\+|^00/, '')
  const isForeign = plain !== digits
  const national = digits.startsWith(PREFIX) && digits.length >= 11 ? digits.slice(2).replace(/^0/, '') : isForeign ? '' : digits.replace(/^0/, '')
  return NATIONAL.test(national) ? `+${PREFIX}${national}` : null
}

/** A name as it is shown: composed, with single spaces. */
export const tidyName = (name: string): string => name.normalize('NFC').trim().replace(/\s+/gu, ' ')

/** Two names are the same person's when this is the same: capitals and spaces play no part. */
export const nameKey = (name: string): string => tidyName(name).toLocaleLowerCase('vi')

/** As `nameKey`, typed on a keyboard without Vietnamese letters. */
export const plainKey = (name: string): string => nameKey(name).normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd')
