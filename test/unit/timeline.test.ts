import t from 'tap'
import { civilInstant } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { DEFAULT_POLICY, type Policy, type PolicyBook } from '../../shared/core/policy.ts'
import type { ClusterView, Slot } from '../../shared/core/slot.ts'
import { onAirAt, timeline, volumeAt, type OnAir } from '../../shared/core/timeline.ts'

const MINUTE = 60_000
/** `05:30` or `05:30:15` on 23 November 2026; `+1 05:30` is the next day. */
const at = (text: string): WallMs => {
  const [clock = '', day = '0'] = text.split(' ').reverse()
  const [h = 0, m = 0, s = 0] = clock.split(':').map(Number)
  return civilInstant(`2026-11-${23 + Number(day)}`, h * 3600 + m * 60 + s)
}
const BOX: ClusterView = { staggerIndex: 0, stoppedAt: null, muted: false }
const BOOK: PolicyBook = { day: DEFAULT_POLICY }
const book = (policy: Partial<Policy>): PolicyBook => ({ day: { ...DEFAULT_POLICY, ...policy } })

interface Sketch extends Partial<Omit<Slot, 'start' | 'end'>> {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly minutes: number
}
function slot({ from, to, minutes, ...rest }: Sketch): Slot {
  return {
    session: 'morning',
    class: 'scheduled',
    start: at(from),
    end: at(to),
    lengthMs: minutes * MINUTE,
    source: { kind: 'file', media: 'm' },
    resume: 'from-the-beginning',
    policy: 'day',
    music: false,
    order: 0,
    staggerMs: 0,
    issuedAt: wallMs(0),
    ...rest,
  }
}
const stream = { kind: 'stream', stream: 'vov', substitute: null } as const
const alarm = (sketch: Omit<Sketch, 'class'>): Slot => slot({ session: sketch.id, danger: 0, authority: 1, ...sketch, class: 'emergency' })

/** One word per segment: `05:30 news+60s`, or the reason of a silence. */
function story(slots: Slot[], { policies = BOOK, cluster = BOX, from = '05:00', to = '07:00' } = {}): string[] {
  return timeline(slots, policies, cluster, at(from), at(to)).map(({ from: begin, onAir }) => {
    const second = (begin - at('00:00')) / 1000
    const clock = [Math.floor(second / 3600) % 24, Math.floor(second / 60) % 60].map((n) => String(n).padStart(2, '0')).join(':')
    return `${clock} ${onAir.do === 'play' ? `${onAir.slot.id}+${onAir.offsetMs / MINUTE}` : onAir.because.code}`
  })
}
const because = (slots: Slot[], when: string, policies = BOOK, cluster = BOX): OnAir['because'] => onAirAt(slots, policies, cluster, at(when)).because

const chime = slot({ id: 'chime', from: '05:30', to: '06:30', minutes: 1 })
const news = slot({ id: 'news', from: '05:31', to: '06:30', minutes: 10 })
const relay = slot({ id: 'relay', from: '05:41', to: '06:30', minutes: 30, source: stream, resume: 'where-it-would-be-now' })

t.test('an undisturbed session plays item after item as planned, then nothing is due', async (t) => {
  const slots = [chime, news, relay]
  t.same(story(slots), ['05:00 nothing-due', '05:30 chime+0', '05:31 news+0', '05:41 relay+0', '06:11 nothing-due'])
  t.same(onAirAt(slots, BOOK, BOX, at('05:35')), {
    do: 'play',
    slot: news,
    offsetMs: 4 * MINUTE,
    until: at('05:41'),
    because: { code: 'due', slot: 'news', class: 'scheduled' },
  })
  t.same(onAirAt(slots, BOOK, BOX, at('05:00')), { do: 'silence', until: at('05:30'), because: { code: 'nothing-due' } })
  t.equal(onAirAt(slots, BOOK, BOX, at('06:20')).until, null, 'nothing more is known')
})

t.test('an item is cut at the end of its session', async (t) => {
  t.same(story([slot({ id: 'long', from: '06:20', to: '06:30', minutes: 30 })]), ['05:00 nothing-due', '06:20 long+0', '06:30 nothing-due'])
})

