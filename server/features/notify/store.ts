import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Dispatch, Notice, NotifyProfile, NotifyStore, Pending, PushSubscription } from '../../core/notify-store.ts'

interface Doc {
  readonly doc: string
}
const read = <T>({ doc }: Doc): T => JSON.parse(doc) as T

interface PendingRow extends Doc {
  readonly actor: string
  readonly due: number
}
const pendingOf = (row: PendingRow): Pending => ({ actor: row.actor, due: wallMs(row.due), notice: read<Notice>(row) })

const columnsOf = (dispatch: Dispatch): Record<string, unknown> => {
  const { id, actor, channel, state, due, createdAt } = dispatch
  return { id, actor, channel, state, due, createdAt, doc: JSON.stringify(dispatch) }
}

function createPeopleSide(db: Database): Pick<NotifyStore, 'profiles' | 'profile' | 'putProfile' | 'subscriptions' | 'putSubscription' | 'dropSubscription'> {
  const profiles = db.prepare<[], Doc>('SELECT doc FROM notify_profile ORDER BY actor')
  const profile = db.prepare<[string], Doc>('SELECT doc FROM notify_profile WHERE actor = ?')
  const putProfile = db.prepare<[string, string]>('INSERT INTO notify_profile (actor, doc) VALUES (?, ?) ON CONFLICT (actor) DO UPDATE SET doc = excluded.doc')
  const subscriptions = db.prepare<[string], Doc>('SELECT doc FROM push_subscription WHERE actor = ? ORDER BY endpoint')
  const putSubscription = db.prepare<[string, string, string]>('INSERT INTO push_subscription (endpoint, actor, doc) VALUES (?, ?, ?) ON CONFLICT (endpoint) DO UPDATE SET actor = excluded.actor, doc = excluded.doc')
  const dropSubscription = db.prepare<[string]>('DELETE FROM push_subscription WHERE endpoint = ?')
  return {
    profiles: () => profiles.all().map((row) => read<NotifyProfile>(row)),
    profile(actor) {
      const row = profile.get(actor)
      return row ? read<NotifyProfile>(row) : null
    },
    putProfile: (one) => void putProfile.run(one.actor, JSON.stringify(one)),
    subscriptions: (actor) => subscriptions.all(actor).map((row) => read<PushSubscription>(row)),
    putSubscription: (one) => void putSubscription.run(one.endpoint, one.actor, JSON.stringify(one)),
    dropSubscription: (endpoint) => void dropSubscription.run(endpoint),
  }
}

const ADD = `INSERT INTO notify_pending (actor, subject, due, doc) VALUES (?, ?, ?, ?)
  ON CONFLICT (actor, subject) DO UPDATE SET due = min(due, excluded.due), doc = excluded.doc`
const DUE = 'SELECT actor, due, doc FROM notify_pending WHERE actor IN (SELECT actor FROM notify_pending WHERE due <= ?) ORDER BY id'

function createTold(db: Database): Pick<NotifyStore, 'wasTold' | 'toldOf' | 'told' | 'forgetTold'> & { readonly note: (actor: string, subject: string) => void } {
  const note = db.prepare<[string, string]>('INSERT OR IGNORE INTO notify_told (subject, actor) VALUES (?, ?)')
  const one = db.prepare<[string, string]>('SELECT 1 FROM notify_told WHERE subject = ? AND actor = ?')
  const of = db.prepare<[string], { actor: string }>('SELECT actor FROM notify_told WHERE subject = ?')
  const subjects = db.prepare<[], { subject: string }>('SELECT DISTINCT subject FROM notify_told')
  const forget = db.prepare<[string]>('DELETE FROM notify_told WHERE subject = ?')
  return {
    note: (actor, subject) => void note.run(subject, actor),
    wasTold: (actor, subject) => one.get(subject, actor) !== undefined,
    toldOf: (subject) => of.all(subject).map(({ actor }) => actor),
    told: () => subjects.all().map(({ subject }) => subject),
    forgetTold: (subject) => void forget.run(subject),
  }
}

/** Who wants to hear of what, what waits, and what is on its way: it survives restarts. */
export function createNotifyStore(db: Database): NotifyStore {
  const { note, ...told } = createTold(db)
  const add = db.prepare<[string, string, number, string]>(ADD)
  const drop = db.prepare<[string, string]>('DELETE FROM notify_pending WHERE actor = ? AND subject = ?')
  const due = db.prepare<[number], PendingRow>(DUE)
  const clear = db.prepare<[string]>('DELETE FROM notify_pending WHERE actor = ?')
  const enqueue = db.prepare('INSERT INTO notify_queue (id, actor, channel, state, due, created_at, doc) VALUES (@id, @actor, @channel, @state, @due, @createdAt, @doc)')
  const save = db.prepare('UPDATE notify_queue SET state = @state, due = @due, doc = @doc WHERE id = @id')
  const one = db.prepare<[string], Doc>('SELECT doc FROM notify_queue WHERE id = ?')
  const dueNow = db.prepare<[string, number, number], Doc>("SELECT doc FROM notify_queue WHERE state = 'waiting' AND channel = ? AND due <= ? ORDER BY due LIMIT ?")
  const newest = db.prepare<[number], Doc>('SELECT doc FROM notify_queue ORDER BY created_at DESC, id LIMIT ?')
  const count = db.prepare<[string, string, number], { n: number }>('SELECT count(*) AS n FROM notify_queue WHERE actor = ? AND channel = ? AND created_at >= ?')
  const prune = db.prepare<[number]>("DELETE FROM notify_queue WHERE state <> 'waiting' AND created_at < ?")
  const send = db.transaction((actor: string, dispatches: readonly Dispatch[], subjects: readonly string[]) => {
    for (const dispatch of dispatches) enqueue.run(columnsOf(dispatch))
    clear.run(actor)
    for (const subject of subjects) note(actor, subject)
  })
  return {
    ...createPeopleSide(db),
    ...told,
    send: (actor, dispatches, subjects) => send.immediate(actor, dispatches, subjects),
    addPending: ({ actor, due: at, notice }) => void add.run(actor, notice.subject, at, JSON.stringify(notice)),
    dropPending: (actor, subject) => drop.run(actor, subject).changes > 0,
    duePending: (now) => due.all(now).map(pendingOf),
    clearPending: (actor) => void clear.run(actor),
    enqueue: (dispatch) => void enqueue.run(columnsOf(dispatch)),
    saveDispatch: (dispatch) => void save.run(columnsOf(dispatch)),
    dispatch(id) {
      const row = one.get(id)
      return row ? read<Dispatch>(row) : null
    },
    dueDispatches: (channel, now, most) => dueNow.all(channel, now, most).map((row) => read<Dispatch>(row)),
    dispatches: (most) => newest.all(most).map((row) => read<Dispatch>(row)),
    countSince: (actor, channel, at) => count.get(actor, channel, at)?.n ?? 0,
    prune: (before) => void prune.run(before),
  }
}
