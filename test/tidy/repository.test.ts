import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { filesOfTree, MADE_HERE, ROOT, textOf } from '../support/tree.ts'

const files = filesOfTree()
const BINARY = /\.(png|jpg|ico|wav|ogg|opus|mp3|woff2?|gz|bin)$/
const written = files.filter((path) => !BINARY.test(path) && path !== 'package-lock.json')
const code = written.filter((path) => /\.(ts|mjs|cjs)$/.test(path))

const ALLOWED_AT_TOP = [
  'shared', 'server', 'agent', 'schedules', 'scripts', 'test',
  'package.json', 'package-lock.json', 'tsconfig.json', 'docker-compose.yml', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE',
  '.ci', '.gitignore', '.taprc', '.dependency-cruiser.cjs', 'eslint.config.mjs',
]

t.test('the top level holds what the design names and nothing else', async (t) => {
  for (const name of readdirSync(ROOT)) t.ok([...ALLOWED_AT_TOP, ...MADE_HERE].includes(name), name)
})

t.test('every feature has its door', async (t) => {
  const folder = join(ROOT, 'server', 'features')
  for (const name of readdirSync(folder)) t.ok(existsSync(join(folder, name, 'plugin.ts')), `server/features/${name}/plugin.ts`)
})

t.test('files are named in kebab-case, by what they are and not by what they are good for', async (t) => {
  const shouted = /^(README|CONTRIBUTING|CHANGELOG|LICENSE|PROTOCOL|Dockerfile)/
  for (const path of written) {
    const name = basename(path)
    if (shouted.test(name) || path.startsWith('shared/protocol/golden/')) continue
    // a component is called as it is written in another one
    t.match(name, path.endsWith('.svelte') ? /^[A-Z][A-Za-z0-9]*\.svelte$/ : /^[a-z0-9.@-]+$/, path)
    t.notMatch(name, /^(utils?|helpers?|managers?|data|misc|common)\./, path)
  }
})

// each pattern is written so that it does not find itself
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ['a path of somebody’s machine', /\/(wor[k]|roo[t]|hom[e]\/\w+|User[s]\/\w+)\/(?!$)[\w.-]/],
  ['a registry host', /registry\.(npmj[s]|yarnpk[g])/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVAT[E] KEY-----/],
  ['a token that looks real', /\b(gh[pous]_[A-Za-z0-9]{30}|AKI[A][0-9A-Z]{16}|xox[bp]-[0-9A-Za-z-]{20}|npm_[A-Za-z0-9]{36})/],
  ['a note to do it later', /\b(TOD[O]|FIXM[E])\b/],
  ['a mention of who or what wrote it', /\b(Claud[e]|ChatGP[T]|Copilo[t]|Anthropi[c]|OpenA[I])\b/],
]
for (const [what, pattern] of FORBIDDEN) {
  t.test(`no file holds ${what}`, async (t) => {
    for (const path of written) t.notMatch(textOf(path), pattern, path)
  })
}

t.test('the lock names no host that packages were fetched from', async (t) => {
  const lock = textOf('package-lock.json')
  t.notMatch(lock, /"resolved"/)
  t.notMatch(lock, /https?:\/\/[^"]*\.tgz/)
})

t.test('no test is alone, and none is skipped without its reason', async (t) => {
  for (const path of code.filter((one) => one.endsWith('.test.ts'))) {
    const text = textOf(path)
    t.notMatch(text, /\.onl[y]\(|\bonly: tru[e]/, `${path} runs alone`)
    t.notMatch(text, /\.ski[p]\(|ski[p]: true|\.tod[o]\(/, `${path} skips without a reason`)
  }
})

t.test('nothing is swallowed: no empty catch', async (t) => {
  const planted = 'test/tidy/directions.test.ts'
  for (const path of code.filter((one) => one !== planted)) {
    t.notMatch(textOf(path), /catch\s*(\([^)]*\))?\s*\{\s*\}/, path)
    t.notMatch(textOf(path), /\.catch\(\(\w*\)\s*=>\s*(\{\s*\}|undefined)\)/, path)
  }
})

t.test('the compose file has the profile single, starts what is built, and says whether it was ever run', async (t) => {
  const text = textOf('docker-compose.yml')
  const { services } = parse(text) as { services: Record<string, { profiles: string[]; build: { dockerfile_inline: string } }> }
  for (const { profiles, build } of Object.values(services)) {
    t.same(profiles, ['single'])
    // what the image copies exists in the repository
    for (const [, path] of build.dockerfile_inline.matchAll(/^COPY (?:--\S+ )*([\w./-]+)/gm)) t.ok(existsSync(join(ROOT, path ?? '')), path ?? 'COPY without a source')
  }
  t.match(text, /Not yet run: no container engine was at hand|^# Last run: /m)
})