t.test('after an emergency each item comes back by its own rule, and the queue shifts', async (t) => {
  const siren = alarm({ id: 'dyke', from: '05:35', to: '05:37', minutes: 2 })
  const after = (resume: Slot['resume']): string[] => story([chime, { ...news, resume }, relay, siren], { from: '05:37', to: '06:20' })
  t.same(after('from-the-beginning'), ['05:37 news+0', '05:47 relay+6', '06:11 nothing-due'])
  t.same(after('at-the-offset'), ['05:37 news+4', '05:43 relay+2', '06:11 nothing-due'])
  t.same(after('where-it-would-be-now'), ['05:37 news+6', '05:41 relay+0', '06:11 nothing-due'])
  t.same(after('drop'), ['05:37 gone', '05:41 relay+0', '06:11 nothing-due'])
  t.same(because([chime, news, relay, siren], '05:40'), { code: 'resumed', slot: 'news', rule: 'from-the-beginning', after: 'dyke' })
  t.same(because([chime, news, relay, siren], '05:50'), { code: 'late', slot: 'relay', after: 'news' })
  t.same(because([chime, { ...news, resume: 'drop' }, siren], '05:38'), { code: 'gone', slot: 'news', after: 'dyke' })
})

t.test('an item that only had to wait begins late from its beginning, also with the rule drop', async (t) => {
  const siren = alarm({ id: 'dyke', from: '05:30', to: '05:33', minutes: 3 })
  for (const resume of ['from-the-beginning', 'at-the-offset', 'drop'] as const)
    t.same(story([{ ...news, resume }, siren], { from: '05:33', to: '05:44' }), ['05:33 news+0', '05:43 nothing-due'])
})

t.test('music comes back after a priority item, not after an emergency', async (t) => {
  const song = slot({ id: 'song', from: '05:30', to: '06:30', minutes: 20, music: true, resume: 'at-the-offset' })
  const notice = slot({ id: 'notice', session: 'n', class: 'priority', from: '05:35', to: '05:40', minutes: 5 })
  const siren = alarm({ id: 'dyke', from: '05:45', to: '05:46', minutes: 1 })
  t.same(story([song, notice, siren], { from: '05:30', to: '06:00' }), [
    '05:30 song+0',
    '05:35 notice+0',
    '05:40 song+5',
    '05:45 dyke+0',
    '05:46 gone',
    '05:50 nothing-due',
  ])
})

t.test('live interrupts everything but an emergency; of two, the higher authority sounds', async (t) => {
  const commune = slot({ id: 'commune', class: 'live', session: 'c', from: '05:32', to: '05:40', minutes: 60, source: stream, resume: 'where-it-would-be-now', authority: 1 })
  const province = { ...commune, id: 'province', session: 'p', start: at('05:34'), end: at('05:36'), authority: 2 }
  t.same(story([news, commune, province], { from: '05:31', to: '05:41' }), [
    '05:31 news+0',
    '05:32 commune+0',
    '05:34 province+0',
    '05:36 commune+4',
    '05:40 news+0',
  ])
})

t.test('the operator decides which of two waiting priority items goes first; the running one finishes', async (t) => {
  const notice = (id: string, order: number, from: string): Slot =>
    slot({ id, session: id, class: 'priority', order, from, to: '06:30', minutes: 5 })
  t.same(story([notice('a', 2, '05:30'), notice('b', 1, '05:30'), notice('c', 0, '05:31')], { from: '05:30', to: '05:46' }), [
    '05:30 b+0',
    '05:35 c+0',
    '05:40 a+0',
    '05:45 nothing-due',
  ])
})

t.test('an emergency repeats until it ends, whatever the hour, the pause and the mute', async (t) => {
  const siren = alarm({ id: 'dyke', from: '02:00', to: '02:05', minutes: 2, policy: 'nowhere' })
  const cluster = { ...BOX, muted: true }
  t.same(story([siren], { cluster, from: '01:59', to: '02:06' }), ['01:59 nothing-due', '02:00 dyke+0', '02:02 dyke+0', '02:04 dyke+0', '02:05 nothing-due'])
  t.equal(onAirAt([siren], BOOK, cluster, at('02:03')).until, at('02:04'), 'it ends with its repeat')
})

