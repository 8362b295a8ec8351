// Reads the TAP 14 of the test runner line by line: one report per test file, as soon as the file is done.

const POINT = /^(not )?ok \d+(?: - )?(.*)$/
const TIME = /# time=([\d.]+)(ms|s)/
const SKIPPED = / # (?:skip|todo)\b/i
const NO_TESTS = / # skip no tests found/i

/**
 * A file's sentences are its test points one level down; a file that fails without a failing sentence (a crash, a time
 * limit, no test at all) counts as one failure.
 * @param {(file: { name: string, ok: boolean, passed: number, failed: number, skipped: number, ms: number, text: string }) => void} onFile
 */
export function readTap(onFile) {
  let rest = ''
  let file = fresh()
  let trailing = null

  const line = (text) => {
    const top = POINT.exec(text)
    if (top) {
      flush()
      trailing = close(file, top, text)
      file = fresh()
      return
    }
    if (/^# Subtest: /.test(text)) flush()
    if (trailing === null) note(file, text)
    // the runner's own remarks on a file follow its point; how the process ended is the part that matters
    else if (/^ {2}(exitCode|signal|expired|timeout|reason|error|message): /.test(text)) trailing.text += `\n${text}`
  }
  const flush = () => {
    if (trailing !== null) onFile(trailing)
    trailing = null
  }
  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(line)
    },
    end() {
      if (rest !== '') line(rest)
      flush()
    },
  }
}

const fresh = () => ({ passed: 0, failed: 0, skipped: 0, lines: [] })

function note(file, text) {
  const point = /^ {4}(?! )/.test(text) ? POINT.exec(text.slice(4)) : null
  if (point) {
    if (SKIPPED.test(point[2])) file.skipped += 1
    else if (point[1]) file.failed += 1
    else file.passed += 1
  }
  // what passed is of no interest to whoever looks for the fault
  if (!/^\s*(ok \d+ - |\d+\.\.\d+$|TAP version)/.test(text) && text.trim() !== '') file.lines.push(text)
}

function close(file, [, not, rest], text) {
  const ok = !not
  const time = TIME.exec(rest)
  const failed = !ok && file.failed === 0 ? 1 : file.failed
  const skippedWhole = SKIPPED.test(rest) && !NO_TESTS.test(rest)
  const empty = ok && !skippedWhole && file.passed + file.failed + file.skipped === 0
  return {
    name: rest.replace(/\s*(#.*)?(\{)?$/, '').trim(),
    ok: ok && !empty && failed === 0,
    passed: file.passed,
    failed: empty ? 1 : failed,
    skipped: file.skipped + (skippedWhole ? 1 : 0),
    ms: time ? Number(time[1]) * (time[2] === 's' ? 1000 : 1) : 0,
    text: [...file.lines, text, empty ? 'this file holds no test' : ''].join('\n'),
  }
}
