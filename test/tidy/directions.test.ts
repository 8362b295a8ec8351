import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { cruise, type IForbiddenRuleType, type IReporterOutput, type ICruiseOptions } from 'dependency-cruiser'
import { ESLint } from 'eslint'
import t from 'tap'
import { ROOT } from '../support/tree.ts'

const { forbidden, options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: IForbiddenRuleType[]; options: ICruiseOptions }

/** One planted violation for every rule of the dependency rules. */
const PLANTED = {
  'tsconfig.json': '{ "compilerOptions": { "module": "NodeNext", "moduleResolution": "NodeNext", "allowImportingTsExtensions": true, "noEmit": true } }',
  'package.json': '{ "type": "module", "dependencies": { "pino": "*", "typebox": "*" }, "devDependencies": { "fast-check": "*" } }',
  shared: {
    core: {
      'rule.ts': "import { row } from '../protocol/row.ts'\nexport const rule = row",
      'impure.ts': "import { readFileSync } from 'node:fs'\nimport { pino } from 'pino'\nexport const impure = [readFileSync, pino]",
      'left.ts': "import { right } from './right.ts'\nexport const left = (): unknown => right",
      'right.ts': "import { left } from './left.ts'\nexport const right = (): unknown => left",
      'dead.ts': 'export const dead = 1',
      'lost.ts': "export { lost } from './nowhere.ts'",
    },
    protocol: { 'row.ts': "import { decide } from '../../server/core/decide.ts'\nexport const row = decide" },
  },
  server: {
    'main.ts': "import { mqtt } from '../agent/adapters/mqtt.ts'\nexport const main = mqtt",
    core: { 'decide.ts': "import { store } from '../features/areas/store.ts'\nexport const decide = store" },
    features: {
      areas: { 'plugin.ts': "export { store } from './store.ts'", 'store.ts': "import fc from 'fast-check'\nexport const store = fc" },
      clusters: { 'plugin.ts': "import { store } from '../areas/store.ts'\nimport { main } from '../../main.ts'\nexport const clusters = [store, main]" },
    },
    adapters: { 'disk.ts': "import { plugin } from '../features/areas/plugin.ts'\nexport const disk = plugin" },
  },
  agent: { adapters: { 'mqtt.ts': "import { fake } from '../../test/support/fake.ts'\nimport undeclared from 'mqtt'\nexport const mqtt = [fake, undeclared]" } },
  test: { support: { 'fake.ts': 'export const fake = 1' } },
}

t.test('each dependency rule reports the violation that was planted for it', async (t) => {
  const baseDir = t.testdir(PLANTED)
  symlinkSync(join(ROOT, 'node_modules'), join(baseDir, 'node_modules'))
  const here = process.cwd()
  t.teardown(() => process.chdir(here))
  process.chdir(baseDir)
  const { output } = (await cruise(['shared', 'server', 'agent', 'test'], { ...options, baseDir, ruleSet: { forbidden }, validate: true })) as IReporterOutput
  if (typeof output === 'string') return t.fail(output)
  const reported = new Map<string, string[]>()
  for (const { rule, from, to } of output.summary.violations) reported.set(rule.name, [...(reported.get(rule.name) ?? []), `${from} → ${to}`])
  for (const { name } of forbidden) t.ok(reported.has(name ?? ''), name ?? 'a rule without a name')
})

/** What imports cannot show; the rules that need types are left out, a planted text belongs to no project. */
const TYPED = ['no-floating-promises', 'no-misused-promises', 'switch-exhaustiveness-check', 'only-throw-error', 'consistent-type-imports']
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false } }, rules: Object.fromEntries(TYPED.map((rule) => [`@typescript-eslint/${rule}`, 'off'])) }],
})
const rulesBrokenBy = async (text: string, filePath: string): Promise<string[]> => {
  const [result] = await eslint.lintText(text, { filePath: join(ROOT, filePath) })
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message)
}

const BANS: readonly (readonly [string, string])[] = [
  ['export const f = (): unknown => setTimeout(f, 1)', 'no-restricted-globals'],
  ['export const f = (): unknown => setInterval(f, 1)', 'no-restricted-globals'],
  ['export const f = (): unknown => setImmediate(f)', 'no-restricted-globals'],
  ['export const f = (): number => performance.now()', 'no-restricted-globals'],
  ["export const f = (): unknown => fetch('x')", 'no-restricted-globals'],
  ['export const f = (): unknown => process.env', 'no-restricted-globals'],
  ["export const f = (): void => console.log('x')", 'no-restricted-globals'],
  ['export const f = (): number => Date.now()', 'no-restricted-properties'],
  ['export const f = (): number => Math.random()', 'no-restricted-properties'],
  ['export const f = (): Date => new Date()', 'no-restricted-syntax'],
  ["import { readFileSync } from 'node:fs'\nexport const f = readFileSync", '@typescript-eslint/no-restricted-imports'],
  ['export default 1', 'no-restricted-syntax'],
  ['export const f = (x: any): unknown => x', '@typescript-eslint/no-explicit-any'],
  ['export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): unknown => [a, b, c, d, e]', 'max-params'],
  ['export const f = (): void => { try { f() } catch {} }', 'no-empty'],
  ['export const f = (p: Promise<void>): unknown => p.catch(() => {})', 'no-restricted-syntax'],
  [`export const f = (): void => {\n${'  f()\n'.repeat(61)}}`, 'house/own-lines'],
  [`export const f = (): unknown => ({\n${'  f: () => [\n    f,\n  ],\n'.repeat(60)}})`, 'max-lines-per-function'],
  [`export const f = 1\n${'export type F = 1\n'.repeat(301)}`, 'max-lines'],
]
const PURE = ['shared/core/planted.ts', 'server/core/planted.ts', 'agent/core/planted.ts', 'agent/stages/planted.ts', 'server/features/areas/planted.ts']

t.test('each ban is reported wherever only decisions are made', async (t) => {
  for (const path of PURE) for (const [text, rule] of BANS) t.ok((await rulesBrokenBy(text, path)).includes(rule), `${path}: ${rule}: ${text.slice(0, 60)}`)
})

t.test('adapters, main, scripts and tests may touch the real clock', async (t) => {
  for (const path of ['server/adapters/planted.ts', 'agent/adapters/sound/planted.ts', 'server/main.ts', 'agent/main.ts', 'scripts/planted.ts', 'test/unit/planted.test.ts'])
    t.same(await rulesBrokenBy("import { hostname } from 'node:os'\nexport const f = (): unknown => [Date.now(), process.pid, hostname]\n", path), [], path)
})

t.test('a factory is as long as what it does itself, not as the small functions that it hands out', async (t) => {
  const factory = `export const f = (): unknown => ({\n${'  f: () => [\n    f,\n  ],\n'.repeat(30)}})\n`
  t.same(await rulesBrokenBy(factory, 'shared/core/planted.ts'), [])
})

t.test('a date that is given its instant is allowed in core', async (t) => {
  t.same(await rulesBrokenBy('export const f = (at: number): Date => new Date(at)\n', 'shared/core/planted.ts'), [])
})
