import { whenText } from '../../core/notify-rules.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { dispatchOf, settingsOf, waysTo, type NotifierDeps } from './notifier.ts'

type PersonalLink = Parameters<NonNullable<ServerDeps['sendLink']>>[0]

/**
 * Tells one person of a link that is theirs alone, at once and beside everything else. False where they named no way to be
 * told, or where nobody said at which address the station's pages are.
 */
export function sendLink(deps: NotifierDeps, { person, path, programme, expiresAt }: PersonalLink): boolean {
  const profile = deps.stores.notify.profile(`person:${person}`)
  const ways = profile === null ? [] : waysTo(deps, profile)
  // a browser that is subscribed knows the station's address; anybody else must be told it
  const usable = settingsOf(deps).pages === null ? ways.filter(({ channel }) => channel === 'push') : ways
  if (profile === null || usable.length === 0) return false
  const notice = { severity: 'notice', title: `Chờ duyệt: ${programme}`, lines: [`Xin nghe và duyệt trước ${whenText(expiresAt)}.`], path } as const
  for (const way of usable) deps.stores.notify.enqueue(dispatchOf(deps, profile, way, notice))
  return true
}
