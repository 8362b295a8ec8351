import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { filesOfTree, ROOT, textOf } from '../support/tree.ts'

const files = filesOfTree()
const documents = files.filter((path) => path.endsWith('.md'))
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
const TOP = new Set(files.map((path) => path.split('/')[0]))
const FILE = /^[\w.-]+\.(md|json|yml|yaml|ts|mjs|cjs|service|toml)$/

t.test('every script that a document or a comment names exists', async (t) => {
  const places = files.filter((path) => /\.(md|ts|mjs|yml)$/.test(path) || path === '.ci/run')
  for (const path of places) {
    for (const [, name] of textOf(path).matchAll(/npm run ([a-z]+(?::[a-z]+)*)/g)) {
      t.ok((name ?? '') in scripts, `${path}: npm run ${name}`)
    }
  }
})

t.test('every path in backticks of a document exists', async (t) => {
  t.ok(documents.includes('README.md'))
  for (const document of documents) {
    for (const [, quoted] of textOf(document).matchAll(/`([^`\n]+)`/g)) {
      const path = (quoted ?? '').replace(/\/$/, '').replace(/:\d+$/, '')
      const isPath = /^[\w./-]+$/.test(path) && (FILE.test(path) || (path.includes('/') && TOP.has(path.split('/')[0])))
      if (!isPath) continue
      const named = !path.includes('/') && files.some((one) => basename(one) === path)
      const found = named || [path, join(dirname(document), path)].some((one) => existsSync(join(ROOT, one)))
      t.ok(found, `${document}: ${path}`)
    }
  }
})

t.test('every link from a document to a file leads somewhere', async (t) => {
  for (const document of documents) {
    for (const [, target] of textOf(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (target === undefined || /^[a-z]+:/.test(target)) continue
      t.ok(existsSync(join(ROOT, dirname(document), target)), `${document}: ${target}`)
    }
  }
})

t.test('every decision record says context, choice, cost, and how it would be seen to be wrong', async (t) => {
  const records = documents.filter((path) => path.startsWith('shared/decisions/'))
  t.ok(records.length > 0)
  for (const path of records) {
    t.match(path, /\/\d{4}-[a-z0-9-]+\.md$/)
    for (const heading of ['## Context', '## Choice', '## What we gave up', '## How we would notice that it was wrong'])
      t.ok(textOf(path).includes(`\n${heading}\n`), `${path}: ${heading}`)
  }
})

t.test('every script of package.json starts from a file that exists', async (t) => {
  for (const [name, command] of Object.entries(scripts)) {
    for (const [, path] of command.matchAll(/(?:^| )(scripts\/[\w./-]+)/g)) t.ok(existsSync(join(ROOT, path ?? '')), `${name}: ${path}`)
  }
})
