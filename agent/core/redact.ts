/** A field of a log line with such a name is not for other eyes, whatever it holds. */
const SECRET_NAME = /pass|secret|token|claim|private|credential|authorization|cookie|^key$/i
/** Credentials within an address. */
const IN_ADDRESS = /(\w+:\/\/)[^/\s:@]+:[^/\s@]+@/g
const GONE = '[…]'

/** A copy of a log line's fields without secrets: by name, by the values that are known to be secret, and within addresses. */
export function redacted(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, GONE)), value).replaceAll(IN_ADDRESS, `$1${GONE}@`)
  if (Array.isArray(value)) return value.map((one) => redacted(one, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, SECRET_NAME.test(name) ? GONE : redacted(one, secrets)]))
}
