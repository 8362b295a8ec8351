import type { Words } from '../../words/vi.ts'
import type { vi } from './words-vi.ts'

/** The same in English. */
export const en: Words<typeof vi> = {
  title: 'Approve a programme',
  forYou: (name) => `For ${name}: please listen to this programme and approve it.`,
  madeBy: (name) => `Made by ${name}`,
  listen: 'Listen to the programme',
  text: 'The words',
  approve: 'Approve',
  giveBack: 'Return',
  reason: 'Why is it returned? Its author will read this and put it right.',
  giveBackSend: 'Send the reason and return it',
  until: (when) => `Please decide before ${when}.`,
  approved: 'Approved. It may go on the air. Thank you.',
  returned: (reason) => `Returned to its author, because: ${reason}`,
  over: 'A newer version has taken its place: there is nothing to approve any more.',
  wrongLink: 'The link is wrong or cut off. Open it again from the message.',
  unknown: 'No connection: it is not known whether this was noted. Press again; twice does no harm.',
}
