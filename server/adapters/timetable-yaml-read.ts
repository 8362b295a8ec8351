import { CST, isAlias, isMap, isScalar, isSeq, Lexer, parseDocument, type Document, type LineCounter, type Node, type YAMLError } from 'yaml'

/** One thing that is wrong in a timetable file. Line and column count from 1. */
export interface YamlProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** JSON pointer; empty where the text has no structure to point into. */
  readonly path: string
  readonly en: string
  readonly vi: string
}

export type Say = (offset: number, path: string, words: { readonly en: string; readonly vi: string }) => void

/** The plain value of a file, and where each part of it stands in the text (offset of its first character). */
export interface Read {
  readonly value: unknown
  readonly values: ReadonlyMap<string, number>
  readonly keys: ReadonlyMap<string, number>
  /** Numbers as they are written, by pointer: `00123` is not 123 to the one who typed a code. */
  readonly sources: ReadonlyMap<string, string>
}

/** Deeper nesting than any timetable's would exhaust the stack of the YAML composer, which ends the process. */
const MAX_FLOW_DEPTH = 32
const MAX_INDENT_COLUMNS = 100
const MAX_INDICATORS_PER_LINE = 16
/** Lexemes of a file; 500 sessions of 40 items have half of it. */
const MAX_LEXEMES = 400_000
/** Parts of the value, repeated by aliases included: keeps an "alias bomb" small. */
const MAX_PARTS = 200_000
const MAX_ALIASES = 200
const MAX_VALUE_DEPTH = 40

const STRING_TAG = 'tag:yaml.org,2002:str'
const TAGS = { en: 'Tags such as !name have no meaning in a timetable. Take it out.', vi: 'Lịch phát không dùng thẻ dạng !tên. Xin bỏ đi.' }

const SYNTAX_HINTS: Record<string, { en: string; vi: string }> = {
  TAB_AS_INDENT: { en: 'A tab stands where spaces belong. Indent with spaces.', vi: 'Thụt dòng bằng phím Tab. Xin dùng dấu cách.' },
  BAD_INDENT: { en: 'The indentation does not fit the lines above. Line the entry up with its neighbours.', vi: 'Thụt dòng chưa thẳng hàng. Xin canh lại cho khớp các dòng trên.' },
  MISSING_CHAR: { en: 'A character is missing here, such as a closing quote, bracket, colon or comma.', vi: 'Thiếu một ký tự ở đây, như dấu nháy, dấu ngoặc, dấu hai chấm hoặc dấu phẩy.' },
  MULTILINE_IMPLICIT_KEY: { en: 'A field name runs over several lines. Is a colon or a quote missing?', vi: 'Tên mục kéo dài nhiều dòng. Có thể thiếu dấu hai chấm hoặc dấu nháy.' },
  MULTIPLE_DOCS: { en: 'The file holds several documents. Keep one; take out the line "---".', vi: 'Tệp có nhiều phần. Xin chỉ giữ một và bỏ dòng "---".' },
  TAG_RESOLVE_FAILED: TAGS,
}

function syntaxWords(error: YAMLError): { en: string; vi: string } {
  const first = error.message.split('\n')[0] ?? error.message
  return SYNTAX_HINTS[error.code] ?? { en: `This is no valid YAML: ${first}.`, vi: `Tệp sai cú pháp YAML ở đây (${first}).` }
}

const TOO_DEEP = { en: 'The entries are nested too deeply for a timetable. Write them flatter.', vi: 'Nội dung lồng nhau quá sâu. Xin viết gọn lại.' }
const TOO_MANY = { en: 'The file has more entries than a timetable may have. Split it.', vi: 'Tệp có quá nhiều mục. Xin chia nhỏ.' }

/** Lexemes that the lexer adds and that are not in the text. */
const SCALAR_MARK = '\u001f'
const MARKS: ReadonlySet<string> = new Set(['\u0002', '\u0018', SCALAR_MARK])

/** Why the text must not reach the composer, and where; null when it may. The lexer itself does not nest. */
function tooMuch(text: string): { readonly at: number; readonly en: string; readonly vi: string } | null {
  let [at, flow, indicators, lexemes] = [0, 0, 0, 0]
  let atLineStart = true
  let mark = ''
  for (const lexeme of new Lexer().lex(text)) {
    // what follows the mark of a scalar is its text, whatever it looks like
    const type = mark === SCALAR_MARK ? 'scalar' : CST.tokenType(lexeme)
    mark = MARKS.has(lexeme) ? lexeme : ''
    if (type === 'flow-seq-start' || type === 'flow-map-start') flow++
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flow = Math.max(0, flow - 1)
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') indicators += flow === 0 ? 1 : 0
    const indent = atLineStart && type === 'space' ? lexeme.length : 0
    if (flow > MAX_FLOW_DEPTH || indicators > MAX_INDICATORS_PER_LINE || indent > MAX_INDENT_COLUMNS) return { at, ...TOO_DEEP }
    if (++lexemes > MAX_LEXEMES) return { at, ...TOO_MANY }
    if (mark !== '') continue
    at += lexeme.length
    atLineStart = lexeme.endsWith('\n')
    if (lexeme.includes('\n')) indicators = 0
  }
  return null
}

