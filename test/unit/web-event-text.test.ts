import t from 'tap'
import { createEventText, MOST_LINE_CHARACTERS, type TextEvent } from '../../server/web/app/src/lib/event-text.ts'
import { retryMs } from '../../server/web/app/src/lib/retry.ts'

const STREAM = 'retry: 3000\n: here\n\nid: a-1\nevent: incident.opened\ndata: {"subject":"ngã đổ"}\n\n: still here\n\ndata: one\r\ndata: two\r\n\r\nid: a-2\nevent: resync\ndata: {}\n\n'
const EVENTS: TextEvent[] = [
  { kind: 'incident.opened', data: '{"subject":"ngã đổ"}' },
  { kind: 'message', data: 'one\ntwo' },
  { kind: 'resync', data: '{}' },
]

t.test('events are heard by any name, comments are none, and the newest id is kept', async (t) => {
  const text = createEventText()
  t.equal(text.lastId, null)
  t.same(text.take(STREAM), EVENTS)
  t.equal(text.lastId, 'a-2')
})

t.test('it makes no difference where the link cuts the text', async (t) => {
  for (let at = 0; at <= STREAM.length; at++) {
    const text = createEventText()
    t.same([...text.take(STREAM.slice(0, at)), ...text.take(STREAM.slice(at))], EVENTS, `cut at ${at}`)
  }
})

t.test('an event that is not whole is not told, and an id from before stands', async (t) => {
  const text = createEventText('a-7')
  t.same(text.take('event: cluster.offline\ndata: {}\n'), [])
  t.equal(text.lastId, 'a-7')
  t.same(text.take('\n'), [{ kind: 'cluster.offline', data: '{}' }])
})

t.test('a line without an end is refused before it fills the phone', async (t) => {
  t.throws(() => createEventText().take(`data: ${'x'.repeat(MOST_LINE_CHARACTERS)}`), /no end/)
})

t.test('tries come further and further apart, never more than 45 s, and not all at once', async (t) => {
  t.same([0, 1, 2].map((n) => retryMs(n, 0.5)), [1_000, 2_000, 4_000])
  t.equal(retryMs(50, 1), 45_000)
  t.ok(retryMs(3, 0) < retryMs(3, 0.9))
})
