import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { cpuSeconds, median, type Bench, type BenchContext, type BenchRow } from './bench.ts'
import { openBusyStation, type BusyStation } from './busy-station.ts'

const MINUTES = 60
const QUICK_MINUTES = 5
/** Values taken; the first and the last quarter of them are compared. */
const VALUES = 12
/** After a page is opened it settles for so long before what it holds is counted. */
const SETTLE_MS = 3_000
const LIMIT_S = 4_000
/** A page that holds on to something holds more each time it is opened and each time something happens: an hour has over a hundred of the one and thousands of the other. */
const MOST_GROWTH = 1.1
const MOST_SERVER_GROWTH = 1.25
/** A handful that comes and goes with what is on screen. */
const SLACK = 25

/** What is counted of a page once its garbage is collected. */
interface Held {
  readonly heapMb: number
  readonly nodes: number
  readonly listeners: number
  readonly documents: number
}
const COUNTED = [
  ['heapMb', 'JavaScript heap in use', 'MB', 0],
  ['nodes', 'nodes of documents', 'nodes', SLACK],
  ['listeners', 'listeners of events', 'listeners', SLACK],
  ['documents', 'documents', 'documents', 1],
] as const

export const leak: Bench = {
  name: 'leak',
  what: `pages that stay open for an hour on a phone's size while something happens at the station a few times a second: one on the page of duty, one that goes round six pages; what they hold after their garbage is collected, and the server's memory, in the first and the last quarter (one run, whatever --runs says; --set minutes=5 for a shorter one)`,
  limitS: LIMIT_S,
  async run({ quick, options = {}, say, signal }: BenchContext): Promise<readonly BenchRow[]> {
    const minutes = Number(options['minutes'] ?? (quick ? QUICK_MINUTES : MINUTES))
    const folder = mkdtempSync(join(tmpdir(), 'tl-leak-'))
    try {
      const station = await openBusyStation(folder)
      try {
        return await watch(station, { everyMs: (minutes * 60_000) / VALUES, say, signal })
      } finally {
        await station.stop()
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Subject {
  readonly who: string
  readonly page: Page
  readonly cdp: CDPSession
  readonly held: Held[]
}

async function openSubject({ browser, signedIn, url }: BusyStation, who: string): Promise<Subject> {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: 'vi-VN', serviceWorkers: 'block' })
  await context.addCookies(signedIn)
  const page = await context.newPage()
  await page.goto(url)
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  const cdp = await context.newCDPSession(page)
  await cdp.send('Performance.enable')
  return { who, page, cdp, held: [] }
}

/** Opens a page of ours as a link of it does: nothing is loaded anew, and what the last one held is to be let go. */
async function follow(page: Page, address: string): Promise<void> {
  await page.evaluate(`{ const link = document.createElement('a'); link.href = ${JSON.stringify(address)}; document.body.append(link); link.click(); link.remove() }`)
  await page.locator('main h1').first().waitFor()
}

async function count({ page, cdp, held }: Subject): Promise<Held> {
  await pause(SETTLE_MS)
  // twice: what finalizers let go in the first round is collected in the second
  for (let n = 0; n < 2; n++) await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN
  const now = { heapMb: of('JSHeapUsedSize') / 1_000_000, nodes: of('Nodes'), listeners: of('JSEventListeners'), documents: of('Documents') }
  if (page.isClosed() || Object.values(now).some(Number.isNaN)) throw new Error('the page has ended')
  held.push(now)
  return now
}

interface Watch extends Pick<BenchContext, 'say' | 'signal'> {
  readonly everyMs: number
}

async function watch(station: BusyStation, { everyMs, say, signal }: Watch): Promise<readonly BenchRow[]> {
  const drill = await station.api.ask<{ id: string }>('POST', '/emergencies', { title: 'Diễn tập', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 1 })
  const round = ['/cum-loa', `/cum-loa/${station.cluster}`, '/cum-loa/ban-do', '/phat-truc-tiep', `/khan-cap/${drill.id}`, '/']
  const [still, goes] = [await openSubject(station, 'page of duty, never left'), await openSubject(station, 'round of six pages')]
  const wrong: string[] = []
  for (const { page } of [still, goes]) page.on('pageerror', (error) => wrong.push(String(error)))
  // code of all pages is there before anything is counted
  for (const address of round) {
    await follow(goes.page, address)
    await pause(1_000)
  }
  const happening = station.begin()
  const server: number[] = []
  const spent = spending()
  const began = performance.now()
  for (let n = 1; n <= VALUES; n++) {
    const endAt = began + n * everyMs
    for (const [i, address] of round.entries()) {
      await follow(goes.page, address)
      const leaveAt = endAt - (everyMs * (round.length - 1 - i)) / round.length - (i === round.length - 1 ? SETTLE_MS * 2 : 0)
      await pause(Math.max(500, leaveAt - performance.now()), undefined, { signal })
    }
    happening.stillGoing()
    for (const subject of [still, goes]) {
      const { heapMb, nodes, listeners, documents } = await count(subject)
      say(`${((performance.now() - began) / 60_000).toFixed(1).padStart(5)} min  ${subject.who.padEnd(26)} heap ${heapMb.toFixed(2)} MB  nodes ${nodes}  listeners ${listeners}  documents ${documents}`)
    }
    server.push(residentMb(station.pid))
    say(`${''.padStart(9)}  server ${server.at(-1)?.toFixed(1)} MB resident, ${(spent() * 100).toFixed(1)} % of a core in all`)
  }
  await happening.end()
  if (wrong.length > 0) throw new Error(`errors in the page: ${wrong.join('; ')}`)
  return [...[still, goes].flatMap(rowsOf), ...compared('memory of the server, resident', 'server', 'MB', { values: server, most: (first) => first * MOST_SERVER_GROWTH })]
}

const rowsOf = ({ who, held }: Subject): BenchRow[] =>
  COUNTED.flatMap(([name, what, unit, slack]) => compared(`${who}: ${what}`, 'page', unit, { values: held.map((one) => one[name]), most: (first) => first * MOST_GROWTH + slack }))

function compared(what: string, who: string, unit: string, { values, most }: { readonly values: readonly number[]; readonly most: (first: number) => number }): BenchRow[] {
  const quarter = Math.max(1, Math.floor(values.length / 4))
  const [first, last] = [values.slice(0, quarter), values.slice(-quarter)]
  const atMost = Math.round(most(median(first) ?? 0) * 100) / 100
  return [
    { what, who: `${who}, first quarter`, role: 'reference', unit, values: first },
    { what, who: `${who}, last quarter`, role: 'ours', unit, values: last, goal: { atMost } },
  ]
}

function residentMb(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kib === undefined) throw new Error('the server has ended')
  return (Number(kib) * 1_024) / 1_000_000
}

/** Processes that descend from this one, itself included. */
function family(): readonly number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? parentOf(pid) : null
    if (parent !== null) parents.set(pid, parent)
  }
  const isOurs = (pid: number | undefined): boolean => pid === process.pid || (pid !== undefined && pid > 1 && isOurs(parents.get(pid)))
  return [...parents.keys()].filter(isOurs)
}

/** null: it has ended meanwhile. */
function parentOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH') return null
    throw error
  }
}

/** Answers the share of a core that browser, server, agents and this program have taken together since it was last asked. */
function spending(): () => number {
  const taken = (): ReadonlyMap<number, number> => new Map(family().map((pid) => [pid, cpuSeconds(pid)]))
  let [before, at] = [taken(), performance.now()]
  return () => {
    const [now, nowAt] = [taken(), performance.now()]
    const seconds = [...now].reduce((sum, [pid, s]) => sum + s - (before.get(pid) ?? 0), 0)
    const share = (seconds * 1_000) / (nowAt - at)
    ;[before, at] = [now, nowAt]
    return share
  }
}
