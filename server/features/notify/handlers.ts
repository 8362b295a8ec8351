import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Identity } from '../../core/identity.ts'
import { SEVERITIES } from '../../core/incident-kinds.ts'
import { NOTIFY_KEY, VAPID_KEY, withoutSecrets, withSecretsOf, type NotifySettings } from '../../core/notify-ports.ts'
import { defaultProfile } from '../../core/notify-rules.ts'
import { CHANNELS, DELIVERY_STATES, type Channel, type Dispatch, type NotifyProfile } from '../../core/notify-store.ts'
import { areasWhere } from '../../core/permissions.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { newId } from '../incidents/plugin.ts'
import { settingsOf } from './notifier.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Minute = Type.String({ pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', description: 'HH:MM' })
const Way = Type.Object({ channel: Type.Enum([...CHANNELS]), to: Type.String({ minLength: 1, maxLength: 500 }) }, strict)

export const ProfileBody = Type.Object(
  {
    channels: Type.Array(Way, { maxItems: 10 }),
    severity: Type.Enum([...SEVERITIES], { description: 'nothing below it' }),
    from: Minute,
    to: Minute,
    faultsAtNight: Type.Boolean(),
    digestMinutes: Type.Integer({ minimum: 0, maximum: 1_440 }),
    onDuty: Type.Boolean({ description: 'gets the morning check before 5:15' }),
  },
  strict,
)
export type ProfileBody = Static<typeof ProfileBody>
const DeviceName = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: 'what its owner tells it by, such as "Android · Chrome"' })
const DeviceView = Type.Object({ endpoint: Type.String(), name: nullable(Type.String()), addedAt: nullable(Type.String()) })
export const ProfileView = Type.Object({
  ...ProfileBody.properties, browsers: Type.Integer({ description: 'that are subscribed to web push' }), devices: Type.Array(DeviceView, { description: 'those browsers, the newest first' }), available: Type.Array(Type.Enum([...CHANNELS])),
})
export type ProfileView = Static<typeof ProfileView>
export const SubscribeBody = Type.Object(
  {
    name: Type.Optional(DeviceName),
    replaces: Type.Optional(Type.String({ maxLength: 1_000, description: 'the endpoint that this browser had before: it ends, and its name goes on' })),
    endpoint: Type.String({ pattern: '^https://[^\\s]+$', maxLength: 1_000 }),
    keys: Type.Object({ p256dh: Type.String({ pattern: '^[A-Za-z0-9_-]{80,100}={0,2}$' }), auth: Type.String({ pattern: '^[A-Za-z0-9_-]{16,40}={0,2}$' }) }, strict),
  },
  strict,
)
export const TestBody = Type.Object({ channel: Type.Enum([...CHANNELS]) }, strict)
export const DispatchView = Type.Object({
  id: Type.String(), actor: Type.String(), channel: Type.Enum([...CHANNELS]), state: Type.Enum([...DELIVERY_STATES]), tries: Type.Integer(), title: Type.String(),
  createdAt: Type.String(), sentAt: nullable(Type.String()), note: nullable(Type.String()),
})
export type DispatchView = Static<typeof DispatchView>

export interface NotifyHandlers {
  own(who: Identity): ProfileView
  setOwn(who: Identity, body: ProfileBody): Outcome<ProfileView>
  pushKey(): Outcome<{ key: string }>
  /** `session`: it ends with it; null = with none. */
  subscribe(who: Identity, body: Static<typeof SubscribeBody>, session: string | null): Outcome<ProfileView>
  unsubscribe(who: Identity, endpoint: string): ProfileView
  test(who: Identity, channel: Channel): Outcome<{ sent: number }>
  settings(): NotifySettings
  setSettings(who: Identity, settings: NotifySettings): NotifySettings
  queue(): DispatchView[]
}

