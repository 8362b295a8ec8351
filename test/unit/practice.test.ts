import t, { type Test } from 'tap'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'
import { sessionCookie, sessionToken } from '../../server/core/person-cookie.ts'
import { practiceBase, practiceEnd, practiceEnvironment, practicePlace, PRACTICE_IDLE_MS, PRACTICE_LIFE_MS, PRACTICE_MAX_BYTES, PRACTICE_OPENS_WITHIN_MS, showsUse, type Practice, type PracticeRefusal } from '../../server/core/practice.ts'
import { createPractising, PRACTICE_TICKET_LIVES_MS } from '../../server/core/practice-inside.ts'
import { readFromPractice, readToPractice, type FromPractice } from '../../server/core/practice-line.ts'
import { readServerSettings } from '../../server/core/server-settings.ts'
import { createStationEvents } from '../../server/core/station-events.ts'
import type { Stores } from '../../server/core/stores.ts'
import { createPractice } from '../../server/features/practice/plugin.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { ok, refuse } from '../../shared/core/result.ts'
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts'

const NOW = Date.UTC(2026, 10, 23, 2)
const MINUTE_MS = 60_000

t.test('it lives an hour from the last use, and never beyond four', async (t) => {
  const end = (openedAt: number, usedAt: number, now: number) => practiceEnd({ openedAt: monoMs(openedAt), usedAt: monoMs(usedAt) }, monoMs(now))
  t.same(end(0, 0, 0), { leftMs: PRACTICE_IDLE_MS, why: 'idle' })
  t.same(end(0, 0, PRACTICE_IDLE_MS), { leftMs: 0, why: 'idle' })
  t.same(end(0, PRACTICE_IDLE_MS, PRACTICE_IDLE_MS), { leftMs: PRACTICE_IDLE_MS, why: 'idle' })
  t.same(end(0, PRACTICE_LIFE_MS - MINUTE_MS, PRACTICE_LIFE_MS - MINUTE_MS), { leftMs: MINUTE_MS, why: 'over' })
  t.same(end(0, PRACTICE_LIFE_MS, PRACTICE_LIFE_MS + 5), { leftMs: 0, why: 'over' })
  t.ok(showsUse('POST') && showsUse('DELETE'))
  t.notOk(showsUse('GET') || showsUse('HEAD'), 'a page that was forgotten asks by itself')
})

t.test('of the station’s surroundings it is given where programs lie, the language and the hour, and nothing else', async (t) => {
  const env = { PATH: '/usr/bin', LANG: 'vi_VN.UTF-8', TZ: 'Asia/Ho_Chi_Minh', HOME: '/home/dai', TL_DATA: '/dai', TL_MQTT_URL: 'mqtt://u:p@h', TL_TTS: 'http://x', NODE_OPTIONS: '--require x', AWS_SECRET_ACCESS_KEY: 's', http_proxy: 'http://x' }
  t.same(practiceEnvironment(env), { PATH: '/usr/bin', LANG: 'vi_VN.UTF-8', TZ: 'Asia/Ho_Chi_Minh', HOME: '/home/dai' })
  t.same(practiceEnvironment({}), {})
})

const own = { cert: 'OWN', key: 'OWN KEY' }
const given = { cert: 'GIVEN', key: 'GIVEN KEY' }
t.test('it listens beside the station, as the station does', async (t) => {
  const plain = { bind: '127.0.0.1', localHttps: null }
  t.same(practicePlace(plain, 8081, { given: null, own: null }), { plain: { port: 8081, bind: '127.0.0.1' }, secure: null, trustProxy: [] })
  const both = practicePlace({ ...plain, localHttps: { port: 8443, bind: '::' } }, 8081, { given: null, own })
  t.same(both, { plain: { port: 8081, bind: '127.0.0.1' }, secure: { port: 8082, bind: '::', ...own }, trustProxy: [] }, 'by the certificate that phones trust already')
  t.match(practicePlace({ bind: '::', localHttps: null }, 8081, { given, own: null }), { plain: { port: 0, bind: '127.0.0.1' }, secure: { port: 8081, bind: '::', ...given } }, 'without TLS for its own boxes only')
  t.match(practicePlace({ ...plain, localHttps: { port: 0, bind: '::' } }, 0, { given: null, own }), { plain: { port: 0 }, secure: { port: 0 } }, 'any free ports')
  t.same(practicePlace({ ...plain, trustProxy: ['127.0.0.1'] }, 8081, { given: null, own: null }).trustProxy, ['127.0.0.1'])
})