t.test('immediate danger cuts in at once, and the other still has its turn after one repeat', async (t) => {
  const notice = alarm({ id: 'province', from: '08:00', to: '08:20', minutes: 5, authority: 2 })
  const dyke = alarm({ id: 'dyke', from: '08:02', to: '08:20', minutes: 2, danger: 9, authority: 0 })
  t.same(story([notice, dyke], { from: '08:00', to: '08:12' }), ['08:00 province+0', '08:02 dyke+0', '08:04 province+0', '08:09 dyke+0', '08:11 province+0'])
  const hamlet = alarm({ id: 'hamlet', from: '08:02', to: '08:20', minutes: 2, authority: 0 })
  t.same(story([notice, hamlet], { from: '08:00', to: '08:12' }), ['08:00 province+0', '08:05 hamlet+0', '08:07 province+0'])
  t.same(because([notice, hamlet], '08:05'), { code: 'late', slot: 'hamlet', after: 'province' })
})

t.test('an emergency is over after its repeats, also when it had to wait between them, and what it had cut off comes back', async (t) => {
  const twice = alarm({ id: 'dyke', from: '05:32', to: '07:00', minutes: 2, danger: 1, repeats: 2 })
  t.same(story([news, twice], { from: '05:31', to: '05:52' }), ['05:31 news+0', '05:32 dyke+0', '05:34 dyke+0', '05:36 news+0', '05:46 nothing-due'])
  const notice = alarm({ id: 'notice', from: '05:33', to: '05:50', minutes: 5, repeats: 1 })
  t.same(story([twice, notice], { from: '05:32', to: '05:50' }), ['05:32 dyke+0', '05:34 notice+0', '05:39 dyke+0', '05:41 nothing-due'])
  const cut = alarm({ id: 'cut', from: '05:33', to: '07:00', minutes: 1, repeats: 1, danger: 9 })
  t.same(story([twice, cut], { from: '05:32', to: '05:50' }), ['05:32 dyke+0', '05:33 cut+0', '05:34 dyke+0', '05:36 dyke+0', '05:38 nothing-due'], 'a repeat that was cut off does not count')
  const late = alarm({ id: 'late', from: '05:32', to: '05:35', minutes: 2, repeats: 9 })
  t.same(story([late], { from: '05:32', to: '05:40' }), ['05:32 late+0', '05:34 late+0', '05:35 nothing-due'], 'never past its end')
})

t.test('of fifty emergencies at once the highest sounds first, then each has its turn before any sounds again', async (t) => {
  const fifty = Array.from({ length: 50 }, (_, i) =>
    alarm({ id: `e${String(i).padStart(2, '0')}`, from: '08:00', to: '12:00', minutes: 1, danger: i % 5, authority: i % 3, issuedAt: wallMs(i), repeats: 2 }),
  )
  const heard = timeline(fifty, BOOK, BOX, at('08:00'), at('10:00')).flatMap(({ onAir }) => (onAir.do === 'play' ? [onAir.slot] : []))
  const ranked = [...fifty].sort((a, b) => (b.danger ?? 0) - (a.danger ?? 0) || (b.authority ?? 0) - (a.authority ?? 0) || b.issuedAt - a.issuedAt)
  t.same(heard.slice(0, 50).map(({ id }) => id), ranked.map(({ id }) => id))
  t.same(heard.slice(50).map(({ id }) => id), ranked.map(({ id }) => id))
  t.equal(heard.length, 100)
})

t.test('the newer of two emergencies is the one that was ordered later, also where the older has come after it', async (t) => {
  const newer = alarm({ id: 'newer', from: '08:00', to: '08:20', minutes: 2, issuedAt: wallMs(2) })
  const older = alarm({ id: 'older', from: '08:01', to: '08:20', minutes: 2, issuedAt: wallMs(1) })
  t.same(story([newer, older], { from: '08:00', to: '08:06' }), ['08:00 newer+0', '08:02 older+0', '08:04 newer+0'])
})

t.test('a stop ends what was planned by then, emergencies included, and nothing later', async (t) => {
  const siren = alarm({ id: 'dyke', from: '05:32', to: '06:00', minutes: 2 })
  const cluster = { ...BOX, stoppedAt: at('05:35') }
  t.same(story([chime, news, siren, relay], { cluster, from: '05:34', to: '05:43' }), ['05:34 dyke+0', '05:35 stopped', '05:41 relay+0'])
  t.same(because([news], '05:36', BOOK, cluster), { code: 'stopped', slot: 'news', from: at('05:35') })
})

