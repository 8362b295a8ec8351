/** An expected refusal is a value. `why` is a sentence that says what to do, in English; screens translate by `code`. */
export type Result<T, Code extends string = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: Code; readonly why: string }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
export const refuse = <Code extends string>(
  code: Code,
  why: string,
): { readonly ok: false; readonly code: Code; readonly why: string } => ({ ok: false, code, why })

/** A promise of our own code was broken: a bug, never a user's mistake. */
export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant'
}

/** Ends a `switch` over a closed union: adding a member without handling it does not compile. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`unreachable: ${JSON.stringify(value)}`)
}
