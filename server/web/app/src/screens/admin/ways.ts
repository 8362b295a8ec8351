import type { Ways } from './views.ts'

/** The ways out as they are filled in; texts are empty where nothing is set. */
export interface DraftWays {
  pages: string
  morning: number | null
  hasMail: boolean
  mail: { host: string; port: number; secure: boolean; user: string; password: string; from: string }
  sms: 'none' | 'gateway' | 'modem'
  smsUrl: string
  smsBody: string
  smsDevice: string
  plain: boolean
}

export const draftOf = ({ pages, morningCheckMinutes, email, sms, smsWithoutMarks }: Ways): DraftWays => ({
  pages: pages ?? '', morning: morningCheckMinutes, hasMail: email !== null, plain: smsWithoutMarks,
  mail: { host: email?.host ?? '', port: email?.port ?? 465, secure: email?.secure ?? true, user: email?.user ?? '', password: email?.password ?? '', from: email?.from ?? '' },
  sms: sms?.kind ?? 'none', smsUrl: sms?.kind === 'gateway' ? sms.form.url : '', smsBody: sms?.kind === 'gateway' ? (sms.form.body ?? '') : '', smsDevice: sms?.kind === 'modem' ? sms.device : '',
})

const given = <K extends string>(key: K, value: string): Partial<Record<K, string>> => (value.trim() === '' ? {} : ({ [key]: value.trim() } as Record<K, string>))

/** As the server takes it. What this form does not show, such as headers of the gateway and other channels, stays as it was. */
export function waysOf(draft: DraftWays, before: Ways): Ways {
  const form = before.sms?.kind === 'gateway' ? before.sms.form : {}
  const { method, headers } = form as { method?: 'GET' | 'POST'; headers?: Readonly<Record<string, string>> }
  const kept = { ...(method === undefined ? {} : { method }), ...(headers === undefined ? {} : { headers }) }
  return {
    ...before,
    pages: draft.pages.trim() === '' ? null : draft.pages.trim(),
    morningCheckMinutes: draft.morning,
    smsWithoutMarks: draft.plain,
    email: draft.hasMail ? { host: draft.mail.host.trim(), port: draft.mail.port, secure: draft.mail.secure, ...given('user', draft.mail.user), ...given('password', draft.mail.password), from: draft.mail.from.trim() } : null,
    sms: draft.sms === 'gateway' ? { kind: 'gateway', form: { ...kept, url: draft.smsUrl.trim(), ...given('body', draft.smsBody) } } : draft.sms === 'modem' ? { kind: 'modem', device: draft.smsDevice.trim() } : null,
  }
}