const badAddress = (n: number, channel: Channel): Refusal => {
  const what: Readonly<Record<Channel, readonly [string, string]>> = {
    sms: ['a phone number such as 0912345678', 'số điện thoại, ví dụ 0912345678'],
    zalo: ['the identity or phone number that the official account knows', 'mã hoặc số điện thoại mà Zalo OA biết'],
    push: ['a browser: subscribe it on the page', 'trình duyệt: hãy bật thông báo trên trang'],
    email: ['an e-mail address', 'địa chỉ thư điện tử'],
    webhook: ['an address that begins with https:// or http://', 'địa chỉ bắt đầu bằng https:// hoặc http://'],
    telegram: ['the number of a chat', 'mã số cuộc trò chuyện'],
  }
  return { status: 422, code: 'bad-address', field: `/channels/${n}/to`, en: `Messages by ${channel} go to ${what[channel][0]}: correct it.`, vi: `Kênh ${channel} cần ${what[channel][1]}: hãy sửa lại.` }
}
const WEBHOOK_IS_THE_STATIONS: Refusal = {
  status: 403, code: 'webhook-not-yours', field: '/channels',
  en: 'Webhooks are called from inside the station’s network: only an administrator may name their address.',
  vi: 'Webhook được gọi từ trong mạng của đài: chỉ người quản trị được đặt địa chỉ.',
}
const NO_KEY: Refusal = { status: 503, code: 'no-push-key', en: 'Web push has no key yet: try again in a minute.', vi: 'Thông báo trên trình duyệt chưa sẵn sàng: hãy thử lại sau một phút.' }
const NO_WAY: Refusal = { status: 422, code: 'no-way', field: '/channel', en: 'You have named no address for this way: add one first.', vi: 'Bạn chưa khai báo địa chỉ cho kênh này: hãy thêm trước.' }
const TOO_MANY_BROWSERS: Refusal = { status: 409, code: 'too-many-browsers', en: 'Ten browsers are subscribed already: take one out first.', vi: 'Đã có mười trình duyệt nhận thông báo: hãy bỏ bớt.' }
const NOT_PUBLIC: Refusal = { status: 422, code: 'bad-endpoint', field: '/endpoint', en: 'This is no address of a push service.', vi: 'Đây không phải địa chỉ của dịch vụ thông báo.' }
const MOST_BROWSERS = 10

const GOOD: Readonly<Record<Channel, RegExp>> = {
  sms: /^(\+84|0)\d{8,10}$/, zalo: /^[\w+.-]{3,100}$/, push: /^$a/, email: /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/, webhook: /^https?:\/\/\S+$/, telegram: /^-?\d{3,20}$/,
}
/** A push service has a name in the public DNS: an address inside must not be called because somebody "subscribed" it. */
const isPublicName = (url: string): boolean => URL.canParse(url) && /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(new URL(url).hostname) && !/\.(local|internal|lan|home|arpa|localhost)$/.test(new URL(url).hostname)

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
const textOf = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

