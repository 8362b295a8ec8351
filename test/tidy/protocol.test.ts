import t from 'tap'
import { staleFiles } from '../../scripts/gen.ts'
import { fillMarkers } from '../../scripts/gen/protocol-tables.ts'
import { TOPICS, TOPIC_NAMES } from '../../shared/protocol/topics.ts'
import { filesOfTree, textOf } from '../support/tree.ts'

t.test('every topic row has a golden message and a line in PROTOCOL.md', async (t) => {
  const files = filesOfTree()
  const document = textOf('shared/protocol/PROTOCOL.md')
  for (const name of TOPIC_NAMES) {
    t.ok(files.includes(`shared/protocol/golden/${name}.json`), name)
    t.ok(document.includes(`| \`${name}\` | \`${TOPICS[name].path}\` |`), name)
  }
})

t.test('generated files are fresh: npm run gen would change nothing', async (t) => {
  t.same(staleFiles(), [])
})

t.test('a part without its place in the document is an error, not a silence', async (t) => {
  t.throws(() => fillMarkers('# no marks', { topics: '|' }), /put <!-- gen:topics -->/)
  t.equal(fillMarkers('<!-- gen:a -->old<!-- /gen:a -->', { a: 'new' }), '<!-- gen:a -->new<!-- /gen:a -->')
})

t.test('topics are typed nowhere but in the topic table', async (t) => {
  const sources = filesOfTree().filter((path) => /^(server|agent|shared)\/.*\.ts$/.test(path) && path !== 'shared/protocol/topics.ts')
  for (const path of sources) t.notMatch(textOf(path), /['"`]tl\/1\//, path)
})
