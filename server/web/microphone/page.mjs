// The microphone of a station in a browser: captures, encodes where the browser can, and shows what clusters really play.
// The protocol is described in server/core/mic-protocol.ts.
const $ = (id) => document.getElementById(id)
const HEAD_BYTES = 6
/** What a link that fell behind may hold back; more is too old to be heard. */
const MAX_BEHIND_MS = 2000
/** A finger that slips raises nothing. */
const HOLD_MS = 2000
/** An emergency that was raised waits so long for its first connection. */
const BACK_WITHIN_MS = 15000
const SILENT_DB = -55
const BYTES_PER_MS = { opus: 4, pcm48: 96, pcm16: 32 }

let token = sessionStorage.getItem('token') ?? ''
/** The broadcast under way; null = none. */
let now = null

const show = (element, text) => {
  element.textContent = text
  element.hidden = text === ''
}
const problem = (text) => show($('problem'), text)
async function api(path, options = {}) {
  const answer = await fetch(`/api/v1${path}`, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } })
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.error?.vi ?? 'Máy chủ chưa trả lời được: xin thử lại.')
  return body
}

function flat(areas, depth = 0) {
  return areas.flatMap(({ code, name, children = [] }) => [{ code, label: `${'– '.repeat(depth)}${name}` }, ...flat(children, depth + 1)])
}
async function listTargets() {
  token = $('token').value.trim()
  if (token === '') return
  try {
    const areas = await api('/areas')
    sessionStorage.setItem('token', token)
    const options = [{ code: 'all', label: 'Tất cả cụm loa' }, ...flat(areas)]
    $('targets').replaceChildren(...options.map(({ code, label }) => new Option(label, code)))
    problem('')
  } catch (error) {
    problem(error.message)
  }
}

/** The best that this browser can send. `?format=` is for trying the others. */
async function formatOf() {
  const wanted = new URLSearchParams(location.search).get('format')
  if (wanted in BYTES_PER_MS) return wanted
  if (!('AudioEncoder' in window)) return 'pcm16'
  const { supported } = await AudioEncoder.isConfigSupported(OPUS)
  return supported ? 'opus' : 'pcm16'
}
const OPUS = { codec: 'opus', sampleRate: 48000, numberOfChannels: 1, bitrate: 32000, opus: { frameDuration: 20000, application: 'voip', complexity: 5 } }

/** Microphone → `send(bytes)` each 20 ms; resolves with what ends it. */
async function capture(format, send) {
  const media = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: false } })
  const sampleRate = format === 'pcm16' ? 16000 : 48000
  const context = new AudioContext({ sampleRate })
  await context.audioWorklet.addModule('/microphone/worklet.mjs')
  const pieces = new AudioWorkletNode(context, 'pieces', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' })
  context.createMediaStreamSource(media).connect(pieces)
  const encoder = format === 'opus' ? encoderTo(send) : null
  let at = 0
  pieces.port.onmessage = ({ data }) => {
    if (encoder) encoder.encode(new AudioData({ format: 'f32', sampleRate, numberOfFrames: data.length, numberOfChannels: 1, timestamp: at, data }))
    else send(new Uint8Array(Int16Array.from(data, (x) => Math.max(-32768, Math.min(32767, Math.round(x * 32767)))).buffer))
    at += 20000
  }
  return () => {
    pieces.port.onmessage = null
    for (const track of media.getTracks()) track.stop()
    if (encoder?.state === 'configured') encoder.close()
    return context.close()
  }
}
function encoderTo(send) {
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      send(bytes)
    },
    error: () => problem('Trình duyệt không mã hoá được tiếng: xin tải lại trang.'),
  })
  encoder.configure(OPUS)
  return encoder
}

function framed(bytes) {
  const out = new Uint8Array(HEAD_BYTES + bytes.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, bytes.length)
  view.setUint32(2, performance.now())
  out.set(bytes, HEAD_BYTES)
  return out
}
function sendSound(bytes) {
  const { socket, format, talking } = now ?? {}
  if (!talking || socket?.readyState !== WebSocket.OPEN) return
  if (socket.bufferedAmount > BYTES_PER_MS[format] * MAX_BEHIND_MS) show($('hint'), 'Mạng yếu: một phần lời nói không đến được loa.')
  else socket.send(framed(bytes))
}
const tell = (message) => now?.socket?.readyState === WebSocket.OPEN && now.socket.send(JSON.stringify(message))

