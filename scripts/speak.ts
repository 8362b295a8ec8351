import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { parseArgs } from 'node:util'
import { WebSocket } from 'ws'
import { writeMicFrame, type MicAnswer, type MicMessage, type MicStart } from '../server/core/mic-protocol.ts'

const HELP = `npm run speak -- --targets all [--device alsa:default | --file notice.wav]

Speaks live from a machine with a microphone at the station. Ctrl-C ends with the closing chime.

  --targets  all, or areas and clusters by comma: 24958,24958-dong,Cụm chợ
  --device   microphone, alsa:NAME as "arecord -L" lists them  [alsa:default]
  --file     a recording in place of the microphone
  --title    what the broadcast is called
  --urgent   out after 1.5 s instead of 6
  --emergency  real or drill: raises an emergency and speaks it, behind the attention tone
  --server   address of the server  [TL_SERVER, else http://127.0.0.1:8080]
  --token    administrator token  [TL_TOKEN]
`
const FRAME_BYTES = 1_920
/** An area code is two or five figures, with a name behind a dash for a hamlet. */
const AREA = /^\d{2}(?:\d{3}(?:-[a-z0-9-]+)?)?$/
const RESUME_EVERY_MS = 500

const say = (line: string): void => void process.stderr.write(`${line}\n`)
function giveUp(why: string): never {
  say(why)
  process.exit(2)
}

interface Order {
  readonly start: MicStart
  /** Raised before anybody speaks; null = an ordinary live broadcast. */
  readonly emergency: 'real' | 'drill' | null
  readonly url: string
  readonly token: string
  readonly command: readonly [program: string, ...args: string[]]
  /** A recording is over some time. */
  readonly ends: boolean
}