t.test('a stop ends the session with the items that it still had; the next session sounds', async (t) => {
  const session = { session: 'sang', sessionStart: at('05:30') }
  const items = [{ ...chime, ...session }, { ...news, ...session }, { ...relay, ...session }]
  const evening = { ...slot({ id: 'evening', from: '17:00', to: '17:30', minutes: 30 }), session: 'chieu', sessionStart: at('17:00') }
  const cluster = { ...BOX, stoppedAt: at('05:31') }
  t.notMatch(story([...items, evening], { cluster, from: '05:31', to: '06:30' }).join(), /news|relay/)
  t.same(because(items, '05:45', BOOK, cluster).code, 'stopped')
  t.equal(onAirAt([...items, evening], BOOK, cluster, at('17:01')).do, 'play')
})

t.test('03:15 is silent under the default policy, with the reason and its dates', async (t) => {
  const wrong = slot({ id: 'wrong', from: '03:15', to: '04:15', minutes: 60 })
  t.same(onAirAt([wrong], BOOK, BOX, at('03:20')), {
    do: 'silence',
    until: at('04:15'),
    because: { code: 'quiet-hours', slot: 'wrong', from: at('-1 21:00'), to: at('05:00') },
  })
  t.same(because([{ ...wrong, policy: 'nowhere' }], '03:20'), { code: 'unknown-policy', slot: 'wrong' })
  t.same(because([{ ...wrong, policy: 'constructor' }], '03:20').code, 'unknown-policy')
  t.same(because([wrong], '03:20', BOOK, { ...BOX, muted: true }), { code: 'muted', slot: 'wrong' })
})

t.test('live may sound outside the windows by day, not in quiet hours', async (t) => {
  const policies = book({ windows: [{ from: 5 * 3600, to: 6 * 3600 }] })
  const child = slot({ id: 'child', class: 'live', from: '10:00', to: '10:05', minutes: 5, source: stream })
  t.equal(onAirAt([child], policies, BOX, at('10:01')).do, 'play')
  t.same(because([{ ...child, class: 'priority' }], '10:01', policies), { code: 'outside-window', slot: 'child', from: at('06:00'), to: at('+1 05:00') })
  t.equal(because([{ ...child, start: at('21:00'), end: at('21:05') }], '21:01', policies).code, 'quiet-hours')
})

t.test('an opening lifts quiet hours and windows; a pause stands above it', async (t) => {
  const flood = slot({ id: 'flood', from: '22:00', to: '23:00', minutes: 60, source: stream, resume: 'where-it-would-be-now' })
  const opening = { from: at('22:10'), to: at('22:40'), reason: 'lũ' }
  const pause = { from: at('22:20'), to: at('22:30'), reason: 'đám tang' }
  const policies = book({ openings: [opening], pauses: [pause] })
  t.same(story([flood], { policies, from: '22:00', to: '23:00' }), ['22:00 quiet-hours', '22:10 flood+10', '22:20 paused', '22:30 flood+30', '22:40 quiet-hours'])
  t.same(because([flood], '22:25', policies), { code: 'paused', slot: 'flood', ...pause })
  t.same(because([flood], '22:11', policies), { code: 'late', slot: 'flood', after: 'quiet-hours' })
  t.same(because([flood], '22:31', policies), { code: 'resumed', slot: 'flood', rule: 'where-it-would-be-now', after: 'paused' })
})

t.test('a file that meets a bound does not come back half-way', async (t) => {
  const policies = book({ pauses: [{ from: at('05:33'), to: at('05:35'), reason: 'đám tang' }] })
  t.same(story([chime, { ...news, resume: 'at-the-offset' }, relay], { policies, from: '05:31', to: '05:42' }), [
    '05:31 news+0',
    '05:33 paused',
    '05:35 gone',
    '05:41 relay+0',
  ])
  t.same(because([news], '05:36', policies), { code: 'gone', slot: 'news', after: 'paused' })
  t.equal(because([slot({ id: 'early', from: '04:50', to: '06:00', minutes: 30 })], '05:01').code, 'gone', 'nor does it start late when the quiet hours end')
})

t.test('on a day of mourning filler and music are silent, speech is not', async (t) => {
  const policies = book({ mourning: ['2026-11-23'] })
  t.equal(because([{ ...news, music: true }], '05:32', policies).code, 'mourning')
  t.equal(because([{ ...news, class: 'filler' }], '05:32', policies).code, 'mourning')
  t.equal(onAirAt([news], policies, BOX, at('05:32')).do, 'play')
})

