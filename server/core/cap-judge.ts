import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { capAudience, type CapAudience, type CapGround } from './cap-area.ts'
import { dangerOf } from './cap-danger.ts'
import type { CapInfo, CapMessage } from './cap-message.ts'
import type { CapSender, CapSettings } from './cap-ports.ts'
import { capTitle, spokenText } from './cap-text.ts'
import type { EmergencyMessage, NewEmergency } from './emergency.ts'

export type AdmitRefusal = 'unknown-sender' | 'wrong-certificate' | 'not-for-us' | 'not-yours' | 'no-reference' | 'sent-ahead'
export type JudgeRefusal = 'nothing-to-say' | 'expired' | 'too-far-ahead' | 'too-mild' | 'no-cluster'

/** The sender's clock may be ahead by so much. */
const AHEAD_MS = 600_000
/** A warning that says no end is over an hour after it was sent. */
const DEFAULT_LIFE_MS = 3_600_000
/** One emergency lives no longer (see Emergencies); a warning that goes on is sent again. */
const LONGEST_MS = 24 * 3_600_000
/** Order, tone and a sentence take this long. */
const SHORTEST_MS = 15_000
/** What becomes effective later waits here, but not for ever. */
const LONGEST_WAIT_MS = 7 * 86_400_000
const EARLY_MS = 5_000
const MAX_LANGUAGES = 3
const GAP_MS = 5_000
/** Immediate danger is said oftener. */
const timesOf = (danger: number): number => (danger >= 7 ? 5 : 3)

const isVietnamese = ({ language }: CapInfo): boolean => /^vi\b/.test(language)

/** Who speaks here, and whether this is for us at all: asked before anything else is done. */
export function admitCap(message: CapMessage, settings: CapSettings, { certificate, now }: { readonly certificate: string; readonly now: WallMs }): Result<CapSender, AdmitRefusal> {
  const { sender, status, scope, msgType, references } = message
  const rule = settings.senders.get(sender)
  if (!rule) return refuse('unknown-sender', `The sender ${sender} may not warn here: add it to senders.yaml beside the certificates.`)
  if (rule.certificate !== null && rule.certificate !== certificate) return refuse('wrong-certificate', `The sender ${sender} must sign with ${rule.certificate}, and not with ${certificate}.`)
  if (status === 'System' || status === 'Draft') return refuse('not-for-us', `An alert of status ${status} is not read out: send Actual, Exercise or Test.`)
  if (scope !== 'Public') return refuse('not-for-us', `A loudspeaker tells everybody: an alert of scope ${scope} is not taken.`)
  if (msgType === 'Ack' || msgType === 'Error') return refuse('not-for-us', `A message of type ${msgType} is not read out: send Alert, Update or Cancel.`)
  if (msgType === 'Cancel' && references.length === 0) return refuse('no-reference', 'A Cancel must name the alerts that it cancels in "references".')
  if (message.sent > now + AHEAD_MS) return refuse('sent-ahead', `The alert says that it was sent at ${new Date(message.sent).toISOString()}, which is still to come: set the sender's clock.`)
  const stranger = references.find((reference) => reference.sender !== sender)
  if (stranger) return refuse('not-yours', `The alert refers to one of ${stranger.sender}: a sender changes and cancels its own alerts only.`)
  return ok(rule)
}

export interface CapCall {
  readonly order: Omit<NewEmergency, 'replaces' | 'origin'>
  readonly audience: CapAudience
}
export interface CapJudgement {
  /** One for each hazard or area that the message tells apart. */
  readonly calls: readonly CapCall[]
  /** Later than now: it waits until then. */
  readonly beginsAt: WallMs | null
  /** Languages that nobody here can speak. */
  readonly unspoken: readonly string[]
}

/** Each Vietnamese block with the blocks of the same place in the other languages; where there is no Vietnamese, the first language that can be spoken. */
function callsOf(infos: readonly CapInfo[], voices: CapSettings['voices']): { readonly groups: readonly (readonly CapInfo[])[]; readonly unspoken: readonly string[] } {
  const voiced = (language: string): boolean => voiceOf(language, voices) !== null
  const byLanguage = new Map<string, CapInfo[]>()
  for (const info of infos) {
    const language = isVietnamese(info) ? 'vi' : info.language
    byLanguage.set(language, [...(byLanguage.get(language) ?? []), info])
  }
  const languages = [...byLanguage.keys()]
  const speakable = languages.filter((language) => language === 'vi' || voiced(language)).sort((a, b) => Number(b === 'vi') - Number(a === 'vi'))
  const unspoken = languages.filter((language) => !speakable.includes(language))
  const [first, ...others] = speakable.map((language) => byLanguage.get(language) ?? [])
  const groups = (first ?? []).map((info, n) => [info, ...others.flatMap((each) => each[n] ?? [])].slice(0, MAX_LANGUAGES))
  return { groups, unspoken }
}

