import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { get, ID, placedWorld } from '../support/incident-world.ts'
import { ask, TOKEN } from '../support/server-world.ts'

t.test('what happens is streamed to whom it concerns, and a screen resumes where it was cut off', async (t) => {
  const w = await placedWorld(t)
  await w.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = w.app.server.address() as AddressInfo
  const open = (lastId?: string) =>
    new Promise<{ text: () => string; end: () => void; status: number; until: (pattern: RegExp) => Promise<string> }>((done, fail) => {
      const request = httpRequest({ port, host: '127.0.0.1', path: '/api/v1/events', headers: { authorization: `Bearer ${TOKEN}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) } }, (response) => {
        let text = ''
        const waiting = new Set<() => void>()
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          waiting.forEach((look) => look())
        })
        response.on('error', () => waiting.forEach((look) => look()))
        const until = (pattern: RegExp): Promise<string> =>
          new Promise((found) => {
            const look = (): void => void (pattern.test(text) && (waiting.delete(look), found(text)))
            waiting.add(look)
            look()
          })
        done({ text: () => text, end: () => request.destroy(), status: response.statusCode ?? 0, until })
      })
      request.on('error', fail)
      request.end()
    })
  const screen = await open()
  t.equal(screen.status, 200)
  await screen.until(/: here/)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const text = await screen.until(/incident\.opened[\s\S]*\n\n/)
  t.match(text, /event: incident\.opened\ndata: \{.*"kind":"underruns"/)
  const id = /id: (\S+)\nevent: incident\.opened/.exec(text)?.[1] ?? ''
  screen.end()
  w.deps.events.tell({ kind: 'timetable.published', at: w.clock.wall(), areas: [], subject: 's' })
  const again = await open(id)
  t.match(await again.until(/timetable\.published/), /timetable\.published/)
  t.notMatch(again.text(), /incident\.opened/)
  again.end()
  const lost = await open('elsewhere-7')
  t.match(await lost.until(/resync/), /event: resync/)
  lost.end()
  const without = await ask(w.app, get('/events'), undefined, { authorization: 'Bearer wrong' })
  t.equal(without.status, 401)
})

t.test('a screen that does not read is dropped, and one whose person may not come in any more hears nothing', async (t) => {
  const w = await placedWorld(t)
  const { deps, clock } = w
  const { createEventStreams } = await import('../../server/features/events/plugin.ts')
  const beats: (() => void)[] = []
  const streams = createEventStreams({ ...deps, clock: { ...clock, after: (_ms: number, fn: () => void) => (beats.push(fn), () => undefined) } })
  t.teardown(() => streams.stop())
  const screen = (waiting: () => number) => {
    const said: string[] = []
    const state = { ended: false }
    return { said, state, write: (text: string) => said.push(text) > 0, waiting, end: () => void (state.ended = true), onClose: () => undefined }
  }
  deps.stores.people.insert({ id: 'p', name: 'Người xem', phone: null, grants: [{ role: 'operator', areas: ['24958'] }], createdAt: clock.wall(), disabledAt: null })
  const { identityOf } = await import('../../server/core/person-store.ts')
  const who = () => {
    const found = deps.stores.people.byId('p')
    return found && found.disabledAt === null ? identityOf(found) : null
  }
  let behind = 0
  const [near, slow] = [screen(() => 0), screen(() => behind)]
  t.ok(streams.open(near, who, null))
  t.ok(streams.open(slow, who, null))
  const tell = (areas: string[], subject: string): void => deps.events.tell({ kind: 'x.y', at: clock.wall(), areas, subject })
  tell(['24958-dong'], 'mine')
  tell(['24959'], 'theirs')
  tell(['68'], 'above')
  const heard = (): string => near.said.join('')
  t.match(heard(), /mine/)
  t.match(heard(), /above/)
  t.notMatch(heard(), /theirs/)
  behind = 1_000_000
  tell([], 'all')
  t.ok(slow.state.ended)
  t.equal(streams.count, 1)
  beats.splice(0).forEach((beat) => beat())
  t.match(heard(), /: still here/)
  const person = deps.stores.people.byId('p')
  if (person) deps.stores.people.update({ ...person, disabledAt: clock.wall() })
  tell([], 'after')
  t.notMatch(heard(), /after/)
  t.ok(near.state.ended)
})
