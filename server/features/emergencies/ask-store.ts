import type { Database } from 'better-sqlite3'
import type { AskCourse, EmergencyAsk, EmergencyAskStore } from '../../core/emergency-ask.ts'

interface AskSql {
  readonly doc: string
  readonly course: string
  readonly made: string
}
type Fixed = Omit<EmergencyAsk, 'course' | 'made'>

const askOf = ({ doc, course, made }: AskSql): EmergencyAsk => ({ ...(JSON.parse(doc) as Fixed), course: JSON.parse(course) as AskCourse, made: JSON.parse(made) as EmergencyAsk['made'] })

export function createEmergencyAskStore(db: Database): EmergencyAskStore {
  const insert = db.prepare('INSERT INTO emergency_ask (id, doc, course, made, state, asked_at, request_key) VALUES (@id, @doc, @course, @made, @state, @askedAt, @request)')
  const save = db.prepare('UPDATE emergency_ask SET course = @course, made = @made, state = @state WHERE id = @id')
  const byId = db.prepare<[string], AskSql>('SELECT doc, course, made FROM emergency_ask WHERE id = ?')
  const byRequest = db.prepare<[string], AskSql>('SELECT doc, course, made FROM emergency_ask WHERE request_key = ?')
  const waiting = db.prepare<[], AskSql>("SELECT doc, course, made FROM emergency_ask WHERE state = 'waiting' ORDER BY asked_at, id")
  const changing = ({ id, course, made }: EmergencyAsk): Record<string, unknown> => ({ id, course: JSON.stringify(course), made: JSON.stringify(made), state: course.state })
  const one = (found: AskSql | undefined): EmergencyAsk | null => (found ? askOf(found) : null)
  return {
    insert: (ask) => {
      const { course: _, made: __, ...fixed } = ask
      insert.run({ ...changing(ask), doc: JSON.stringify(fixed), askedAt: ask.askedAt, request: ask.order.request?.key ?? null })
    },
    byId: (id) => one(byId.get(id)),
    byRequest: (key) => one(byRequest.get(key)),
    waiting: () => waiting.all().map(askOf),
    save: (ask) => void save.run(changing(ask)),
  }
}
