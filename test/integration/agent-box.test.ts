import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createBox } from '../../agent/adapters/box.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'

/** A clock whose timers a test fires. */
function handClock(): Clock & { fire(): void } {
  let due: (() => void)[] = []
  return { wall: () => wallMs(0), mono: () => monoMs(0), after: (_ms, fn) => { due.push(fn); return () => { due = due.filter((f) => f !== fn) } }, fire: () => { const now = due; due = []; for (const fn of now) fn() } }
}
const net = (rx: number, tx: number): { statistics: Record<string, string> } => ({ statistics: { rx_bytes: `${rx}\n`, tx_bytes: `${tx}\n` } })

t.test('what the system tells is told, and what it does not tell is absent', async (t) => {
  const root = t.testdir({
    data: {},
    bare: {},
    full: {
      proc: { sys: { kernel: { random: { boot_id: 'boot-1\n' } } } },
      sys: { class: {
        net: { lo: net(9, 9), wwan0: net(1_000, 100) },
        thermal: { thermal_zone0: { temp: '48250\n' }, thermal_zone1: { temp: '51700\n' }, thermal_zone2: { temp: '-273000' }, cooling_device0: {} },
        power_supply: { AC: { type: 'Mains\n', online: '0\n' }, BAT0: { type: 'Battery\n', status: 'Discharging\n' } },
      } },
    },
  })
  const clock = handClock()
  const disk = await createDisk(join(root, 'data'))
  const box = await createBox({ clock, disk, log: silentLog, root: join(root, 'full') })
  t.match(box.facts(), { tempC: 51.7, power: 'battery', data: { rxBytes: 0, txBytes: 0 } })
  t.ok((box.facts().rssBytes ?? 0) > 1_000_000)
  writeFileSync(join(root, 'full/sys/class/net/wwan0/statistics/rx_bytes'), '1500')
  writeFileSync(join(root, 'full/sys/class/power_supply/AC/online'), '1')
  clock.fire()
  await box.stop()
  t.match(box.facts(), { power: 'mains', data: { rxBytes: 500, txBytes: 0 } })
  const again = await createBox({ clock, disk, log: silentLog, root: join(root, 'full') })
  t.match(again.facts().data, { rxBytes: 500, txBytes: 0 }, 'the count survives a restart')
  await again.stop()
  const bare = await createBox({ clock, disk: await createDisk(join(root, 'data2')), log: silentLog, root: join(root, 'bare') })
  t.same(Object.keys(bare.facts()), ['rssBytes'])
  await bare.stop()
})
