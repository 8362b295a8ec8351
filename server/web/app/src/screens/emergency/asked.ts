import type { AskView, RaisedView } from '../../lib/views.ts'

/** Where an emergency that was sent is looked at: it sounds, or somebody else is asked first. */
export const isAsked = (sent: RaisedView | AskView): sent is AskView => 'aloneFrom' in sent
export const placeOf = (sent: RaisedView | AskView): string => (isAsked(sent) ? askPath(sent.id) : `/khan-cap/${sent.id}`)
export const askPath = (id: string): string => `/khan-cap/cho-dong-y/${id}`

/** Where one goes when it sounds: to the board, or, with the words still to be spoken, to the microphone. */
export const soundingPath = ({ id, mine, messages }: Pick<AskView, 'id' | 'mine' | 'messages'>): string => (mine && messages.some(({ kind }) => kind === 'voice') ? speakPath(id) : `/khan-cap/${id}`)
export const speakPath = (id: string): string => `/phat-truc-tiep/khan-cap?noi=${id}`

/** How long until an instant by the station's clock, ms, never below zero; `at`: when this device had the answer, `now`: its time. A telephone's clock may be minutes off. */
export function leftMs(ask: Pick<AskView, 'now'>, instant: string, { at, now }: { readonly at: number; readonly now: number }): number {
  return Math.max(0, Date.parse(instant) - (Date.parse(ask.now) + (now - at)))
}

/** Names that a small screen has room for. */
const MOST_NAMES = 4
export function namesOf(names: readonly string[]): { readonly shown: string; readonly more: number } {
  return { shown: names.slice(0, MOST_NAMES).join(', '), more: Math.max(0, names.length - MOST_NAMES) }
}
