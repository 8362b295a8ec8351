import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openKeySwitch } from '../../agent/adapters/key-switch.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'

const clock: Clock = { wall: () => wallMs(Date.now()), mono: () => monoMs(performance.now()), after: (ms, fn) => ((timer) => () => clearTimeout(timer))(setTimeout(fn, ms)) }
const until = async (done: () => boolean): Promise<void> => {
  for (let n = 0; n < 400 && !done(); n++) await new Promise((resolve) => setTimeout(resolve, 25))
}

t.test('a switch in a file is told at the start and at every change; a file that is not there is off', async (t) => {
  const file = join(t.testdir(), 'value')
  const told: string[] = []
  const opened = openKeySwitch(`file:${file}`, { clock, log: silentLog, turned: (number, on) => void told.push(`${number} ${on}`) })
  if (!opened.ok) throw new Error(opened.why)
  t.teardown(() => opened.value.stop())
  t.same(told, ['1 false'])
  for (const [value, count] of [['1\n', 2], ['0\n', 3]] as const) {
    writeFileSync(file, value)
    await until(() => told.length === count)
  }
  t.same(told, ['1 false', '1 true', '1 false'])
})

for (const version of ['1.6.3', '2.1']) {
  t.test(`a line is read once and then watched by libgpiod ${version}, and watched again when that ends`, async (t) => {
    const folder = t.testdir({ log: '' })
    const [mon, get, log] = [join(folder, 'gpiomon'), join(folder, 'gpioget'), join(folder, 'log')]
    const head = (name: string): string => `#!/bin/sh\n[ "$1" = --version ] && { echo "${name} (libgpiod) v${version}"; exit 0; }\necho "${name} $*" >> ${log}\n`
    writeFileSync(get, `${head('gpioget')}echo 0\n`)
    writeFileSync(mon, `${head('gpiomon')}echo 1; echo ${version.startsWith('1') ? 0 : 2}; exec sleep 60\n`)
    for (const program of [mon, get]) chmodSync(program, 0o755)
    const told: string[] = []
    const opened = openKeySwitch('none, gpio:gpiochip0/17/low', { clock, log: silentLog, turned: (number, on) => void told.push(`${number} ${on}`), programs: { mon, get } })
    if (!opened.ok) throw new Error(opened.why)
    t.teardown(() => opened.value.stop())
    await until(() => told.length === 3)
    t.same(told, ['1 false', '1 true', '1 false'])
    const { readFileSync } = await import('node:fs')
    t.match(readFileSync(log, 'utf8'), version.startsWith('1') ? /gpiomon --active-low --bias=pull-up --line-buffered --format=%e gpiochip0 17/ : /gpioget --active-low --bias=pull-up --numeric -c gpiochip0 17/)
  })
}

t.test('what is not understood, and a line without libgpiod, is refused with what to do', async (t) => {
  const deps = { clock, log: silentLog, turned: () => undefined }
  for (const text of ['17', 'gpio:0', 'file:', 'file:/a,file:/b,file:/c,file:/d,file:/e']) t.match(openKeySwitch(text, deps), { ok: false, why: /TL_SWITCH/ }, text)
  t.match(openKeySwitch('gpio:gpiochip0/1', { ...deps, programs: { mon: '/nowhere/gpiomon', get: '/nowhere/gpioget' } }), { ok: false, why: /apt-get install gpiod/ })
  t.match(openKeySwitch('', deps), { ok: true })
})