async function connect(first) {
  const mine = now
  const { ticket } = await api('/microphone/tickets', { method: 'POST' })
  if (now === mine) open(first, ticket)
}
function open(first, ticket) {
  const mine = now
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/microphone?ticket=${encodeURIComponent(ticket)}`)
  mine.socket = socket
  socket.onopen = () => socket.send(JSON.stringify(first))
  socket.onmessage = ({ data }) => hear(JSON.parse(data))
  socket.onclose = () => now === mine && mine.socket === socket && lost()
}
/** The link dropped: the station waits for a while. */
function lost() {
  if (now.over) return finish()
  if (now.broadcast === null && now.emergency === null) return finish()
  now.lostAt ??= performance.now()
  const withinMs = now.broadcast?.resumeWithinMs ?? BACK_WITHIN_MS
  if (performance.now() - now.lostAt > withinMs) {
    problem(`Mất kết nối quá ${Math.round(withinMs / 1000)} giây: đã kết thúc bằng nhạc hiệu. Khi có mạng, xin bắt đầu lại.`)
    return finish()
  }
  showState('lost')
  const mine = now
  setTimeout(() => {
    if (now !== mine) return
    connect(firstWord(mine)).catch(() => now === mine && lost())
  }, 400)
}

/** A server that was started anew knows the emergency, and not who spoke. */
const firstWord = ({ broadcast, anew, emergency, format }) =>
  broadcast === null || anew ? { t: 'speak', emergency, format } : { t: 'resume', token: broadcast.token, format }

const SENTENCES = {
  waiting: 'Đã gửi lệnh, chưa cụm nào phát',
  'on-air': 'ĐANG LÊN SÓNG',
  paused: 'TẠM DỪNG – loa đang im lặng',
  ending: 'Đang kết thúc…',
  ended: 'Đã kết thúc',
  lost: 'MẤT KẾT NỐI – đang nối lại…',
  tone: 'TÍN HIỆU BÁO ĐỘNG – CHỜ…',
  speak: 'MỜI NÓI',
}
function showState(state) {
  $('state').dataset.state = state
  $('state').textContent = SENTENCES[state]
  $('pause').textContent = now?.talking ? 'Tạm dừng' : 'Nói tiếp'
  const isUnderWay = ['waiting', 'on-air', 'paused', 'tone', 'speak'].includes(state)
  $('pause').disabled = !isUnderWay
  $('end').disabled = !isUnderWay
}
const minutes = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`
/** In an emergency the one thing to know is when to speak. */
function cueOf({ state, speakInMs }) {
  if (now.emergency === null || !['waiting', 'on-air'].includes(state)) return state
  if (speakInMs > 0) return 'tone'
  now.cuedAt ??= performance.now()
  return performance.now() - now.cuedAt < 5000 ? 'speak' : state
}
function showProgress(answer) {
  const { state, sounding, online, total, speakInMs, leftMs } = answer
  showState(cueOf(answer))
  const away = total - online > 0 ? `, ${total - online} cụm mất kết nối` : ''
  $('where').textContent = `Đang lên sóng ở ${sounding}/${total} cụm${away}`
  if (state === 'ended') return finish()
  if (speakInMs > 0) {
    const what = now.emergency === null ? 'nhạc hiệu, xin' : 'tín hiệu báo động, mời'
    show($('hint'), `Đang phát ${what} nói sau ${Math.ceil(speakInMs / 1000)} giây`)
  }
  else if (leftMs < 60000) show($('hint'), `Sắp hết giờ: còn ${Math.ceil(leftMs / 1000)} giây`)
  else show($('hint'), now.silent > 30 && now.talking ? 'Không nghe thấy tiếng: xin kiểm tra micro.' : `Loa phát sau lời nói ${now.delayText} giây · còn ${minutes(leftMs)}`)
}
function hear(answer) {
  if (!now) return
  if (answer.t === 'started') {
    now.broadcast = { id: answer.id, token: answer.token, resumeWithinMs: answer.resumeWithinMs }
    now.lostAt = null
    now.anew = false
    if (answer.delayMs > 0) now.delayText = (answer.delayMs / 1000).toFixed(1).replace('.', ',')
    const notes = [...answer.skipped.map(({ name, because }) => `${name}: ${because.vi}`), ...answer.warnings.map(({ vi }) => vi)]
    if (notes.length > 0) $('notes').replaceChildren(...notes.map((text) => Object.assign(document.createElement('li'), { textContent: text })))
    tell({ t: now.talking ? 'talk' : 'pause' })
  } else if (answer.t === 'level') {
    $('meter').value = Math.max(-60, answer.db)
    now.silent = answer.db < SILENT_DB ? now.silent + 1 : 0
  } else if (answer.t === 'state') showProgress(answer)
  else if (answer.t === 'problem' && answer.code === 'too-late' && now.emergency !== null && !now.anew) now.anew = true
  else if (answer.t === 'problem') {
    problem(answer.vi)
    now.over ||= answer.fatal
  }
}
function finish() {
  now?.release?.()
  now?.lock?.release()
  now = null
  $('meter').value = -60
  $('during').hidden = true
  $('before').hidden = false
}

const chosenTargets = () => ($('targets').value === 'all' ? 'all' : { areas: [$('targets').value] })
/** Opens the microphone first: whoever has to be asked for it is asked before anything sounds. */
async function begin(order) {
  if (now) return
  problem('')
  $('notes').replaceChildren()
  now = { socket: null, broadcast: null, emergency: null, anew: false, cuedAt: null, format: null, talking: true, over: false, silent: 0, delayText: '6', lostAt: null, release: null, lock: null }
  const mine = now
  try {
    mine.format = await formatOf()
    mine.release = await capture(mine.format, sendSound)
    // a screen that goes dark takes the microphone with it on many phones
    mine.lock = await navigator.wakeLock?.request('screen').catch(() => null)
    $('before').hidden = true
    $('during').hidden = false
    showState('waiting')
    await order(mine)
  } catch (error) {
    problem(error.name === 'NotAllowedError' ? 'Chưa được phép dùng micro: xin cho phép trong trình duyệt rồi thử lại.' : error.name === 'NotFoundError' ? 'Máy này chưa có micro.' : error.message)
    finish()
  }
}
$('before').onsubmit = (event) => {
  event.preventDefault()
  void begin((mine) => connect({ t: 'start', format: mine.format, urgent: $('urgent').checked, title: $('title').value, targets: chosenTargets() }))
}

/** Accepted and kept by the station before anybody speaks. */
async function raise(mine) {
  const order = { title: $('title').value.trim() || 'Thông báo khẩn', targets: chosenTargets(), drill: kindOf() === 'drill', messages: [{ microphone: true, language: 'vi' }] }
  const headers = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
  const post = () => api('/emergencies', { method: 'POST', body: JSON.stringify(order), headers })
  // the same key twice is one emergency: an answer that was lost is asked for again
  const raised = await post().catch((error) => {
    if (error instanceof TypeError) return post()
    throw error
  })
  if (now !== mine) return
  mine.emergency = raised.id
  $('notes').replaceChildren(Object.assign(document.createElement('li'), { textContent: `${raised.drill ? 'DIỄN TẬP' : 'KHẨN CẤP'}: phát tới ${raised.clusters} cụm loa` }))
  open({ t: 'speak', emergency: raised.id, format: mine.format }, raised.microphone.ticket)
}
const kindOf = () => document.querySelector('input[name="kind"]:checked')?.value ?? null
for (const input of document.querySelectorAll('input[name="kind"]'))
  input.onchange = () => {
    $('raise').disabled = false
    $('raise').textContent = kindOf() === 'drill' ? 'Giữ 2 giây để phát diễn tập' : 'Giữ 2 giây để phát KHẨN CẤP'
  }
/** Held, by a finger or by a key, for HOLD_MS. */
let holding = null
function hold() {
  if (holding || now) return
  if (!$('before').reportValidity()) return
  const from = performance.now()
  const step = () => {
    const part = (performance.now() - from) / HOLD_MS
    $('raise').style.setProperty('--held', `${Math.min(100, part * 100)}%`)
    if (part < 1) return (holding = requestAnimationFrame(step))
    release()
    void begin(raise)
  }
  holding = requestAnimationFrame(step)
}
function release() {
  if (holding) cancelAnimationFrame(holding)
  holding = null
  $('raise').style.setProperty('--held', '0%')
}
$('raise').onpointerdown = hold
$('raise').onkeydown = ({ key }) => (key === ' ' || key === 'Enter') && hold()
for (const over of ['pointerup', 'pointerleave', 'pointercancel', 'keyup', 'blur']) $('raise').addEventListener(over, release)
$('raise').oncontextmenu = (event) => event.preventDefault()

$('pause').onclick = () => {
  now.talking = !now.talking
  tell({ t: now.talking ? 'talk' : 'pause' })
}
$('end').onclick = () => tell({ t: 'end' })
$('token').onchange = listTargets
$('token').value = token
void listTargets()