function readOrder(argv: readonly string[]): Order {
  const option = { type: 'string' } as const
  const { values } = parseArgs({ args: [...argv], options: { targets: option, device: option, file: option, title: option, server: option, token: option, emergency: option, urgent: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help || values.targets === undefined) giveUp(HELP)
  const names = values.targets.split(',').map((name) => name.trim()).filter((name) => name !== '')
  const targets: MicStart['targets'] = names.includes('all') ? 'all' : { areas: names.filter((n) => AREA.test(n)), clusters: names.filter((n) => !AREA.test(n)) }
  const { emergency = null } = values
  if (emergency !== null && emergency !== 'real' && emergency !== 'drill') giveUp('Write --emergency real, or --emergency drill for an exercise. · Xin ghi --emergency real (thật) hoặc --emergency drill (diễn tập).')
  const token = values.token ?? process.env['TL_TOKEN'] ?? giveUp('Set TL_TOKEN to the administrator token that the server prints at its start. · Xin đặt TL_TOKEN bằng mã quản trị.')
  const device = /^alsa:(.+)$/.exec(values.device ?? 'alsa:default')?.[1] ?? giveUp(`${values.device} is no device: write alsa:NAME.`)
  const pcm = ['-f', 's16le', '-ar', '48000', '-ac', '1', '-']
  return {
    token, emergency,
    url: (values.server ?? process.env['TL_SERVER'] ?? 'http://127.0.0.1:8080').replace(/\/$/, ''),
    start: { t: 'start', targets, format: 'pcm48', title: values.title ?? (emergency === null ? 'Phát trực tiếp' : 'Thông báo khẩn'), urgent: values.urgent === true },
    command: values.file === undefined ? ['arecord', '-q', '-D', device, '-f', 'S16_LE', '-r', '48000', '-c', '1', '-t', 'raw'] : ['ffmpeg', '-v', 'error', '-nostdin', '-re', '-i', values.file, ...pcm],
    ends: values.file !== undefined,
  }
}

const LINES: Readonly<Record<Extract<MicAnswer, { t: 'state' }>['state'], string>> = { waiting: 'Đã gửi lệnh', 'on-air': 'ĐANG LÊN SÓNG', paused: 'Tạm dừng', ending: 'Đang kết thúc', ended: 'Đã kết thúc' }

/** Raises the emergency; its first word for the microphone. Asked again with the same key it is the same emergency. */
async function raise({ start, url, token, emergency }: Order): Promise<MicMessage> {
  const body = { title: start.title, targets: start.targets, drill: emergency === 'drill', messages: [{ microphone: true, language: 'vi' }] }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': randomBytes(12).toString('hex') }
  const answer = await fetch(`${url}/api/v1/emergencies`, { method: 'POST', headers, body: JSON.stringify(body) })
  const raised = (await answer.json()) as { id?: string; clusters?: number; error?: { en: string; vi: string } }
  if (raised.id === undefined) giveUp(`${raised.error?.vi ?? answer.status} / ${raised.error?.en ?? ''}`)
  say(`${emergency === 'drill' ? 'DIỄN TẬP' : 'THÔNG BÁO KHẨN'} ${raised.id}: ${raised.clusters} cụm. Chờ hết tín hiệu báo động rồi nói. / Wait for the end of the attention tone.`)
  return { t: 'speak', emergency: raised.id, format: start.format }
}

/** Begins the broadcast, feeds it from the child's output, and follows a link that drops. Resolves with the exit code. */
function speak({ start, url, token, command, ends }: Order, first: MicMessage = start): Promise<number> {
  let [socket, resume, ending, failed, last]: [WebSocket | null, string | null, boolean, boolean, string] = [null, null, false, false, '']
  let source: ChildProcessByStdio<null, Readable, Readable> | null = null
  /** The server was started anew: it knows the emergency, and not who spoke. */
  let anew = false
  return new Promise((done) => {
    const finish = (): void => {
      source?.kill()
      done(failed ? 1 : 0)
    }
    const end = (): void => {
      ending = true
      source?.kill()
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ t: 'end' }))
      else finish()
    }
    const feed = (): void => {
      const [program, ...args] = command
      source = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      let rest = Buffer.alloc(0)
      source.stdout.on('data', (chunk: Buffer) => {
        rest = Buffer.concat([rest, chunk])
        for (; rest.length >= FRAME_BYTES; rest = rest.subarray(FRAME_BYTES)) {
          if (socket?.readyState === WebSocket.OPEN) socket.send(writeMicFrame(rest.subarray(0, FRAME_BYTES), Math.round(performance.now()) % 2 ** 32))
        }
      })
      source.stderr.on('data', (text: Buffer) => say(text.toString().trim()))
      source.on('error', (error) => {
        failed = true
        say(`${program} cannot be started (${error.message}): install it. · Chưa cài ${program}.`)
        end()
      })
      source.on('exit', (code) => {
        if (ending) return
        failed = !ends || code !== 0
        if (failed) say(`${program} ended: look at the microphone. · Micro dừng đột ngột: xin kiểm tra.`)
        end()
      })
    }
    const hear = (answer: MicAnswer): void => {
      if (answer.t === 'started') {
        for (const { name, because } of answer.skipped) say(`${name}: ${because.vi}`)
        for (const { vi } of answer.warnings) say(vi)
        // before anybody could hear it nothing is said; after a lost link it goes on at once
        if (source) socket?.send(JSON.stringify({ t: 'talk' }))
        resume = answer.token
        anew = false
      } else if (answer.t === 'problem' && answer.code === 'too-late' && first.t === 'speak' && !anew) anew = true
      else if (answer.t === 'problem') {
        failed ||= answer.fatal
        ending ||= answer.fatal
        say(`${answer.vi} / ${answer.en}`)
      } else if (answer.t === 'state') {
        if (answer.speakInMs === 0 && !source && !ending) {
          socket?.send(JSON.stringify({ t: 'talk' }))
          feed()
        }
        const wait = answer.speakInMs > 0 ? `, nói sau ${Math.ceil(answer.speakInMs / 1000)} giây` : ''
        const line = `${LINES[answer.state]}: ${answer.sounding}/${answer.total} cụm${wait}`
        if (line !== last) say((last = line))
      }
    }
    const connect = (): void => {
      const opened = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/microphone`, { headers: { authorization: `Bearer ${token}` } })
      socket = opened
      opened.on('open', () => opened.send(JSON.stringify(resume === null || anew ? first : { t: 'resume', token: resume, format: start.format })))
      opened.on('message', (data: Buffer) => hear(JSON.parse(data.toString()) as MicAnswer))
      opened.on('error', (error) => say(`${url}: ${error.message}`))
      opened.on('close', () => {
        if (resume === null && !ending) failed = true
        if (ending || resume === null) return finish()
        say('Mất kết nối, đang nối lại… / The link dropped, connecting again…')
        setTimeout(connect, RESUME_EVERY_MS)
      })
    }
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
    connect()
  })
}

const order = readOrder(process.argv.slice(2))
process.exitCode = await (order.emergency === null ? speak(order) : speak(order, await raise(order).catch((error: unknown) => giveUp(`${order.url}: ${String((error as Error).cause ?? error)}`))))
