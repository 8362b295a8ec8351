import t from 'tap'
import { tellingOf, troubleOf, type Trouble } from '../../server/web/app/src/lib/troubles.ts'

const FULL = { code: 'full', vi: 'Bộ nhớ của đài đã đầy.', en: 'The disk is full.' }
const part = (place: number, over: Partial<Trouble> = {}): Trouble => ({ place, key: 'k', at: null, load: () => Promise.resolve(), ...over })

t.test('parts have the same to say where they show as little, for the same reason', async (t) => {
  const away = troubleOf({ value: null, state: 'offline', sentence: null })
  t.equal(away, troubleOf({ value: null, state: 'offline', sentence: null }))
  t.not(away, troubleOf({ value: [], state: 'offline', sentence: null }), 'what shows something old says that it is old')
  t.not(away, troubleOf({ value: null, state: 'failed', sentence: FULL }))
  t.not(troubleOf({ value: null, state: 'failed', sentence: { ...FULL, vi: 'Khác.' } }), troubleOf({ value: null, state: 'failed', sentence: FULL }), 'each reason is told')
  t.same([troubleOf({ value: null, state: 'loading', sentence: null }), troubleOf({ value: [], state: 'ready', sentence: null })], [null, null], 'nothing is wrong')
})

t.test('the first of them tells it, with the oldest time; the others are silent', async (t) => {
  const all = [part(7, { at: 400 }), part(3, { at: 900 }), part(5, { at: 600 }), part(1, { key: 'other', at: 100 })]
  t.same(all.map((one) => tellingOf(all, one).isFirst), [false, true, false, true])
  t.equal(tellingOf(all, part(3, { at: 900 })).at, 400, 'nothing on screen is older')
  t.equal(tellingOf([part(3), part(5)], part(3)).at, null, 'nothing is shown')
  t.ok(tellingOf([], part(3)).isFirst, 'nobody knows of it yet')
  t.ok(tellingOf(all.slice(2), part(4, { at: 1 })).isFirst, 'the first of those that are left')
})

t.test('what is folded away tells nothing while another part is seen', async (t) => {
  const all = [part(3, { isSeen: false }), part(5, { isSeen: true }), part(7)]
  t.same(all.map((one) => tellingOf(all, one).isFirst), [false, true, false])
  t.ok(tellingOf([part(3, { isSeen: false })], part(3)).isFirst, 'nobody else is there to tell it')
})

t.test('its button asks anew for all of which it is told, once each', async (t) => {
  const asked: number[] = []
  const asking = (place: number, key = 'k'): Trouble => part(place, { key, load: async () => void asked.push(place) })
  const all = [asking(3), asking(5), asking(7), asking(4, 'other')]
  await tellingOf(all, asking(3)).load()
  t.same(asked.sort(), [3, 5, 7])
})
