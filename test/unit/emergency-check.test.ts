import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { NewEmergency } from '../../server/core/emergency.ts'
import { checkOrder, MAX_LIFE_MS, MAX_TEXT_CHARACTERS } from '../../server/core/emergency-check.ts'

const NOW = wallMs(1_800_000_000_000)
const order = (over: Partial<NewEmergency> = {}): NewEmergency => ({
  title: 'Vỡ đê', messages: [{ kind: 'text', text: 'Vỡ đê.' }], targets: 'all', drill: false, danger: 9, authority: 1, times: 3, gapMs: 0, volume: null, expiresAt: wallMs(NOW + 600_000), actor: 'x', ...over,
})
const text = { kind: 'text', text: 'a' } as const
const voice = { kind: 'voice', maxMs: 60_000 } as const

t.test('an ordinary order passes, and each bound of it holds', async (t) => {
  t.equal(checkOrder(order(), NOW), null)
  t.equal(checkOrder(order({ messages: [voice] }), NOW), null)
  t.equal(checkOrder(order({ expiresAt: wallMs(NOW + MAX_LIFE_MS) }), NOW), null)
  const rows: readonly (readonly [Partial<NewEmergency>, string])[] = [
    [{ title: ' ' }, 'bad-message'],
    [{ messages: [] }, 'bad-message'],
    [{ messages: [text, text, text, text] }, 'bad-message'],
    [{ messages: [text, voice] }, 'bad-message'],
    [{ messages: [{ kind: 'text', text: ' \n' }] }, 'bad-message'],
    [{ messages: [{ kind: 'text', text: 'a'.repeat(MAX_TEXT_CHARACTERS + 1) }] }, 'bad-message'],
    [{ messages: [{ ...voice, maxMs: 3_600_000 }] }, 'bad-message'],
    [{ times: 0 }, 'bad-message'],
    [{ gapMs: 1.5 }, 'bad-message'],
    [{ volume: 101 }, 'bad-message'],
    [{ danger: 10 }, 'bad-message'],
    [{ authority: -1 }, 'bad-message'],
    [{ expiresAt: NOW }, 'bad-expiry'],
    [{ expiresAt: wallMs(NOW - 60_000) }, 'bad-expiry'],
    [{ expiresAt: wallMs(NOW + MAX_LIFE_MS + 1) }, 'bad-expiry'],
    [{ expiresAt: wallMs(Number.NaN) }, 'bad-expiry'],
  ]
  for (const [over, code] of rows) t.equal(checkOrder(order(over), NOW)?.code, code, JSON.stringify(over).slice(0, 80))
})
