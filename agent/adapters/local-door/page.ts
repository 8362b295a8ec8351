/** The page behind the door: one screen, large buttons, no file from anywhere else. Served over plain HTTP, so a browser gives it no crypto.subtle. */
export const PAGE = `<!doctype html>
<html lang="vi">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lệnh khẩn tại hộp loa</title>
<link rel="stylesheet" href="/door.css">
<h1>Lệnh khẩn tại hộp loa</h1>
<p id="box"></p>
<p id="say" role="status" aria-live="polite">Đang hỏi hộp loa…</p>
<section id="orders"></section>
<form id="form" autocomplete="off">
<label for="key">Khoá của xã</label>
<input id="key" type="password" maxlength="60" autocapitalize="off" autocomplete="off" spellcheck="false">
</form>
<p class="small">Chọn lệnh rồi <b>giữ nút 1,5 giây</b>. Loa sẽ phát ngay, không cần mạng.</p>
<script type="module" src="/door.js"></script>
</html>
`

export const STYLE = `body{font:18px/1.4 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:1rem;color:#111;background:#fff}
h1{font-size:1.3rem}button{display:block;width:100%;min-height:4.5rem;margin:.6rem 0;font:inherit;font-weight:700;border:3px solid #a11;border-radius:.6rem;color:#a11;
background:linear-gradient(90deg,#f9c6c6 0 0) no-repeat #fff;background-size:0 100%;touch-action:none;user-select:none;-webkit-user-select:none}
button.hold{background-size:100% 100%;transition:background-size 1.5s linear}button.stop{border-color:#111;color:#111}button:focus-visible{outline:4px solid #05c}
label{display:block;margin-top:1rem}input{width:100%;box-sizing:border-box;font:inherit;padding:.6rem}.small{font-size:.95rem}#say{min-height:2.8em;font-weight:600}#box{color:#444;margin:0}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}button{background-color:#111;color:#f88;border-color:#f88}button.stop{color:#eee;border-color:#eee}#box{color:#bbb}}
`

/** SHA-512 (FIPS 180-4) without the browser's: the constants are the first 64 bits of the roots of the first primes, found here by whole numbers. */
export const SHA512 = String.raw`
const primes = []
for (let n = 2n; primes.length < 80; n++) if (!primes.some((p) => n % p === 0n)) primes.push(n)
const root = (n, k) => { let lo = 0n, hi = n + 1n; while (hi - lo > 1n) { const mid = (lo + hi) >> 1n; if (mid ** k <= n) lo = mid; else hi = mid } return lo }
const M = (1n << 64n) - 1n
const K = primes.map((p) => root(p << 192n, 3n) & M)
const H = primes.slice(0, 8).map((p) => root(p << 128n, 2n) & M)
const rot = (x, n) => ((x >> n) | (x << (64n - n))) & M
export function sha512(message) {
  const bytes = new Uint8Array(Math.ceil((message.length + 17) / 128) * 128)
  bytes.set(message)
  bytes[message.length] = 128
  const view = new DataView(bytes.buffer)
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n)
  const h = [...H]
  for (let at = 0; at < bytes.length; at += 128) {
    const w = []
    for (let i = 0; i < 80; i++) {
      if (i < 16) { w.push(view.getBigUint64(at + i * 8)); continue }
      const a = w[i - 15], b = w[i - 2]
      w.push((w[i - 16] + (rot(a, 1n) ^ rot(a, 8n) ^ (a >> 7n)) + w[i - 7] + (rot(b, 19n) ^ rot(b, 61n) ^ (b >> 6n))) & M)
    }
    let [a, b, c, d, e, f, g, x] = h
    for (let i = 0; i < 80; i++) {
      const one = (x + (rot(e, 14n) ^ rot(e, 18n) ^ rot(e, 41n)) + ((e & f) ^ (~e & M & g)) + K[i] + w[i]) & M
      const two = ((rot(a, 28n) ^ rot(a, 34n) ^ rot(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & M
      x = g; g = f; f = e; e = (d + one) & M; d = c; c = b; b = a; a = (one + two) & M
    }
    ;[a, b, c, d, e, f, g, x].forEach((v, i) => { h[i] = (h[i] + v) & M })
  }
  const out = new Uint8Array(64)
  const end = new DataView(out.buffer)
  h.forEach((v, i) => end.setBigUint64(i * 8, v))
  return out
}
`

