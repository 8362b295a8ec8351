import ts from 'typescript'

/** What the comments beside the fields of a schema say, by path: `radio.operator`, `rows[].n`. */
export type FieldDocs = ReadonlyMap<string, string>

/**
 * Reads the doc comments of schemas out of their source, so that a field is described in one place: beside its
 * definition. A field without a comment of its own has that of the named schema that it uses.
 */
export function readFieldDocs(sources: readonly { readonly name: string; readonly text: string }[]): Map<string, FieldDocs> {
  const declared = new Map<string, { doc: string; value: ts.Expression }>()
  for (const { name, text } of sources) {
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)
    for (const statement of file.statements) {
      if (!ts.isVariableStatement(statement)) continue
      const one = statement.declarationList.declarations[0]
      if (one?.initializer && ts.isIdentifier(one.name)) declared.set(one.name.text, { doc: docOf(statement), value: one.initializer })
    }
  }
  const out = new Map<string, FieldDocs>()
  for (const [name, { value }] of declared) {
    const docs = new Map<string, string>()
    collect(value, '', docs, declared)
    out.set(name, docs)
  }
  for (const [name, { doc }] of declared) if (doc !== '') (out.get(name) as Map<string, string>).set('', doc)
  return out
}

type Declared = ReadonlyMap<string, { readonly doc: string; readonly value: ts.Expression }>

function docOf(node: ts.Node): string {
  const text = node.getSourceFile().text
  const last = ts.getLeadingCommentRanges(text, node.getFullStart())?.filter((r) => text.startsWith('/**', r.pos)).pop()
  if (!last) return ''
  const lines = text.slice(last.pos + 3, last.end - 2).split('\n')
  return lines.map((line) => line.replace(/^\s*\*? ?/, '').trim()).filter((line) => line !== '').join(' ')
}

/** `Type.Optional(X)` and `Type.Union([X, Type.Null()])` → X: what says what the field is. */
function core(value: ts.Expression): { at: string; value: ts.Expression } {
  if (!ts.isCallExpression(value)) return { at: '', value }
  const [first] = value.arguments
  const callee = value.expression.getText()
  if (first === undefined) return { at: '', value }
  if (callee === 'Type.Optional' || callee === 'Type.Partial') return core(first)
  if (callee === 'Type.Union' && ts.isArrayLiteralExpression(first) && first.elements[0]) {
    const nullable = first.elements.length === 2 && first.elements[1]?.getText() === 'Type.Null()'
    return nullable ? core(first.elements[0]) : { at: '', value }
  }
  if (callee === 'Type.Array') {
    const inner = core(first)
    return { at: `[]${inner.at}`, value: inner.value }
  }
  return { at: '', value }
}

function collect(expression: ts.Expression, path: string, docs: Map<string, string>, declared: Declared): void {
  const { at, value } = core(expression)
  if (ts.isIdentifier(value)) {
    const named = declared.get(value.text)
    if (named) collect(named.value, `${path}${at}`, docs, declared)
    return
  }
  const literal = ts.isObjectLiteralExpression(value) ? value : ts.isCallExpression(value) && value.expression.getText() === 'Type.Object' ? value.arguments[0] : undefined
  if (!literal || !ts.isObjectLiteralExpression(literal)) return
  const prefix = path + at === '' ? '' : `${path}${at}.`
  for (const property of literal.properties) {
    if (ts.isSpreadAssignment(property)) collect(property.expression, path + at, docs, declared)
    if (!ts.isPropertyAssignment(property)) continue
    const name = property.name.getText()
    const inner = core(property.initializer)
    const own = docOf(property) || (ts.isIdentifier(inner.value) ? (declared.get(inner.value.text)?.doc ?? '') : '')
    if (own !== '') docs.set(`${prefix}${name}`, own)
    collect(property.initializer, `${prefix}${name}`, docs, declared)
  }
}
