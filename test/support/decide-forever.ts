import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { createStores } from '../../server/create-stores.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { realClock } from './real-clock.ts'

/** Decides one session after the other and says each number when it is accepted, until it is killed. */
const opened = openDatabases(process.argv[2] ?? '')
if (!opened.ok) throw new Error(opened.why)
const stores = createStores(opened.value, realClock)
const decide = createDecide(opened.value.decisions, stores.audit)

const items = [{ speak: 'Xin chào' }]
const decideOne = (n: number): void => {
  const id = `s-${n}`
  decide({ actor: 'administrator', action: 'session.create', subject: id }, () => stores.sessions.put({ id, name: id, at: '05:30', until: '06:30', days: 'daily', targets: 'all', items }, wallMs(Date.now())))
  process.stdout.write(`${n}\n`, () => setImmediate(decideOne, n + 1))
}
decideOne(1)
