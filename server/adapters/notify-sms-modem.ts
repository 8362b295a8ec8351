import { SerialPort } from 'serialport'
import { withoutMarks, smsPdus } from '../core/notify-sms.ts'
import type { Sender, Sent } from '../core/notify-ports.ts'

/** A modem's line: what it says, and what it is told. */
export interface ModemLine {
  write(text: string): void
  onText(fn: (text: string) => void): void
  close(): void
}

const ANSWER_WITHIN_MS = 5_000
/** The network takes its time over a message (3GPP TS 27.005: up to a minute; longer is lost). */
const SENT_WITHIN_MS = 25_000
const CTRL_Z = '\u001a'

/** Opens a serial device; rejects when it is not there. */
export async function openModem(device: string): Promise<ModemLine> {
  const port = new SerialPort({ path: device, baudRate: 115_200, autoOpen: false })
  await new Promise<void>((done, fail) => port.open((error) => (error ? fail(error) : done())))
  let listener: (text: string) => void = () => undefined
  port.on('data', (bytes: Buffer) => listener(bytes.toString('latin1')))
  return { write: (text) => void port.write(text, 'latin1'), onText: (fn) => void (listener = fn), close: () => port.close() }
}

/** Waits for one of the words; rejects after `ms` or when the modem says ERROR. */
function expect(line: ModemLine, words: RegExp, ms: number): Promise<string> {
  return new Promise((done, fail) => {
    let heard = ''
    const timer = setTimeout(() => fail(new Error(`the modem did not answer (heard: ${heard.trim().slice(-80)})`)), ms)
    line.onText((text) => {
      heard += text
      const error = /\+CM[SE] ERROR: ?[^\r\n]*|(^|\n)ERROR/.exec(heard)
      if (!error && !words.test(heard)) return
      clearTimeout(timer)
      if (error) fail(new Error(error[0].trim()))
      else done(heard)
    })
  })
}

async function command(line: ModemLine, text: string, words: RegExp, ms: number): Promise<string> {
  const answer = expect(line, words, ms)
  line.write(text)
  return answer
}

/** One text, in as many messages as it needs (AT+CMGS in PDU mode). */
export async function sendSms(line: ModemLine, to: string, text: string, reference: number): Promise<void> {
  await command(line, 'AT+CMGF=0\r', /(^|\n)OK/, ANSWER_WITHIN_MS)
  for (const { length, pdu } of smsPdus(to, text, reference)) {
    await command(line, `AT+CMGS=${length}\r`, />/, ANSWER_WITHIN_MS)
    await command(line, `${pdu}${CTRL_Z}`, /\+CMGS: ?\d+[\s\S]*OK/, SENT_WITHIN_MS)
  }
}

/** SMS through a modem of this machine, one at a time. `open`: how its line is opened. */
export function modemSender(device: string, plain: boolean, open: (device: string) => Promise<ModemLine> = openModem): Sender {
  let reference = 0
  let last: Promise<unknown> = Promise.resolve()
  const send = async (to: string, text: string): Promise<Sent> => {
    let line: ModemLine | null = null
    try {
      line = await open(device)
      await sendSms(line, to, plain ? withoutMarks(text) : text, (reference = (reference + 1) % 256))
      return { ok: true }
    } catch (error) {
      return { ok: false, again: true, why: (error as Error).message.slice(0, 300) }
    } finally {
      line?.close()
    }
  }
  return ({ to, text }) => {
    const next = last.then(() => send(to, text))
    last = next
    return next
  }
}
