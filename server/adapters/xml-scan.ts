import { ok, refuse, type Result } from '../../shared/core/result.ts'

/** Far above any alert, far below what hurts. */
const MAX_DEPTH = 32
const MAX_ELEMENTS = 10_000
/** A tag carries names and a few attributes; texts stand between tags. */
const MAX_TAG_CHARACTERS = 2_048

type Refused = Extract<Result<never, 'malformed'>, { ok: false }>
const malformed = (why: string): Refused => refuse('malformed', why)

/** End of a construct that begins at `at`, exclusive; -1 when it does not end. */
function after(text: string, end: string, at: number): number {
  const found = text.indexOf(end, at)
  return found < 0 ? -1 : found + end.length
}

/** End of a tag that begins at `at`, exclusive; a `>` in a quoted value does not end it. -1 when it is too long or does not end. */
function endOfTag(text: string, at: number): number {
  const last = Math.min(text.length, at + MAX_TAG_CHARACTERS)
  let quote = ''
  for (let i = at; i < last; i++) {
    const c = text.charAt(i)
    if (quote !== '') quote = c === quote ? '' : quote
    else if (c === '"' || c === "'") quote = c
    else if (c === '>') return i + 1
  }
  return -1
}

/**
 * Bounds what a parser is given: one pass, no memory. Refuses document types (and with them every entity of a document's own), processing
 * instructions, and more depth, elements or attributes than an alert can need. It does not check that the document is well-formed.
 */
export function scanXml(text: string): Result<null, 'malformed'> {
  let [depth, elements] = [0, 0]
  for (let at = text.indexOf('<'); at >= 0; ) {
    let end: number
    if (text.startsWith('<!--', at)) end = after(text, '-->', at + 4)
    else if (text.startsWith('<![CDATA[', at)) end = after(text, ']]>', at + 9)
    else if (text.startsWith('<!', at)) return malformed('The document declares a document type or entities: leave them out.')
    else if (text.startsWith('<?', at)) {
      if (at > 0 || !/^<\?xml\s/.test(text)) return malformed('The document holds a processing instruction: leave it out.')
      end = after(text, '?>', at)
    } else {
      end = endOfTag(text, at)
      if (text.charAt(at + 1) === '/') depth -= 1
      else {
        elements += 1
        if (end > 0 && text.charAt(end - 2) !== '/') depth += 1
      }
      if (depth > MAX_DEPTH) return malformed(`The document nests deeper than ${MAX_DEPTH} elements.`)
      if (elements > MAX_ELEMENTS) return malformed(`The document has more than ${MAX_ELEMENTS} elements.`)
    }
    if (end < 0) return malformed('A tag is too long, or does not end.')
    at = text.indexOf('<', end)
  }
  return elements === 0 ? malformed('The document holds no element.') : ok(null)
}