t.test('the way in has the host by which the person reached the station', async (t) => {
  const ports = { plain: 8081, secure: 8082 }
  t.equal(practiceBase({ protocol: 'https', hostname: '192.168.1.5' }, ports, null), 'https://192.168.1.5:8082')
  t.equal(practiceBase({ protocol: 'http', hostname: 'localhost' }, ports, null), 'http://localhost:8081')
  t.equal(practiceBase({ protocol: 'https', hostname: '[fd00::5]' }, ports, null), 'https://[fd00::5]:8082')
  t.equal(practiceBase({ protocol: 'https', hostname: 'dai.local' }, { plain: 8081, secure: null }, null), null, 'not reached that way')
  t.equal(practiceBase({ protocol: 'http', hostname: 'x/@evil' }, ports, null), null)
  t.equal(practiceBase({ protocol: 'https', hostname: 'dai.xa.vn' }, ports, 'https://tap-duot.xa.vn/'), 'https://tap-duot.xa.vn', 'behind a proxy')
})

t.test('its port is one above the station’s, unless it is set or there is none', async (t) => {
  const practice = (env: Record<string, string>): unknown => {
    const read = readServerSettings(env)
    return read.ok ? read.value.practice : read.why
  }
  t.same(practice({}), { port: 8081, url: null })
  t.same(practice({ TL_PORT: '9000' }), { port: 9001, url: null })
  t.same(practice({ TL_PORT: '0' }), { port: 0, url: null })
  t.same(practice({ TL_PRACTICE_PORT: '7000' }), { port: 7000, url: null })
  t.equal(practice({ TL_PRACTICE_PORT: 'off' }), null)
  t.equal(practice({ TL_TRUST_PROXY: '127.0.0.1' }), null, 'a proxy has to know of it')
  t.same(practice({ TL_TRUST_PROXY: '127.0.0.1', TL_PRACTICE_URL: 'https://tap.xa.vn' }), { port: 8081, url: 'https://tap.xa.vn' })
  t.match(practice({ TL_PRACTICE_PORT: 'x' }), /TL_PRACTICE_PORT: "x" is no port/)
})

t.test('its cookie is another than the station’s: browsers tell hosts apart, not ports', async (t) => {
  const [token, other] = ['a'.repeat(32), 'b'.repeat(32)]
  for (const secure of [true, false]) {
    const cookies = [sessionCookie(token, { secure, practice: false }), sessionCookie(other, { secure, practice: true })].map((one) => one.split(';')[0]).join('; ')
    t.equal(sessionToken(cookies, { secure, practice: false }), token)
    t.equal(sessionToken(cookies, { secure, practice: true }), other)
  }
  t.match(sessionCookie(token, { secure: true, practice: true }), /^__Host-tl-tap-duot=.*; HttpOnly; SameSite=Strict; Secure$/)
})

t.test('a ticket lets one person in once, and soon', async (t) => {
  const clock = createTurnedClock(NOW)
  let n = 0
  let used = 0
  const { tickets, noteRequest } = createPractising(clock, (count) => new Uint8Array(count).fill(++n), () => void used++)
  const order = { role: 'announcer', home: 'https://dai:8443/tap-duot' } as const
  const [one, two] = [tickets.issue(order), tickets.issue(order)]
  t.match(one, /^[\w-]{32}$/)
  t.same(tickets.take(one), order)
  t.equal(tickets.take(one), null, 'once')
  t.equal(tickets.take('x'.repeat(32)), null)
  clock.turn(PRACTICE_TICKET_LIVES_MS + 1)
  t.equal(tickets.take(two), null, 'not later')
  noteRequest('GET')
  t.equal(used, 0)
  for (let i = 0; i < 5; i++) noteRequest('POST')
  t.equal(used, 1, 'told once a minute')
  clock.turn(MINUTE_MS)
  noteRequest('POST')
  t.equal(used, 2)
})

t.test('nothing but its own words is heard on the line', async (t) => {
  t.ok(readToPractice({ ask: 'ticket', n: 1, role: 'operator', home: 'http://x' }))
  t.equal(readToPractice({ ask: 'ticket', n: 1, role: 'root', home: 'http://x' }), null)
  t.equal(readToPractice('end'), null)
  t.ok(readFromPractice({ say: 'ready', plain: 1, secure: null }))
  t.equal(readFromPractice({ say: 'ready', plain: 'x', secure: null }), null)
})

interface World {
  readonly practice: Practice
  readonly clock: TurnedClock
  /** What the audit log was told. */
  readonly rows: string[]
  readonly ends: string[]
  say(word: FromPractice): void
  die(): void
  emergency: { drill: boolean } | null
  bytes: number
  refusal: PracticeRefusal | null
}
/** The real control over a process that is made up. */
function world(t: Test): World {
  const clock = createTurnedClock(NOW)
  let told: ((word: FromPractice) => void) | null = null
  let ended: () => void = () => undefined
  const made: World = {
    clock, rows: [], ends: [], emergency: null, bytes: 0, refusal: null,
    say: (word) => told?.(word),
    die: () => ended(),
    practice: createPractice({
      clock, log: silentLog, events: createStationEvents(), url: null,
      decide: (entry, change) => {
        const value = change()
        const { actor, action, detail } = typeof entry === 'function' ? entry(value) : entry
        made.rows.push(`${actor} ${action} ${(detail as { why?: string }).why ?? ''}`.trim())
        return value
      },
      stores: { emergencies: { current: () => (made.emergency ? [{ ...made.emergency, endedAt: null, expiresAt: wallMs(clock.wall() + MINUTE_MS) }] : []) } } as unknown as Stores,
      place: () => ({ plain: { port: 0, bind: '127.0.0.1' }, secure: null, trustProxy: [] }),
      program: {
        start(_place, tell, end) {
          if (made.refusal) return refuse(made.refusal, 'no')
          ;[told, ended] = [tell, end]
          return ok({
            ticket: async () => 'T',
            bytes: async () => made.bytes,
            end: async (how) => {
              made.ends.push(how)
              ended()
            },
          })
        },
      },
    }),
  }
  t.teardown(() => made.practice.stop())
  return made
}
const who = ADMINISTRATOR_IDENTITY
const READY = { say: 'ready', plain: 4_000, secure: null } as const
const settled = (): Promise<void> => new Promise((done) => setImmediate(done))