function voiceOf(language: string, voices: CapSettings['voices']): string | null {
  return voices.get(language) ?? voices.get(language.split('-')[0] ?? '') ?? null
}

function messageOf(info: CapInfo, voices: CapSettings['voices']): EmergencyMessage {
  const voice = isVietnamese(info) ? null : voiceOf(info.language, voices)
  return { kind: 'text', text: spokenText(info), ...(voice === null ? {} : { voice }) }
}

const expiresOf = (info: CapInfo, message: CapMessage): number => info.expires ?? Math.max(message.sent, info.effective ?? 0) + DEFAULT_LIFE_MS

export interface JudgeContext {
  readonly settings: CapSettings
  readonly sender: CapSender
  readonly ground: CapGround
  readonly now: WallMs
}

/** What an Alert or an Update asks for, of a sender that may ask it. */
export function judgeCap(message: CapMessage, { settings, sender, ground, now }: JudgeContext): Result<CapJudgement, JudgeRefusal> {
  const { groups, unspoken } = callsOf(message.infos, settings.voices)
  if (groups.length === 0) return refuse('nothing-to-say', 'The alert has no info block in Vietnamese, nor in a language that has a voice here: add one in vi-VN.')
  const live = groups.filter(([info]) => info !== undefined && expiresOf(info, message) > now + SHORTEST_MS)
  if (live.length === 0) return refuse('expired', 'The alert has expired: send it again with a later "expires".')
  const begins = Math.min(...live.map(([info]) => info?.effective ?? 0))
  if (begins > now + LONGEST_WAIT_MS) return refuse('too-far-ahead', 'The alert becomes effective more than a week from now: send it later.')
  const grave = live.filter(([info]) => info !== undefined && dangerOf(info) >= sender.leastDanger)
  if (grave.length === 0) {
    const [[info] = []] = live
    return refuse('too-mild', `The alert (${info?.severity}, ${info?.urgency}, ${info?.certainty}) is no emergency here: announce it as an ordinary notice.`)
  }
  const calls = grave.map((infos) => callOf(infos, message, { settings, sender, ground, now })).filter((call) => call.audience.clusters.length > 0)
  if (calls.length === 0) return refuse('no-cluster', noCluster(grave.flatMap((infos) => capAudience(infos.flatMap((info) => info.areas), ground))))
  return ok({ calls, beginsAt: begins > now + EARLY_MS ? wallMs(begins) : null, unspoken })
}

function callOf(infos: readonly CapInfo[], message: CapMessage, { settings, sender, ground, now }: JudgeContext): CapCall {
  const info = infos[0] as CapInfo
  // the place is said in one language and meant in all
  const audience = capAudience(infos.flatMap((each) => each.areas), ground)
  const danger = dangerOf(info)
  return {
    audience,
    order: {
      title: capTitle(info),
      messages: infos.map((each) => messageOf(each, settings.voices)),
      targets: { clusters: [...audience.clusters] },
      drill: message.status !== 'Actual',
      danger,
      authority: sender.authority,
      times: timesOf(danger),
      gapMs: GAP_MS,
      volume: null,
      expiresAt: wallMs(Math.min(expiresOf(info, message), now + LONGEST_MS - 1_000)),
      actor: `cap:${message.sender}`,
    },
  }
}

function noCluster(audiences: readonly CapAudience[]): string {
  const unknown = [...new Set(audiences.flatMap((each) => each.unknown))]
  const unplaced = audiences.some((each) => each.unplaced.length > 0)
  const why = unknown.length > 0 ? ` The geocodes ${unknown.slice(0, 5).join(', ')} are not known here.` : unplaced ? ' Clusters without coordinates could not be judged: enter their coordinates.' : ''
  return `No cluster of this station stands in the area of the alert.${why}`
}

/** What a Cancel says in its own words, for those who heard the alert; null where it has none. */
export function cancelWords(message: CapMessage): EmergencyMessage | null {
  const info = message.infos.find(isVietnamese)
  return info && (info.headline || info.description || info.instruction) !== '' ? { kind: 'text', text: spokenText(info) } : null
}