/** The secret stays in this tab: the box gets a signature over its challenge, and the public key. */
export const SCRIPT = String.raw`
import * as ed from '/ed25519.js'
import { sha512 } from '/sha512.js'
ed.hashes.sha512 = sha512
const HOLD_MS = 1500
const $ = (id) => document.getElementById(id)
const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const textOf = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const say = (text) => { $('say').textContent = text }
const given = /[#&]k=([A-Za-z0-9_-]{43})/.exec(location.hash)
try {
  if (given) sessionStorage.setItem('k', given[1])
  $('key').value = given ? given[1] : sessionStorage.getItem('k') || ''
} catch (e) { if (given) $('key').value = given[1] }
if (given) history.replaceState(null, '', location.pathname)
$('form').addEventListener('submit', (e) => e.preventDefault())

async function ask(path, body) {
  const answer = await fetch(path, { method: body ? 'POST' : 'GET', headers: body ? { 'content-type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined, cache: 'no-store' })
  const value = await answer.json()
  if (!answer.ok) throw new Error(value.vi || 'Hộp loa không trả lời được.')
  return value
}

async function act(order, action) {
  const text = $('key').value.trim()
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return say('Hãy nhập khoá của xã (43 ký tự) hoặc quét lại mã QR.')
  say('Đang gửi lệnh…')
  try {
    const secret = bytesOf(text)
    const { challenge, cluster } = await ask('/challenge', { order: order.id, action })
    const words = new TextEncoder().encode(['tieng-lang standing order 1', cluster, order.id, action, challenge].join('\n'))
    const signature = textOf(ed.sign(words, secret))
    await ask('/act', { order: order.id, action, challenge, key: textOf(ed.getPublicKey(secret)), signature })
    say((action === 'start' ? 'Đã ra lệnh: ' : 'Đã dừng: ') + order.name)
  } catch (error) { say(error.message || 'Không liên lạc được với hộp loa.') }
  look()
}

function button(order, action) {
  const b = document.createElement('button')
  b.type = 'button'
  b.textContent = (action === 'start' ? 'Giữ để phát: ' : 'Giữ để dừng: ') + order.name
  if (action === 'stop') b.className = 'stop'
  let timer = 0
  const begin = () => { if (timer) return; b.classList.add('hold'); timer = setTimeout(() => { end(); act(order, action) }, HOLD_MS) }
  const end = () => { clearTimeout(timer); timer = 0; b.classList.remove('hold') }
  b.addEventListener('pointerdown', begin)
  for (const name of ['pointerup', 'pointerleave', 'pointercancel', 'blur', 'keyup']) b.addEventListener(name, end)
  b.addEventListener('keydown', (e) => { if (e.key === ' ' || e.key === 'Enter') { e.preventDefault(); begin() } })
  b.addEventListener('contextmenu', (e) => e.preventDefault())
  return b
}

let shown = ''
async function look() {
  try {
    const view = await ask('/state')
    const text = JSON.stringify(view)
    if (text === shown) return
    shown = text
    $('box').textContent = 'Hộp loa ' + view.cluster
    $('orders').replaceChildren(...view.sounding.map((o) => button(o, 'stop')), ...view.orders.filter((o) => !view.sounding.some((s) => s.id === o.id)).map((o) => button(o, 'start')))
    say(view.vi || (view.sounding.length ? 'Đang phát: ' + view.sounding.map((o) => o.name).join(', ') : 'Sẵn sàng.'))
  } catch (error) { shown = ''; say('Không liên lạc được với hộp loa.') }
}
look()
setInterval(look, 2000)
`
