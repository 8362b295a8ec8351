import type { Words } from '../../words/vi.ts'
import type { Channel, Severity } from './views.ts'
import type { vi } from './words-vi.ts'

type Dictionary = Words<typeof vi>
export const SEVERITIES: readonly Severity[] = ['notice', 'warning', 'fault', 'urgent']
export const severityText = (words: Dictionary, severity: Severity): string =>
  ({ notice: words.severityNotice, warning: words.severityWarning, fault: words.severityFault, urgent: words.severityUrgent })[severity]
export const channelText = (words: Dictionary, channel: Channel): string =>
  ({ sms: words.channelSms, zalo: words.channelZalo, push: words.channelPush, email: words.channelEmail, webhook: words.channelWebhook, telegram: words.channelTelegram })[channel]
/** What is asked for where a channel leads. */
export const whereText = (words: Dictionary, channel: Channel): string => (channel === 'sms' ? words.toSms : channel === 'zalo' ? words.toZalo : channel === 'email' ? words.toEmail : words.toOther)
