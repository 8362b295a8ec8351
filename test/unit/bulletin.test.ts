import t from 'tap'
import { documentKind } from '../../server/core/bulletin.ts'
import { afterTry, MAX_ATTEMPTS, retryAfterMs, type SourcePost } from '../../server/core/source-system.ts'
import { wallMs } from '../../shared/core/clock.ts'

const POST: SourcePost = { n: 1, source: 'a', kind: 'receipt', body: '{}', state: 'waiting', attempts: 0, nextAt: wallMs(0), createdAt: wallMs(0), settledAt: null, problem: null }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

t.test('a document is known by its bytes; one with macros, and anything else, is none', async (t) => {
  t.equal(documentKind(bytes('%PDF-1.7 …')), 'pdf')
  t.equal(documentKind(bytes('PK\u0003\u0004…word/document.xml…')), 'docx')
  for (const other of ['', '<html>%PDF-', 'PK\u0003\u0004…xl/workbook.xml', 'PK\u0003\u0004word/document.xml word/vbaProject.bin', 'OggS']) t.equal(documentKind(bytes(other)), null, other)
})

t.test('a message that fails is tried later and later, by chance, and is given up in the end', async (t) => {
  let post = POST
  let now = 0
  for (let n = 1; n < MAX_ATTEMPTS; n++) {
    post = afterTry(post, { later: 'it is away' }, { now: wallMs(now), chance: 0.5 })
    t.match(post, { state: 'waiting', attempts: n, problem: 'it is away' })
    t.ok(post.nextAt > now)
    now = post.nextAt
  }
  t.match(afterTry(post, { later: 'it is away' }, { now: wallMs(now), chance: 0.5 }), { state: 'given-up', settledAt: now })
  t.match(afterTry(post, 'sent', { now: wallMs(now), chance: 0 }), { state: 'sent', problem: null })
  t.match(afterTry(POST, { refused: 'it answered 400' }, { now: wallMs(5), chance: 0 }), { state: 'given-up', attempts: 1 })
  t.ok(now > 3_600_000, 'an outage of an hour gives nothing up')
  t.ok(retryAfterMs(1, 0) < retryAfterMs(1, 1))
  t.equal(retryAfterMs(1_000, 1), 3_600_000)
})
