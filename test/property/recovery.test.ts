import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { silentLog } from '../../shared/core/log.ts'
import { createModemSteps } from '../../agent/adapters/modem-steps.ts'
import { decideRecovery, NOTHING_TRIED, QUIET_BEFORE_STEP_MS, RECOVERY_STEPS, type RecoveryStep, type Tried } from '../../agent/core/recovery.ts'

const MINUTE = 60_000
const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
t.comment(`SEED=${String(seed)}`)

interface Taken {
  readonly step: RecoveryStep
  readonly minute: number
}
/** An outage, minute by minute; a reboot begins the machine's time and the outage anew. */
function outage(minutes: number, { steps = RECOVERY_STEPS as readonly RecoveryStep[], sounds = (_minute: number): number | null => null, upMs = 30 * 86_400_000 } = {}): Taken[] {
  const taken: Taken[] = []
  let tried: Tried = NOTHING_TRIED
  let [down, up] = [0, upMs]
  for (let minute = 0; minute < minutes; minute++, down += MINUTE, up += MINUTE) {
    const decided = decideRecovery(tried, { downMs: down, soundInMs: sounds(minute), steps, upMs: up })
    tried = decided.tried
    if (decided.step === null) continue
    taken.push({ step: decided.step, minute })
    if (decided.step === 'reboot') {
      tried = { ...NOTHING_TRIED, reboots: tried.reboots }
      down = up = -MINUTE
    }
  }
  return taken
}

t.test('the gentlest step comes first, each has time to work, and reboots become rarer', async (t) => {
  const day = outage(3 * 1_440)
  t.same(day.slice(0, 3), [{ step: 'reset', minute: 5 }, { step: 'usb', minute: 15 }, { step: 'reboot', minute: 25 }])
  const reboots = day.filter(({ step }) => step === 'reboot').map(({ minute }) => minute)
  t.ok(reboots.length >= 2 && reboots.length <= 8, `${String(reboots)} in three days`)
  t.ok((reboots[2] ?? 1e9) - (reboots[1] ?? 0) > (reboots[1] ?? 0) - (reboots[0] ?? 0))
  t.same(outage(4), [], 'a short outage is left alone')
  const resets = outage(2 * 1_440, { steps: ['reset'] })
  t.ok(resets.length <= 14, `${String(resets.length)} resets of a modem in two days`)
  t.same(outage(1_440, { steps: [] }), [])
})

t.test('whatever happens: no step while sound is due within ten minutes, none while the link is up, none too soon after another', async (t) => {
  const view = fc.record({
    down: fc.option(fc.integer({ min: 0, max: 48 * 60 })), sound: fc.option(fc.integer({ min: -60, max: 300 })), up: fc.integer({ min: 0, max: 100_000 }),
    steps: fc.subarray([...RECOVERY_STEPS]),
  })
  fc.assert(
    fc.property(fc.array(view, { maxLength: 60 }), (views) => {
      let tried = NOTHING_TRIED
      for (const { down, sound, up, steps } of views) {
        const decided = decideRecovery(tried, { downMs: down === null ? null : down * MINUTE, soundInMs: sound === null ? null : sound * MINUTE, steps, upMs: up * MINUTE })
        if (decided.step !== null) {
          if (down === null || down < 5 || !steps.includes(decided.step)) return false
          if (sound !== null && sound * MINUTE < QUIET_BEFORE_STEP_MS) return false
          if (tried.lastDownMs !== null && down * MINUTE < tried.lastDownMs + 10 * MINUTE) return false
          if (decided.step === 'reboot' && up < 60) return false
        }
        tried = decided.tried
      }
      return true
    }),
    { seed, numRuns: 500 },
  )
  t.pass('500 outages')
})

t.test('an hour of sound in the middle of an outage is waited for', async (t) => {
  const taken = outage(200, { sounds: (minute) => (minute > 120 ? null : 60 - minute) })
  t.ok(taken.every(({ minute }) => minute <= 50 || minute > 120), JSON.stringify(taken))
  t.ok(taken.some(({ minute }) => minute > 120))
})

t.test('the installer’s programs are run without a shell; one that fails or hangs has not gone well', async (t) => {
  const folder = t.testdir()
  const script = (name: string, text: string): string => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
    return join(folder, name)
  }
  const mark = join(folder, 'mark')
  const steps = createModemSteps({ reset: `${script('a', `echo "$1" > ${mark}; test "$1" = 'x;y'`)} x;y`, usb: script('b', 'exec sleep 60'), reboot: null }, silentLog, 500)
  t.same(steps.steps, ['reset', 'usb'])
  t.equal(await steps.run('reset'), true)
  t.equal(await steps.run('usb'), false)
  t.equal(await createModemSteps({ reset: '/no/such/program', usb: null, reboot: null }, silentLog).run('reset'), false)
})
