import { Type } from 'typebox'

/** SHA-256 in base64url without padding. */
export const Sha = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
/** A cluster: ten characters of Crockford's base32 in lower case. */
export const ClusterId = Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$' })
/** Greater is newer: max(last + 1, wall ms), so a restored server still issues newer ones. */
export const Rev = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
/** 2100-01-01: a clock beyond it is broken. */
export const MAX_WALL_MS = 4_102_444_800_000
/** Wall milliseconds. */
export const Wall = Type.Integer({ minimum: 0, maximum: MAX_WALL_MS })
/** One item of one occurrence of a session: its evidence keeps this name over every re-planning. */
export const SlotId = Type.String({ pattern: '^[A-Za-z0-9._-]{1,80}$' })
/** Random name of one boot of an agent, or of one log: 8 bytes in base64url. */
export const Nonce = Type.String({ pattern: '^[A-Za-z0-9_-]{11}$' })
