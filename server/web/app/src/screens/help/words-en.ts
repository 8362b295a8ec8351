import type { vi } from './words-vi.ts'

type Same<T> = { readonly [K in keyof T]: T[K] extends readonly string[] ? readonly string[] : string }

export const en: Same<typeof vi> = {
  helpTitle: 'Help',
  helpGuide: 'See the guide on one page, to print as well',
  helpNow: [
    'The large button at the top is what you do most.',
    'Under “Next” the time to the coming session is counted down, with the clusters that are not ready.',
    '“Why is it on air, or not?” at the end of the page answers for each cluster.',
  ],
  helpEmergency: [
    'Choose real or exercise, the message, then the area. Read “Will sound on … clusters” before you send.',
    'Hold the button for 1.5 seconds to send. A finger may tremble: only lifting it lets go.',
    'A mistake: press “STOP NOW”, and it is silent within seconds.',
  ],
  helpTimetable: [
    'Press “Edit the timetable” to prepare. The old one sounds until you press “Publish”.',
    'Open a session to add, take out or move items. A mistake: press “Undo the last step”.',
    'A funeral, an exam: press “Pauses” at the end of the page.',
  ],
  helpLibrary: [
    'A quick notice: choose a template under “Write a notice”, fill in the fields, listen, send.',
    'For anything else “Record”, “Read a text aloud” or “Send recordings”. What is new sounds once it is approved.',
    'The “Library” at the end of the page keeps everything. Marks do not matter when you search.',
  ],
  helpLive: [
    'Choose where, press “Begin to speak”, wait for “SPEAK NOW”, then speak.',
    '“ON AIR” is shown once loudspeakers really play your words. Press “End” when you are done.',
    'To get used to it press “Practise first”: only you hear it.',
  ],
  helpIncidents: [
    'Incidents open by themselves when a cluster fails or loses its connection, and close when it is right again.',
    'Open one to see why, to take it, to comment, to add a photo.',
    'What is done stands under “Resolved”.',
  ],
  helpClusters: [
    'Type a name to find a cluster. Red ones have a fault or no connection.',
    'Open one to see why, to change its volume, or to “Mute” a horn that screeches.',
  ],
  helpReports: [
    'Choose a period to see how much was played, where it was less, and why.',
    'The figures are what the clusters themselves report. They can be printed or saved.',
  ],
  helpAdmin: [
    'Invite people, give tasks, set hours and the rest. Each part says what it changes.',
    'A forgotten password: open “People and roles”, choose the person, press “Make a new link”.',
    'Who did what and when: see “Audit log”.',
  ],
  helpBegin: [
    'Go step by step. What cannot be done yet: press “Next (or skip)”.',
    'All that is saved can be changed on the page “Administration”.',
  ],
  helpPractice: [
    'The practice commune is made up: nothing there reaches a real loudspeaker.',
    'While you are there, every page has a yellow band “PRACTICE” at its top.',
  ],
  helpNotify: [
    'Choose what you are told, at which hours, and how.',
    'Press “Send a test” to be sure that it reaches you.',
  ],
  helpUpdates: [
    'An update goes to a few clusters first. When they are well, the others follow.',
    'A cluster that has trouble goes back by itself.',
  ],
}
