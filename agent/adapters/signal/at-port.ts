import type { SerialPort } from 'serialport'

/** A modem answers a question about its state within 5 s, or is hung. */
export const ANSWER_TIMEOUT_MS = 5_000
/** The longest real answer (5G NSA, three carriers) has some 1 kB. */
const MAX_ANSWER_CHARS = 8_000
const FINAL_LINE = /(?:^|[\r\n])(OK|ERROR|\+CM[ES] ERROR:[^\r\n]*)[\r\n]/
const CLOSE_TIMEOUT_MS = 2_000

export interface AtPort {
  /** The whole answer with its final line, also when that says ERROR; rejects when none comes or the port is gone. */
  ask(command: string): Promise<string>
  /** Never rejects; calling it twice does nothing. */
  close(): Promise<void>
}

/** Opens a serial port for questions, one at a time. The native part is loaded at the first use: most boxes have none. */
export async function openAtPort(path: string): Promise<AtPort> {
  const { SerialPort } = await import('serialport')
  const port = new SerialPort({ path, baudRate: 115_200, autoOpen: false, hupcl: false })
  await new Promise<void>((resolve, reject) => port.open((e) => (e ? reject(e) : resolve())))
  return conversation(port)
}

function conversation(port: SerialPort): AtPort {
  let heard = ''
  let waiting: { settle(answer: string | Error): void } | null = null
  let ended: Error | null = null
  const end = (e: Error): void => {
    ended ??= e
    waiting?.settle(ended)
  }
  port.on('error', end)
  port.on('close', (e: unknown) => end(e instanceof Error ? e : new Error('the port is gone')))
  port.on('data', (chunk: Buffer) => {
    heard = (heard + chunk.toString('latin1')).slice(-MAX_ANSWER_CHARS)
    if (waiting !== null && FINAL_LINE.test(heard)) waiting.settle(heard)
  })
  return {
    ask: (command) => {
      if (ended !== null) return Promise.reject(ended)
      if (waiting !== null) return Promise.reject(new Error('one question at a time'))
      // what came unasked (registration changes, calls) is not part of the answer
      heard = ''
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => waiting?.settle(new Error(`no answer to ${command}`)), ANSWER_TIMEOUT_MS)
        waiting = {
          settle: (answer) => {
            clearTimeout(timer)
            waiting = null
            if (typeof answer === 'string') resolve(answer)
            else reject(answer)
          },
        }
        port.write(`${command}\r`, 'latin1', (e) => {
          if (e) waiting?.settle(e)
        })
      })
    },
    close: async () => {
      end(new Error('the port was closed'))
      if (!port.isOpen) return
      // a port whose device was pulled may never answer the close
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
        port.close(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}
