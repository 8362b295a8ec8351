import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { unitFlags, unitMemory } from '../../scripts/fleet/agent-process.ts'
import { createChildAgents } from '../../server/adapters/child-agents.ts'
import { silentLog } from '../../shared/core/log.ts'
import { until } from '../support/mqtt-client.ts'

t.test('the boxes of the demonstration have as little memory as the unit of a real one gives it', async (t) => {
  const folder = t.testdir({ 'main.mjs': "import { writeFileSync } from 'node:fs'\nwriteFileSync(`${process.env.TL_DATA}/told.json`, JSON.stringify({ flags: process.execArgv, env: process.env }))\nprocess.stdin.resume()\n" })
  const children = createChildAgents({ entry: join(folder, 'main.mjs'), log: silentLog, apart: false })
  t.teardown(() => children.stop())
  const box = join(folder, 'box')
  children.start({ folder: box, env: { TL_SINK: 'null' } })
  type Told = { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> }
  let told: Told = { flags: [], env: {} }
  await until(() => {
    try {
      told = JSON.parse(readFileSync(join(box, 'told.json'), 'utf8')) as Told
    } catch {
      return false // not written, or not whole yet
    }
    return true
  })
  t.ok(Object.keys(unitMemory()).length > 0, 'the unit says how memory is handled')
  t.same(told.flags, unitFlags())
  t.match(told.env, { ...unitMemory(), TL_SINK: 'null', TL_DATA: box })
})
