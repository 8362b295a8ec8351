import t from 'tap'
import type { Answer } from '../../server/web/app/src/lib/answer.ts'
import { FIRST_PIECE_BYTES, MOST_TRIES, nextPiece, sendPieces, type Pieces, type UploadView } from '../../server/web/app/src/screens/library/pieces.ts'

const OFFLINE: Answer<never> = { ok: false, kind: 'offline' }
const refusal = (status: number, code: string): Answer<never> => ({ ok: false, kind: status >= 500 ? 'fault' : 'refused', status, sentence: { code, vi: code, en: code } })

interface Station {
  readonly pieces: Pieces
  readonly asked: string[]
  /** What has arrived. */
  readonly got: () => number
  /** Is asked before each question; what it answers is what the page sees. `lost`: it arrives, its answer does not. */
  meets: (question: string) => Answer<never> | 'lost' | null
  givenUp: boolean
}

/** A station that keeps pieces as the real one does: only what begins where it stands. */
function station(bytes: number, begun: { readonly id: string; readonly offset: number; readonly bytes?: number } | null = null): Station {
  let offset = begun?.offset ?? 0
  let known = begun?.id ?? null
  let announced = begun?.bytes ?? bytes
  let clock = 0
  const asked: string[] = []
  const noted: string[] = []
  const view = (): UploadView => ({ id: known ?? '', bytes: announced, offset, programme: null })
  const meet = (question: string, work: () => Answer<UploadView>): Promise<Answer<UploadView>> => {
    asked.push(question)
    const trouble = self.meets(question)
    if (trouble !== null && trouble !== 'lost') return Promise.resolve(trouble)
    const answer = work()
    return Promise.resolve(trouble === 'lost' ? OFFLINE : answer)
  }
  const self: Station = {
    asked, got: () => offset, meets: () => null, givenUp: false,
    pieces: {
      bytes, begun: begun?.id ?? null,
      begin: () => meet('begin', () => {
        known = `u${asked.length}`
        offset = 0
        announced = bytes
        return { ok: true, value: view() }
      }),
      look: (id) => meet('look', () => (id === known ? { ok: true, value: view() } : refusal(404, 'not-found'))),
      send: (id, from, to) => meet(`send ${from}`, () => {
        if (id !== known) return refusal(404, 'not-found')
        if (from !== offset) return refusal(409, 'wrong-offset')
        offset = to
        return { ok: true, value: view() }
      }),
      note: (id) => void noted.push(id), progress: () => undefined, away: () => undefined, isGivenUp: () => self.givenUp,
      wait: (ms) => Promise.resolve(void (clock += ms)), chance: () => 0.5, now: () => (clock += 3_000),
    },
  }
  return self
}

t.test('a recording arrives piece by piece', async (t) => {
  const one = station(2.5 * FIRST_PIECE_BYTES)
  t.match(await sendPieces(one.pieces), { ok: true, id: 'u1' })
  t.same(one.asked, ['begin', 'send 0', `send ${FIRST_PIECE_BYTES}`, `send ${2 * FIRST_PIECE_BYTES}`])
  t.equal(one.got(), one.pieces.bytes)
})

t.test('a cut link costs one piece at most: what arrived is not sent again, also where only its answer was lost', async (t) => {
  const one = station(3 * FIRST_PIECE_BYTES)
  let cuts = 0
  one.meets = (question) => (question === `send ${FIRST_PIECE_BYTES}` && cuts++ === 0 ? 'lost' : null)
  t.ok((await sendPieces(one.pieces)).ok)
  t.same(one.asked, ['begin', 'send 0', `send ${FIRST_PIECE_BYTES}`, 'look', `send ${2 * FIRST_PIECE_BYTES}`])
})

t.test('what was begun before goes on where it was; what the station forgot, or another recording, begins anew', async (t) => {
  const on = station(3 * FIRST_PIECE_BYTES, { id: 'before', offset: 2 * FIRST_PIECE_BYTES })
  t.match(await sendPieces(on.pieces), { ok: true, id: 'before' })
  t.same(on.asked, ['look', `send ${2 * FIRST_PIECE_BYTES}`])
  const gone = station(10)
  t.ok((await sendPieces({ ...gone.pieces, begun: 'gone' })).ok)
  t.same(gone.asked, ['look', 'begin', 'send 0'])
  const other = station(10, { id: 'before', offset: 4, bytes: 99 })
  t.ok((await sendPieces(other.pieces)).ok)
  t.same(other.asked, ['look', 'begin', 'send 0'])
})

t.test('it ends: a refusal is told, a link that stays away asks for a person, and one may give up', async (t) => {
  const full = station(10)
  full.meets = () => refusal(413, 'too-large')
  t.match(await sendPieces(full.pieces), { ok: false, why: 'refused', sentence: { code: 'too-large' } })
  const away = station(10)
  away.meets = () => OFFLINE
  t.same(await sendPieces(away.pieces), { ok: false, why: 'away' })
  t.equal(away.asked.length, MOST_TRIES)
  const broken = station(10)
  broken.meets = (question) => (question.startsWith('send') ? refusal(503, 'disk-full') : null)
  t.same(await sendPieces(broken.pieces), { ok: false, why: 'away' }, 'the station may come to itself')
  t.ok(broken.asked.length <= 3 * MOST_TRIES)
  const forgetful = station(10)
  forgetful.meets = (question) => (question.startsWith('send') ? refusal(404, 'not-found') : null)
  t.same(await sendPieces(forgetful.pieces), { ok: false, why: 'away' })
  t.ok(forgetful.asked.length <= 3 * MOST_TRIES)
  const stubborn = station(10)
  t.same(await sendPieces({ ...stubborn.pieces, send: (id) => Promise.resolve({ ok: true, value: { id, bytes: 10, offset: 0, programme: null } }) }), { ok: false, why: 'away' }, 'a station that says yes and takes nothing')
  const over = station(10)
  over.givenUp = true
  t.same(await sendPieces(over.pieces), { ok: false, why: 'given-up' })
})

t.test('pieces grow on a quick link and shrink on a slow one', async (t) => {
  t.equal(nextPiece(FIRST_PIECE_BYTES, 500), 2 * FIRST_PIECE_BYTES)
  t.equal(nextPiece(FIRST_PIECE_BYTES, 4_000), FIRST_PIECE_BYTES)
  t.equal(nextPiece(FIRST_PIECE_BYTES, 9_000), FIRST_PIECE_BYTES / 2)
  t.equal(nextPiece(4_194_304, 1), 4_194_304)
  t.equal(nextPiece(32_768, 60_000), 32_768)
})