interface Walk {
  readonly doc: Document
  readonly say: Say
  readonly values: Map<string, number>
  readonly keys: Map<string, number>
  readonly sources: Map<string, string>
  parts: number
  aliases: number
}

const offsetOf = (node: Node | null | undefined, orElse: number): number => node?.range?.[0] ?? orElse

/** One part of a JSON pointer (RFC 6901 §3). */
export const pointerPart = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

interface Place {
  readonly path: string
  readonly depth: number
  /** Where to point when the node has no text of its own (an empty value). */
  readonly at: number
}

function valueOf(walk: Walk, node: Node | null | undefined, place: Place): unknown {
  const at = offsetOf(node, place.at)
  walk.values.set(place.path, at)
  if (++walk.parts > MAX_PARTS || place.depth > MAX_VALUE_DEPTH) {
    if (walk.parts <= MAX_PARTS + 1) walk.say(at, place.path, place.depth > MAX_VALUE_DEPTH ? TOO_DEEP : TOO_MANY)
    return null
  }
  if (isAlias(node)) {
    const target = ++walk.aliases > MAX_ALIASES ? undefined : node.resolve(walk.doc)
    if (target) return valueOf(walk, target as Node, { ...place, depth: place.depth + 1, at })
    walk.say(at, place.path, {
      en: `The reference *${node.source} leads nowhere, or there are more than ${MAX_ALIASES} of them. Write the value out.`,
      vi: `Tham chiếu *${node.source} không dùng được. Xin ghi đầy đủ giá trị.`,
    })
    return null
  }
  if (node?.tag !== undefined && node.tag !== STRING_TAG) {
    walk.say(at, place.path, TAGS)
    return null
  }
  if (isSeq(node)) {
    return node.items.map((item, n) => valueOf(walk, item as Node | null, { path: `${place.path}/${n}`, depth: place.depth + 1, at }))
  }
  if (isMap(node)) return mapOf(walk, node.items as { key: Node | null; value: Node | null }[], { ...place, at })
  if (!isScalar(node)) return null
  if (typeof node.value === 'number' && node.source !== undefined) walk.sources.set(place.path, node.source)
  return node.value
}

function mapOf(walk: Walk, pairs: readonly { readonly key: Node | null; readonly value: Node | null }[], place: Place): object {
  const entries = new Map<string, unknown>()
  for (const { key, value } of pairs) {
    const at = offsetOf(key, place.at)
    if (!isScalar(key) || key.value === null) {
      walk.say(at, place.path, { en: 'A field has no usable name here.', vi: 'Tên mục ở đây chưa hợp lệ.' })
      continue
    }
    const name = typeof key.value === 'number' ? (key.source ?? String(key.value)) : String(key.value)
    const path = `${place.path}/${pointerPart(name)}`
    if (entries.has(name)) {
      walk.say(at, path, { en: `The field "${name}" is there twice. Keep one of them.`, vi: `Mục "${name}" bị ghi hai lần. Xin giữ một.` })
      continue
    }
    walk.keys.set(path, at)
    entries.set(name, valueOf(walk, value, { path, depth: place.depth + 1, at }))
  }
  return Object.fromEntries(entries)
}

/**
 * Text → plain value with the place of each part. What is wrong is told through `say`; null when there is no
 * value to go on with. Aliases are followed within limits; tags, several documents and YAML 1.1 are refused.
 */
export function readYaml(text: string, lines: LineCounter, say: Say): Read | null {
  const excess = tooMuch(text)
  // the counter learns its lines from the parser, which is not to see this text
  if (excess) {
    for (let at = text.indexOf('\n'); at >= 0 && at < excess.at; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
    say(excess.at, '', excess)
    return null
  }
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2', schema: 'core', logLevel: 'error' })
  const wrong = [...doc.errors, ...doc.warnings]
  for (const error of wrong) say(error.pos[0], '', syntaxWords(error))
  if (doc.directives?.yaml.explicit === true && doc.directives.yaml.version !== '1.2') {
    say(0, '', { en: 'The line "%YAML 1.1" changes how times are read. Take it out.', vi: 'Dòng "%YAML 1.1" làm sai cách đọc giờ. Xin bỏ đi.' })
    return null
  }
  if (wrong.length > 0) return null
  if (doc.contents === null) {
    say(0, '', { en: 'The file is empty. A timetable has version, station, areas and sessions.', vi: 'Tệp trống. Lịch phát cần có version, station, areas và sessions.' })
    return null
  }
  const walk: Walk = { doc, say, values: new Map(), keys: new Map(), sources: new Map(), parts: 0, aliases: 0 }
  const value = valueOf(walk, doc.contents as Node, { path: '', depth: 0, at: 0 })
  return { value, values: walk.values, keys: walk.keys, sources: walk.sources }
}
