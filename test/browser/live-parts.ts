import type { Locator, Page } from 'playwright-core'
import type { LiveView } from '../../server/features/live/routes.ts'
import { readRecording } from '../support/recording.ts'
import { axe, cramped, type PagesWorld } from './world.ts'

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
export const underWay = async (world: PagesWorld): Promise<LiveView[]> => (await world.ask('GET /live')).body as LiveView[]
export async function until(what: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(500)) if (await what()) return true
  return false
}
/** What a WAV file has had in it since an instant. */
export function heardSince(wav: string, from: number): Int16Array {
  const { pcm, startedAtMs } = readRecording(wav)
  return pcm.subarray(Math.max(0, Math.round((from - startedAtMs) * 48)))
}
export const looks = async (page: Page): Promise<string[]> => [...await axe(page), ...await cramped(page)]
export const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name })