t.test('it is opened once for everybody, says how far it is, and gives a way in only when it is there', async (t) => {
  const { practice, say, rows, clock } = world(t)
  t.same(practice.state(), { phase: 'closed', why: null })
  t.match(practice.open(who), { ok: true, value: { phase: 'opening', step: 'start' } })
  t.equal(await practice.ticket({ role: 'operator', home: 'http://x' }), null, 'not yet')
  say({ say: 'step', step: 'speech', made: 3 })
  t.match(practice.open(who), { ok: true, value: { phase: 'opening', step: 'speech', made: 3 } }, 'a second tap does nothing')
  say(READY)
  t.same(practice.state(), { phase: 'open', endsAt: clock.wall() + PRACTICE_IDLE_MS })
  t.same(await practice.ticket({ role: 'operator', home: 'http://x' }), { ticket: 'T', ports: { plain: 4_000, secure: null } })
  t.same(await practice.end(who), { phase: 'closed', why: 'asked' })
  t.same(rows, ['administrator practice.open', 'administrator practice.end asked'])
})

t.test('without use it ends after an hour, with use after four, and says why', async (t) => {
  const idle = world(t)
  idle.practice.open(who)
  idle.say(READY)
  idle.clock.turn(PRACTICE_IDLE_MS - 5_000)
  t.equal(idle.practice.state().phase, 'open')
  idle.clock.turn(10_000)
  await settled()
  t.same(idle.practice.state(), { phase: 'closed', why: 'idle' })
  const busy = world(t)
  busy.practice.open(who)
  busy.say(READY)
  for (let at = 0; at < PRACTICE_LIFE_MS - 10 * MINUTE_MS; at += 10 * MINUTE_MS) {
    busy.clock.turn(10 * MINUTE_MS)
    busy.say({ say: 'used' })
  }
  t.equal(busy.practice.state().phase, 'open')
  busy.clock.turn(11 * MINUTE_MS)
  await settled()
  t.same(busy.practice.state(), { phase: 'closed', why: 'over' })
  t.same(busy.rows.at(-1), 'server practice.end over')
})

t.test('while a real emergency is in force none is opened, and one that is open ends at once; an exercise changes nothing', async (t) => {
  const before = world(t)
  before.emergency = { drill: false }
  t.match(before.practice.open(who), { ok: false, code: 'emergency' })
  before.emergency = { drill: true }
  t.match(before.practice.open(who), { ok: true })
  before.say(READY)
  before.clock.turn(10_000)
  t.equal(before.practice.state().phase, 'open', 'an exercise on the real loudspeakers')
  before.emergency = { drill: false }
  before.clock.turn(2_000)
  t.same(before.practice.state(), { phase: 'closed', why: 'emergency' })
  t.same(before.ends, ['at-once'], 'the machine is the emergency’s')
})

t.test('one that fills the disk, does not come, fails or dies is over, and can be opened anew', async (t) => {
  const full = world(t)
  full.practice.open(who)
  full.say(READY)
  full.bytes = PRACTICE_MAX_BYTES + 1
  full.clock.turn(2 * MINUTE_MS)
  await settled()
  t.same(full.practice.state(), { phase: 'closed', why: 'full' })
  const slow = world(t)
  slow.practice.open(who)
  slow.clock.turn(PRACTICE_OPENS_WITHIN_MS + 5_000)
  await settled()
  t.same(slow.practice.state(), { phase: 'closed', why: 'fault' })
  slow.practice.open(who)
  slow.say({ say: 'failed', why: 'Port 8081 is in use.' })
  await settled()
  t.same(slow.practice.state(), { phase: 'closed', why: 'fault' })
  slow.practice.open(who)
  slow.say(READY)
  slow.die()
  t.same(slow.practice.state(), { phase: 'closed', why: 'fault' })
  t.match(slow.practice.open(who), { ok: true }, 'anew')
  slow.refusal = 'no-memory'
  await slow.practice.end(who)
  t.match(slow.practice.open(who), { ok: false, code: 'no-memory' })
  t.equal(slow.practice.state().phase, 'closed')
})
