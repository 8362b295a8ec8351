import t from 'tap'

interface FileReport {
  readonly name: string
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly text: string
}
type ReadTap = (onFile: (file: FileReport) => void) => { push(chunk: string): void; end(): void }
const { readTap } = (await import(new URL('../../scripts/tap-reading.mjs', import.meta.url).href)) as { readTap: ReadTap }

function read(text: string, chunk = text.length): FileReport[] {
  const out: FileReport[] = []
  const reading = readTap((file) => out.push(file))
  for (let i = 0; i < text.length; i += chunk) reading.push(text.slice(i, i + chunk))
  reading.end()
  return out
}
const file = (name: string, lines: readonly string[], ok = true): string =>
  [`# Subtest: ${name}`, ...lines.map((line) => `    ${line}`), `${ok ? '' : 'not '}ok 1 - ${name} # time=12.5ms`, ''].join('\n')

t.test('sentences are counted, not what is asserted within them', async (t) => {
  const text = file('a.test.ts', ['# Subtest: one', '    ok 1 - inner', '    not ok 2 - inner', '    1..2', 'ok 1 - one # time=1ms', 'ok 2 - two # SKIP no reason', '1..2'])
  for (const chunk of [text.length, 1, 7]) t.match(read(text, chunk), [{ name: 'a.test.ts', ok: true, passed: 1, failed: 0, skipped: 1 }])
})

t.test('a failing sentence is a failure and its words are kept', async (t) => {
  const [one] = read(file('a.test.ts', ['ok 1 - fine', 'not ok 2 - broken', '  ---', '  diff: x', '  ...', '1..2'], false))
  t.match(one, { ok: false, passed: 1, failed: 1 })
  t.match(one?.text, /broken/)
  t.notMatch(one?.text, /fine/)
})

t.test('a file that dies without a failing sentence counts as one failure', async (t) => {
  t.match(read(file('a.test.ts', ['ok 1 - fine'], false)), [{ ok: false, passed: 1, failed: 1 }])
})

t.test('a file without any test is a failure, a file that skips itself with a reason is not', async (t) => {
  t.match(read('# Subtest: a.test.ts\n    1..0 # no tests found\nok 1 - a.test.ts # SKIP no tests found\n'), [{ ok: false, failed: 1 }])
  t.match(read('# Subtest: a.test.ts\n    1..0 # no mosquitto here\nok 1 - a.test.ts # SKIP no mosquitto here\n'), [{ ok: true, failed: 0, skipped: 1 }])
})

t.test('each file is told as soon as the next one begins', async (t) => {
  const names: string[] = []
  const reading = readTap((one) => names.push(one.name))
  reading.push(file('a.test.ts', ['ok 1 - x']))
  reading.push('# Subtest: b.test.ts\n')
  t.same(names, ['a.test.ts'])
  reading.end()
})
