import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { wallMs } from '../../shared/core/clock.ts'
import type { ClockKeeper } from '../core/ports.ts'

/** The text of a small system file; null where there is none. */
async function told(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return null // no such file, or a clock that does not answer: not known
  }
}

/** What kept the time of this machine, as Linux tells it. @param root of the system's own files, for tests. */
export async function readClockKeeper(root = '/'): Promise<ClockKeeper> {
  const seconds = await told(join(root, 'sys/class/rtc/rtc0/since_epoch'))
  const synchronised = await access(join(root, 'run/systemd/timesync/synchronized')).then(
    () => true,
    () => false,
  )
  return {
    boot: (await told(join(root, 'proc/sys/kernel/random/boot_id'))) ?? '',
    rtc: seconds !== null && /^\d{1,12}$/.test(seconds) ? wallMs(Number(seconds) * 1000) : null,
    synchronised,
  }
}
