import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ADDRESSES, ELSEWHERE, OPEN_ADDRESSES, rightsOf, TABLED } from '../browser/addresses.ts'
import { ACTIONS } from '../../server/core/permissions.ts'
import { ROOT } from '../support/tree.ts'

const SCREENS = join(ROOT, 'server', 'web', 'app', 'src', 'screens')
const ALL = [...ADDRESSES, ...OPEN_ADDRESSES]
const sources = readdirSync(SCREENS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.svelte'))
  .map((name) => ({ name: name.replace(/\.svelte$/, ''), text: readFileSync(join(SCREENS, name), 'utf8') }))

/** The components below screens/ that a component shows. */
function shownBy({ name, text }: { readonly name: string; readonly text: string }): string[] {
  const folder = name.split('/').slice(0, -1).join('/')
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)\.svelte'/g)].map(([, path = '']) => join(folder, path)).filter((path) => !path.startsWith('..'))
}
/** Whether it chooses what it shows by the address. */
const chooses = ({ text }: { readonly text: string }): boolean => /\bpath\(\)|\bpage === '/.test(text)

t.test('every page, and every part of one that has an address, is in the list of those that are looked at', async (t) => {
  const listed = new Set([...ALL.flatMap(({ shows }) => shows), ...Object.keys(ELSEWHERE)])
  const parts = sources.filter(chooses).flatMap(shownBy)
  t.ok(parts.length > 60, `${parts.length} parts were found`)
  t.same([...new Set(parts)].filter((part) => !listed.has(part)), [], 'add them to test/browser/addresses.ts')
  t.same([...listed].filter((part) => !sources.some(({ name }) => name === part)), [], 'these are no more')
  t.same(Object.values(ELSEWHERE).filter((test) => !existsSync(join(ROOT, 'test', 'browser', test))), [])
})

t.test('every address of the tables of pages is in it', async (t) => {
  t.same(TABLED.filter((path) => !ALL.some(({ at }) => at === path || at.startsWith(`${path}/`) || at.startsWith(`${path}{`))), [])
})

t.test('every link of a page leads to one of them', async (t) => {
  const known = ALL.map(({ at }) => at.split('/'))
  const links = sources.flatMap(({ text }) => [...text.matchAll(/(?:href="|\bto: '|\bgo\(['`])(\/[^"'`#?]*)/g)].map(([, link = '']) => link.replaceAll(/\$?\{[^}]*\}/g, '{}').replace(/(?<=.)\/$/, '')))
  const leads = (link: string): boolean => {
    const parts = link.split('/')
    return known.some((at) => at.length === parts.length && at.every((part, n) => part === parts[n] || parts[n] === '{}' || (part.startsWith('{') && parts[n] !== undefined)))
  }
  /** Put together from a table of the component, whose parts are compared above. */
  const isMade = (link: string): boolean => link.includes('{') && !link.includes('}')
  t.ok(links.length > 60, `${links.length} links were found`)
  t.same([...new Set(links)].filter((link) => !link.startsWith('/api/') && !isMade(link) && !leads(link)), [])
})

t.test('names are used once, and rights are those of the table of permissions', async (t) => {
  const names = ALL.map(({ name }) => name)
  t.same(names.filter((name, n) => names.indexOf(name) !== n), [])
  t.same(ADDRESSES.flatMap(rightsOf).filter((right) => !Object.hasOwn(ACTIONS, right)), [])
})
