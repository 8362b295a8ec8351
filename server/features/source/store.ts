import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { PostState, SourcePost, SourceStore, SourceSystem } from '../../core/source-system.ts'

interface SystemRow {
  readonly doc: string
  readonly revoked_at: number | null
}
interface PostRow {
  readonly n: number
  readonly source: string
  readonly kind: string
  readonly body: string
  readonly state: PostState
  readonly attempts: number
  readonly next_at: number
  readonly created_at: number
  readonly settled_at: number | null
  readonly problem: string | null
}
const instant = (at: number | null) => (at === null ? null : wallMs(at))
const systemOf = ({ doc, revoked_at }: SystemRow): SourceSystem => ({ ...(JSON.parse(doc) as SourceSystem), revokedAt: instant(revoked_at) })
const postOf = ({ next_at, created_at, settled_at, ...row }: PostRow): SourcePost => ({ ...row, nextAt: wallMs(next_at), createdAt: wallMs(created_at), settledAt: instant(settled_at) })

export function createSourceStore(db: Database): SourceStore {
  const systems = db.prepare<[], SystemRow>('SELECT doc, revoked_at FROM source_system ORDER BY created_at, id')
  const system = db.prepare<[string], SystemRow>('SELECT doc, revoked_at FROM source_system WHERE id = ?')
  const byToken = db.prepare<[Uint8Array], SystemRow>('SELECT doc, revoked_at FROM source_system WHERE token_sha256 = ?')
  const insertSystem = db.prepare('INSERT INTO source_system (id, token_sha256, created_at, revoked_at, doc) VALUES (?, ?, ?, NULL, ?)')
  const revoke = db.prepare('UPDATE source_system SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?')
  const post = db.prepare("INSERT INTO source_post (source, kind, body, state, attempts, next_at, created_at) VALUES (@source, @kind, @body, 'waiting', 0, @createdAt, @createdAt)")
  const due = db.prepare<[number, number], PostRow>("SELECT * FROM source_post WHERE state = 'waiting' AND next_at <= ? ORDER BY n LIMIT ?")
  const savePost = db.prepare('UPDATE source_post SET state = @state, attempts = @attempts, next_at = @nextAt, settled_at = @settledAt, problem = @problem WHERE n = @n')
  const byNumber = db.prepare<[number], PostRow>('SELECT * FROM source_post WHERE n = ?')
  const posts = db.prepare<[string, number], PostRow>('SELECT * FROM source_post WHERE source = ? ORDER BY n DESC LIMIT ?')
  const one = (row: SystemRow | undefined): SourceSystem | null => (row ? systemOf(row) : null)
  return {
    systems: () => systems.all().map(systemOf),
    system: (id) => one(system.get(id)),
    byToken: (tokenSha256) => one(byToken.get(tokenSha256)),
    insertSystem: (made, tokenSha256) => void insertSystem.run(made.id, tokenSha256, made.createdAt, JSON.stringify(made)),
    revoke: (id, at) => void revoke.run(at, id),
    post: (made) => void post.run(made),
    duePosts: (now, most) => due.all(now, most).map(postOf),
    savePost: ({ n, state, attempts, nextAt, settledAt, problem }) => void savePost.run({ n, state, attempts, nextAt, settledAt, problem }),
    postByNumber(n) {
      const row = byNumber.get(n)
      return row ? postOf(row) : null
    },
    posts: (source, most) => posts.all(source, most).map(postOf),
  }
}
