import tseslint from 'typescript-eslint'

/**
 * What imports cannot show (dependency-cruiser sees those): the real clock, chance, timers, network and process are
 * touched by adapters, main and the tools alone. Everything else gets time and chance as arguments.
 */
// start-server.ts, start-station.ts and start-broadcasting.ts are main's other half: they build the adapters, for main and for tests alike
const AT_THE_EDGE = ['**/adapters/**', '*/main.ts', 'server/start-server.ts', 'server/start-station.ts', 'server/start-broadcasting.ts', 'scripts/**', 'test/**', '*.mjs', '*.cjs']

const hint = 'only adapters/, main.ts, scripts/ and test/ may; take a Clock, a Random or a port as an argument'
const GLOBALS = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'performance', 'fetch', 'process', 'console', 'crypto', 'WebSocket']
const banned = (name) => ({ name, message: hint })
const bannedProperty = (object, property) => ({ object, property, message: hint })
const SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'named exports only: one word per thing, wherever it is imported' },
  { selector: "CallExpression[callee.property.name='catch'] > ArrowFunctionExpression > BlockStatement[body.length=0]", message: 'nothing is swallowed: count it, report it, or say why it may be ignored' },
]

const isFunction = (node) => /Function/.test(node.type)

/**
 * A function's own lines, without those of the functions inside it: a factory that hands out a dozen small functions is
 * as long as what it does itself. What it encloses is bounded too, by max-lines-per-function.
 */
const ownLines = {
  meta: { type: 'suggestion', schema: [{ type: 'integer' }], messages: { long: 'This function has {{lines}} lines of its own; {{most}} are allowed. Give a part of it a name.' } },
  create(context) {
    const { lines: texts } = context.sourceCode
    const [most] = context.options
    const comments = new Set()
    const counts = []
    const linesOf = (node) => {
      let lines = 0
      for (let line = node.loc.start.line; line <= node.loc.end.line; line++) if (texts[line - 1].trim() !== '' && !comments.has(line)) lines += 1
      return lines
    }
    return {
      Program() {
        for (const { loc } of context.sourceCode.getAllComments()) {
          for (let line = loc.start.line; line <= loc.end.line; line++) if (/^\s*(\/\/|\/\*|\*)/.test(texts[line - 1])) comments.add(line)
        }
      },
      ':function'() {
        counts.push(0)
      },
      ':function:exit'(node) {
        const inner = counts.pop()
        const total = linesOf(node)
        // one line of an inner function stays: the one on which it is named
        if (total - inner > most) context.report({ node, loc: node.loc.start, messageId: 'long', data: { lines: total - inner, most } })
        if (counts.length > 0 && isFunction(node)) counts.push(counts.pop() + Math.max(0, total - 1))
      },
    }
  },
}

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'server/web/app/', 'server/web/vite.config.ts', 'data/', '.tap/', '**/*.d.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', {
        // the runner awaits a subtest whether or not the caller does
        allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }],
      }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      'max-params': ['error', 4],
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    plugins: { house: { rules: { 'own-lines': ownLines } } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'house/own-lines': ['error', 60],
      'max-lines-per-function': ['error', { max: 160, skipBlankLines: true, skipComments: true }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-syntax': ['error', ...SYNTAX],
      'eqeqeq': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
    },
  },
  {
    files: ['shared/**/*.ts', 'server/**/*.ts', 'agent/**/*.ts'],
    ignores: AT_THE_EDGE,
    rules: {
      'no-restricted-globals': ['error', ...GLOBALS.map(banned)],
      'no-restricted-properties': ['error', bannedProperty('Date', 'now'), bannedProperty('Math', 'random'), bannedProperty('globalThis', 'setTimeout'), bannedProperty('globalThis', 'process')],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: hint, allowTypeImports: true }] }],
      'no-restricted-syntax': ['error', ...SYNTAX,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: `new Date() reads the real clock: ${hint}` },
        { selector: "CallExpression[callee.name='Date']", message: `Date() reads the real clock: ${hint}` },
      ],
    },
  },
  {
    files: ['shared/**/*.ts', '**/core/**/*.ts'],
    ignores: ['test/**', 'scripts/**'],
    rules: {
      'no-restricted-globals': ['error', ...[...GLOBALS, 'Buffer'].map(banned)],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'shared/ and core/ are pure: they run in a browser and in the simulation too' }] }],
    },
  },
  {
    // a test reads best as one flow of sentences
    files: ['test/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'house/own-lines': 'off' },
  },
  {
    // configuration files are read by tools that ask for a default export
    files: ['*.config.mjs'],
    rules: { 'no-restricted-syntax': 'off' },
  },
)
