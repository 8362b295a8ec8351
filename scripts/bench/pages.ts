import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { openBuiltStation, type BuiltStation } from './built-station.ts'

/** An old phone on a bad link. */
const SLOWER = 4
const LINK = { offline: false, latency: 300, downloadThroughput: 50_000, uploadThroughput: 25_000 }
const GOAL_MS = 3_000
const GOAL_KB = 80

export const pages: Bench = {
  name: 'pages',
  what: `the first screen after sign-in, nothing of it in the browser's store, on a phone ${SLOWER} times slower than this machine behind 400 kbit/s and 300 ms (Chromium's own emulation): until what is on air stands there; and what came over the link`,
  limitS: 240,
  async run({ runs, quick, say }: BenchContext): Promise<readonly BenchRow[]> {
    const station = await openBuiltStation()
    try {
      const times: number[] = []
      const kilobytes: number[] = []
      for (let n = 0; n < (quick ? 1 : runs); n++) {
        const { ms, bytes } = await open(station)
        say(`${Math.round(ms)} ms, ${(bytes / 1_000).toFixed(1)} kB`)
        times.push(ms)
        kilobytes.push(bytes / 1_000)
      }
      const row = (what: string, unit: string, values: readonly number[], atMost: number): BenchRow => ({ what, who: 'page of duty', role: 'ours', unit, values, goal: { atMost } })
      return [row('slow phone: until the first screen can be used', 'ms', times, GOAL_MS), row('slow phone: bytes over the link for it, answers of the API included', 'kB', kilobytes, GOAL_KB)]
    } finally {
      await station.stop()
    }
  },
}

/** Opens the page as somebody who is signed in and has never been there with this phone. */
async function open({ browser, url, signedIn }: BuiltStation): Promise<{ readonly ms: number; readonly bytes: number }> {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: 'vi-VN', serviceWorkers: 'block' })
  try {
    await context.addCookies(signedIn)
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    let bytes = 0
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', LINK)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    const began = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.getByText('Hiện không có gì đang phát.').waitFor()
    const ms = performance.now() - began
    await pause(3_000)
    return { ms, bytes }
  } finally {
    await context.close()
  }
}
