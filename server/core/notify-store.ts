import type { WallMs } from '../../shared/core/clock.ts'
import type { Severity } from './incident-kinds.ts'

/** SMS, Zalo, web push, e-mail, webhook; Telegram only where an administrator switched it on. */
export const CHANNELS = ['sms', 'zalo', 'push', 'email', 'webhook', 'telegram'] as const
export type Channel = (typeof CHANNELS)[number]

/** How somebody wants to hear of things. */
export interface NotifyProfile {
  readonly actor: string
  /** Where each channel leads: a phone number, an address, a URL; `push` has none: its browsers are subscribed. */
  readonly channels: readonly { readonly channel: Channel; readonly to: string }[]
  /** Nothing below it. */
  readonly severity: Severity
  /** Minutes of the civil day, [from, to); outside of it only faults and worse are sent. Equal = the whole day. */
  readonly fromMinute: number
  readonly toMinute: number
  /** Outside the hours faults are sent as well. */
  readonly faultsAtNight: boolean
  /** Messages of so many minutes come as one; 0 = each at once. Urgent ones never wait. */
  readonly digestMinutes: number
  /** Gets the "before 5:15" check. */
  readonly onDuty: boolean
}

export interface PushSubscription {
  readonly endpoint: string
  readonly actor: string
  readonly p256dh: string
  readonly auth: string
  /** What its owner tells it by, such as `Android · Chrome`; absent where the browser did not say. */
  readonly name?: string
  readonly addedAt?: WallMs
  /** Of its owner, in which it was subscribed: it ends with it. Absent for one that was subscribed by the station's token. */
  readonly session?: string
}

/** What is to be told: what, where, since when, whom to call. */
export interface Notice {
  /** One of a kind: what is told later of the same subject takes its place while it waits. */
  readonly subject: string
  readonly severity: Severity
  readonly title: string
  readonly lines: readonly string[]
  /** Of the page to open; null = the station's. */
  readonly path: string | null
}

export const DELIVERY_STATES = ['waiting', 'sent', 'given-up'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** One message on its way by one channel. */
export interface Dispatch {
  readonly id: string
  readonly actor: string
  readonly channel: Channel
  readonly to: string
  readonly state: DeliveryState
  /** Next try. */
  readonly due: WallMs
  readonly createdAt: WallMs
  readonly tries: number
  readonly title: string
  readonly text: string
  readonly path: string | null
  readonly severity: Severity
  /** What the last try came to. */
  readonly note: string | null
  readonly sentAt: WallMs | null
}

/** A notice that waits for company. */
export interface Pending {
  readonly actor: string
  readonly due: WallMs
  readonly notice: Notice
}

export interface NotifyStore {
  profiles(): NotifyProfile[]
  profile(actor: string): NotifyProfile | null
  putProfile(profile: NotifyProfile): void
  subscriptions(actor: string): PushSubscription[]
  putSubscription(subscription: PushSubscription): void
  dropSubscription(endpoint: string): void
  /** Adds, or takes the place of what waits under the same subject; then the earlier due stands. */
  addPending(pending: Pending): void
  dropPending(actor: string, subject: string): boolean
  /** Actors with something that is due, and all that waits for them. */
  duePending(now: WallMs): Pending[]
  clearPending(actor: string): void
  /** All or nothing: what waits for somebody has become these messages, and they know of these subjects until `forgetTold`. */
  send(actor: string, dispatches: readonly Dispatch[], told: readonly string[]): void
  wasTold(actor: string, subject: string): boolean
  /** Who knows of a subject. */
  toldOf(subject: string): string[]
  /** Subjects of which anybody knows. */
  told(): string[]
  forgetTold(subject: string): void
  enqueue(dispatch: Dispatch): void
  saveDispatch(dispatch: Dispatch): void
  dispatch(id: string): Dispatch | null
  /** What is to be tried on one way, the longest due first. */
  dueDispatches(channel: Channel, now: WallMs, most: number): Dispatch[]
  /** The newest first. */
  dispatches(most: number): Dispatch[]
  countSince(actor: string, channel: Channel, at: WallMs): number
  prune(before: WallMs): void
}