t.test('each group of a staggered session starts after the one before, emergencies and live together', async (t) => {
  const cluster = { ...BOX, staggerIndex: 2 }
  const staggered = { ...chime, staggerMs: 90_000 }
  t.equal(onAirAt([staggered], BOOK, cluster, at('05:30')).until, at('05:33'))
  t.equal(onAirAt([{ ...staggered, class: 'emergency' }], BOOK, cluster, at('05:30')).do, 'play')
  t.equal(onAirAt([{ ...staggered, class: 'live' }], BOOK, cluster, at('05:30')).do, 'play')
})

t.test('a session crosses midnight under a policy that allows it', async (t) => {
  const policies = book({ quiet: [], windows: [{ from: 23 * 3600, to: 3600 }] })
  const night = slot({ id: 'night', from: '23:50', to: '+1 00:20', minutes: 30 })
  t.same(story([night], { policies, from: '23:00', to: '+1 01:00' }), ['23:00 nothing-due', '23:50 night+0', '00:20 nothing-due'])
})

t.test('filler gives way to a scheduled item and fills again', async (t) => {
  const filler = slot({ id: 'music', class: 'filler', session: 'f', from: '05:30', to: '06:00', minutes: 30, music: true, resume: 'where-it-would-be-now' })
  t.same(story([filler, { ...news, lengthMs: 5 * MINUTE }], { from: '05:30', to: '06:01' }), ['05:30 music+0', '05:31 news+0', '05:36 music+6', '06:00 nothing-due'])
})

t.test('the volume is the first span that holds the time of day, else full', async (t) => {
  const policy = { ...DEFAULT_POLICY, volume: [{ from: 22 * 3600, to: 6 * 3600, percent: 40 }, { from: 5 * 3600, to: 7 * 3600, percent: 70 }] }
  t.equal(volumeAt(policy, at('05:30')), 40)
  t.equal(volumeAt(policy, at('06:30')), 70)
  t.equal(volumeAt(policy, at('12:00')), 100)
  t.equal(volumeAt(undefined, at('12:00')), 100)
})

t.test('a slot without length, or that ends before it starts, or whose dates are no dates, is silence', async (t) => {
  for (const broken of [{ lengthMs: 0 }, { end: news.start }, { start: wallMs(NaN) }, { end: wallMs(NaN) }])
    t.same(because([{ ...news, ...broken }], '05:35'), { code: 'nothing-due' })
  t.equal(onAirAt([news], BOOK, BOX, wallMs(NaN)).do, 'silence')
})

t.test('of two slots with one id the newer order counts', async (t) => {
  const newer = { ...news, issuedAt: wallMs(5), start: at('05:50') }
  for (const slots of [[news, newer], [newer, news]]) t.same(story(slots, { from: '05:30', to: '05:51' }), ['05:30 nothing-due', '05:50 news+0'])
})

t.test('a repeat without end, or an instant a hair before a repeat, still has an answer that ends', async (t) => {
  const endless = { ...alarm({ id: 'dyke', from: '02:00', to: '02:05', minutes: 2 }), lengthMs: Infinity }
  t.equal(onAirAt([endless], BOOK, BOX, at('02:01')).until, at('02:05'))
  const early = { ...endless, start: wallMs(-2000), end: wallMs(10_000), lengthMs: 1000 }
  t.equal(onAirAt([early], BOOK, BOX, wallMs(-Number.MIN_VALUE)).until, 0)
})

t.test('a live voice in an emergency goes on where it is, and leaves the others their turns', async (t) => {
  const notice = slot({ id: 'notice', class: 'emergency', session: 'n', from: '05:40', to: '06:30', minutes: 1, danger: 5, repeats: 2 })
  const voice = slot({ id: 'voice', class: 'emergency', session: 'v', from: '05:30', to: '06:30', minutes: 20, danger: 5, resume: 'where-it-would-be-now', source: stream, repeats: 1 })
  t.same(story([voice, { ...notice, danger: 7 }], { from: '05:29', to: '05:55' }), ['05:29 nothing-due', '05:30 voice+0', '05:40 notice+0', '05:41 voice+11', '05:42 notice+0', '05:43 voice+13', '05:50 nothing-due'], 'nearer danger cuts in at once')
  t.same(story([voice, { ...notice, danger: 3 }], { from: '05:39', to: '05:45' }), ['05:39 voice+9', '05:41 notice+0', '05:42 voice+12', '05:43 notice+0', '05:44 voice+14'], 'a lesser one waits for a while')
})