export function createNotifyHandlers(deps: ServerDeps): NotifyHandlers {
  const { stores, clock } = deps
  const { notify } = stores
  const profileOf = (actor: string): NotifyProfile => notify.profile(actor) ?? defaultProfile(actor)
  const available = (): Channel[] => {
    const settings = settingsOf(deps)
    return CHANNELS.filter((channel) => channel === 'push' || settings[channel] !== null)
  }
  const devicesOf = (actor: string): ProfileView['devices'] =>
    [...notify.subscriptions(actor)].sort((a, b) => (b.addedAt ?? 0) - (a.addedAt ?? 0)).map(({ endpoint, name, addedAt }) => ({ endpoint, name: name ?? null, addedAt: addedAt === undefined ? null : isoWithOffset(addedAt) }))
  const viewOf = ({ actor }: Identity): ProfileView => {
    const { channels, severity, fromMinute, toMinute, faultsAtNight, digestMinutes, onDuty } = profileOf(actor)
    return {
      channels: channels.map((way) => ({ ...way })), severity, from: textOf(fromMinute), to: textOf(toMinute), faultsAtNight, digestMinutes, onDuty,
      browsers: notify.subscriptions(actor).length, devices: devicesOf(actor), available: available(),
    }
  }
  const mayNameWebhooks = (who: Identity): boolean => areasWhere(who, 'settings.write', clock.wall()) === 'all'

  return {
    own: viewOf,
    setOwn(who, body) {
      const channels = body.channels.map(({ channel, to }) => ({ channel, to: channel === 'sms' ? to.replaceAll(/[ .]/g, '').replace(/^0/, '+84') : to.trim() }))
      const bad = channels.findIndex(({ channel, to }) => !GOOD[channel].test(to))
      const wrong = channels[bad]
      if (wrong) return refused(badAddress(bad, wrong.channel))
      if (channels.some(({ channel }) => channel === 'webhook') && !mayNameWebhooks(who)) return refused(WEBHOOK_IS_THE_STATIONS)
      const { severity, from, to, faultsAtNight, digestMinutes, onDuty } = body
      const profile: NotifyProfile = { actor: who.actor, channels, severity, fromMinute: minuteOf(from), toMinute: minuteOf(to), faultsAtNight, digestMinutes, onDuty }
      deps.decide({ actor: who.actor, action: 'notify.own', subject: who.actor, detail: { channels: channels.map(({ channel }) => channel), severity } }, () => notify.putProfile(profile))
      return accepted(viewOf(who))
    },
    pushKey() {
      const known = stores.meta.get(VAPID_KEY)
      return known === null ? refused(NO_KEY) : accepted({ key: (JSON.parse(known) as { readonly publicKey: string }).publicKey })
    },
    subscribe(who, { endpoint, keys, name, replaces }, session) {
      if (!isPublicName(endpoint)) return refused(NOT_PUBLIC)
      const known = notify.subscriptions(who.actor)
      const before = known.find((one) => one.endpoint === endpoint) ?? known.find((one) => one.endpoint === replaces)
      if (known.length >= MOST_BROWSERS && !before) return refused(TOO_MANY_BROWSERS)
      deps.decide({ actor: who.actor, action: 'notify.subscribe', subject: who.actor }, () => {
        const called = name?.normalize('NFC').trim() ?? before?.name
        if (known.some((one) => one.endpoint === replaces)) notify.dropSubscription(replaces ?? '')
        notify.putSubscription({ endpoint, actor: who.actor, ...keys, addedAt: before?.addedAt ?? clock.wall(), ...(called === undefined ? {} : { name: called }), ...(session === null ? {} : { session }) })
        if (!notify.profile(who.actor)) notify.putProfile(defaultProfile(who.actor))
      })
      return accepted(viewOf(who))
    },
    unsubscribe(who, endpoint) {
      if (notify.subscriptions(who.actor).some((one) => one.endpoint === endpoint)) deps.decide({ actor: who.actor, action: 'notify.unsubscribe', subject: who.actor }, () => notify.dropSubscription(endpoint))
      return viewOf(who)
    },
    test(who, channel) {
      const ways = channel === 'push' ? notify.subscriptions(who.actor).map(({ endpoint }) => endpoint) : profileOf(who.actor).channels.filter((way) => way.channel === channel).map(({ to }) => to)
      if (ways.length === 0) return refused(NO_WAY)
      const now = clock.wall()
      const title = 'Tin thử của Tiếng Làng'
      for (const to of ways) {
        const dispatch: Dispatch = { id: newId(deps.random), actor: who.actor, channel, to, state: 'waiting', due: now, createdAt: now, tries: 0, title, text: `${title}: kênh này hoạt động.`, path: null, severity: 'notice', note: null, sentAt: null }
        notify.enqueue(dispatch)
      }
      return accepted({ sent: ways.length })
    },
    settings: () => withoutSecrets(settingsOf(deps)),
    setSettings(who, settings) {
      const whole = withSecretsOf(settings, settingsOf(deps))
      deps.decide({ actor: who.actor, action: 'notify.settings', subject: 'notify', detail: withoutSecrets(whole) }, () => stores.meta.set(NOTIFY_KEY, JSON.stringify(whole)))
      return withoutSecrets(whole)
    },
    queue: () => notify.dispatches(200).map(({ id, actor, channel, state, tries, title, createdAt, sentAt, note }) => ({
      id, actor, channel, state, tries, title, createdAt: isoWithOffset(createdAt), sentAt: sentAt === null ? null : isoWithOffset(sentAt), note,
    })),
  }
}
