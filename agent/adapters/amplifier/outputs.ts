import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ok, refuse } from '../../../shared/core/result.ts'
import type { Result } from '../../../shared/core/result.ts'

/** Switches the amplifier's supply. Rejects with a sentence when it could not; calling it again is harmless. */
export interface AmplifierOutput {
  set(on: boolean): Promise<void>
}

export const AMPLIFIER_KINDS =
  'The amplifier must be none, gpio:N[?active=low], usb:/dev/ttyUSBN, usb:/dev/hidrawN or command:ON|OFF ' +
  '(for gpiod: command:gpioset gpiochip0 17=1|gpioset gpiochip0 17=0). ' +
  'Tăng âm phải là none, gpio:N, usb:/dev/…, hoặc command:LỆNH_BẬT|LỆNH_TẮT.'

/** A command that hangs is killed: off must be tried again, not waited for. */
const COMMAND_MS = 5_000
/** The kernel needs a moment to give a new GPIO its files. */
const EXPORT_MS = 1_000
/** A0, relay 1, state, sum: the protocol of the common LCUS-1 and LC-Tech relays, serial (9600 baud) and HID. */
const RELAY = { on: Uint8Array.of(0xa0, 0x01, 0x01, 0xa2), off: Uint8Array.of(0xa0, 0x01, 0x00, 0xa1) }

/** Reads a description such as `gpio:17`. @param sysfs where the kernel shows its GPIO. */
export function parseAmplifier(spec: string, sysfs = '/sys/class/gpio'): Result<AmplifierOutput | null, 'bad-amplifier'> {
  const no = refuse('bad-amplifier', `"${spec}" is no amplifier output. ${AMPLIFIER_KINDS}`)
  if (spec === 'none' || spec === '') return ok(null)
  const [, kind = '', rest = ''] = /^([a-z]+):(.+)$/s.exec(spec) ?? []
  if (kind === 'gpio') {
    const [, line, active] = /^(\d{1,4})(?:\?active=(high|low))?$/.exec(rest) ?? []
    return line === undefined ? no : ok(gpioOutput(line, active === 'low', sysfs))
  }
  if (kind === 'usb') return rest.startsWith('/dev/') ? ok(usbOutput(rest)) : no
  if (kind === 'command') {
    const [on = '', off = '', more] = rest.split('|')
    return on.trim() === '' || off.trim() === '' || more !== undefined ? no : ok(commandOutput(on, off))
  }
  return no
}

const run = (command: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(command, [...args], { timeout: COMMAND_MS, killSignal: 'SIGKILL' }, (error, _out, said) => {
      if (error) reject(new Error(`${[command, ...args].join(' ')}: ${said.trim() || error.message}`))
      else resolve()
    })
  })

const commandOutput = (on: string, off: string): AmplifierOutput => ({
  set: (wanted) => run('/bin/sh', ['-c', wanted ? on : off]),
})

const exists = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  )

function gpioOutput(line: string, activeLow: boolean, sysfs: string): AmplifierOutput {
  const folder = join(sysfs, `gpio${line}`)
  const exported = async (): Promise<void> => {
    if (await exists(join(folder, 'direction'))) return
    if (!(await exists(join(sysfs, 'export')))) {
      throw new Error(`${sysfs} is absent or not writable: run the agent with the gpio group, or use command:gpioset …`)
    }
    await writeFile(join(sysfs, 'export'), line)
    const end = performance.now() + EXPORT_MS
    while (!(await exists(join(folder, 'direction'))) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  return {
    async set(on) {
      await exported()
      // "low" and "high" set direction and level at once: the line never shows another level in between
      await writeFile(join(folder, 'direction'), on !== activeLow ? 'high' : 'low')
    },
  }
}

function usbOutput(device: string): AmplifierOutput {
  const isSerial = !device.includes('hidraw')
  let ready = false
  return {
    async set(on) {
      if (isSerial && !ready) await run('stty', ['-F', device, '9600', 'raw', '-echo', 'clocal'])
      ready = true
      // no O_CREAT: a relay that is unplugged must not become a file
      const file = await open(device, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK).catch((error: Error) => {
        ready = false
        throw error
      })
      await file.write(on ? RELAY.on : RELAY.off).finally(() => file.close())
    },
  }
}
