import { Type, type Static } from 'typebox'

/** A ground for the map that another machine keeps: pictures by scale and place, and the words that their keeper asks for. */
export const MapTiles = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 500, description: 'an https address with {z}, {x} and {y} in its path' }),
    attribution: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'who keeps and made the pictures; shown beside the map' }),
  },
  { additionalProperties: false },
)
export type MapTiles = Static<typeof MapTiles>

const GAPS = ['{z}', '{x}', '{y}'] as const
/** A content policy takes names and one loopback address; letters that would end or widen it are none of a name's. */
const NAME = /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)+$/
const LOOPBACK = /^(127\.0\.0\.1|localhost)$/

/**
 * Where the pictures of an address come from, `https://HOST[:PORT]`, as it may stand in a content policy; `http` only on this
 * very machine. null for an address that may not be used: no host of its own name, no gap for scale or place, another gap, or a
 * name and password in it.
 */
export function tileOrigin(address: string): string | null {
  if (!GAPS.every((gap) => address.includes(gap))) return null
  const filled = GAPS.reduce((text, gap) => text.replaceAll(gap, '0'), address)
  if (/[{}\s]/.test(filled) || !URL.canParse(filled)) return null
  const { protocol, hostname, origin, username, password } = new URL(filled)
  // a gap in the host would make every picture come from elsewhere
  if (username !== '' || password !== '' || !address.toLowerCase().startsWith(`${origin}/`)) return null
  if (LOOPBACK.test(hostname)) return protocol === 'https:' || protocol === 'http:' ? origin : null
  return protocol === 'https:' && NAME.test(hostname) ? origin : null
}
