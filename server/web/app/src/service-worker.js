// What keeps the pages there while the link is not: the shell, and the code of pages that were opened. Never anything of the API.
// It also shows what the station tells this device.
// The build writes `SHELL = { version, files }` in front of it: what the first screen needs, under names that say what is in them.
const PREFIX = 'shell-'
const CACHE = PREFIX + SHELL.version
const HOME = '/'
/** A page that is still open asks for its own version's code: the one before stays. */
const KEPT = 2

async function keep() {
  const cache = await caches.open(CACHE)
  // as it is for somebody whom nobody knows: what the server adds for whoever is signed in is not for who comes after them
  await cache.addAll([new Request(HOME, { cache: 'reload', credentials: 'omit' }), ...SHELL.files])
  // no dialog: whoever opens the next page has it
  await skipWaiting()
}
async function tidy() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(names.slice(0, Math.max(0, names.length - (KEPT - 1))).map((name) => caches.delete(name)))
  await clients.claim()
}

/** Every address that is no file and not the server's own is the same page. */
const isPage = ({ pathname }) => !/\.\w+$/.test(pathname) && !['/healthz', '/metrics'].includes(pathname)
async function page(request) {
  const cache = await caches.open(CACHE)
  return (await cache.match(HOME, { ignoreVary: true })) ?? fetch(request)
}
/** A file whose name says what is in it is the same for good. */
async function file(request) {
  const held = await caches.match(request, { ignoreVary: true })
  if (held) return held
  const answer = await fetch(request)
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone())
  return answer
}

/** Something must be shown also for what cannot be read: browsers take the right from whoever is told and shows nothing. */
function newsOf(data) {
  try {
    return data ? data.json() : {}
  } catch {
    return {}
  }
}
/** A page of ours, or the first one. */
function addressOf(path) {
  const url = new URL(typeof path === 'string' ? path : HOME, location.origin)
  return url.origin === location.origin ? url.href : new URL(HOME, location.origin).href
}
/** The lines below the title, without the address: a tap opens it. */
const linesOf = (title, text) => text.split('\n').filter((line) => line !== title && !/^https?:\/\/\S+$/.test(line)).join('\n')
async function tell({ title = 'Tiếng Làng', text = '', path = null, severity = 'notice' }) {
  // what is told later of the same matter takes its place, and is heard as well
  const matter = path === null ? {} : { tag: path, renotify: true }
  await registration.showNotification(title, { body: linesOf(title, text), lang: 'vi', icon: '/icon-192.png', requireInteraction: severity === 'urgent', data: { url: addressOf(path) }, ...matter })
}
/** Where somebody may be speaking or writing: such a page is not taken from them. */
const isAtWork = ({ url }) => /^\/(phat-truc-tiep|khan-cap|chuong-trinh|lich-phat|bat-dau)/.test(new URL(url).pathname)
async function open(url) {
  const pages = await clients.matchAll({ type: 'window' })
  const there = pages.find((page) => page.url === url)
  if (there) return there.focus()
  const free = pages.find((page) => !isAtWork(page))
  if (!free) return clients.openWindow(url)
  await free.focus()
  return free.navigate(url)
}

/** What this browser's maker now brings messages to, after `old` ended. */
async function subscribed({ oldSubscription: old, newSubscription: fresh }, key) {
  return fresh ?? (await registration.pushManager.getSubscription()) ?? registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: old?.options?.applicationServerKey ?? key })
}
/** Tells the station in the name of whoever is signed in here. Answers whether it knows. */
async function moved(event) {
  const [me, key] = await Promise.all(['/me', '/notify/push-key'].map((path) => fetch(`/api/v1${path}`)))
  if (!me.ok || !key.ok) return false
  const { endpoint, keys } = (await subscribed(event, (await key.json()).key)).toJSON()
  const body = JSON.stringify({ endpoint, keys, ...(event.oldSubscription ? { replaces: event.oldSubscription.endpoint } : {}) })
  const { csrf } = await me.json()
  return (await fetch('/api/v1/notify/me/browsers', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body })).ok
}
/** Messages that would stop without a word are worse than one more: whoever waits for them is asked to turn them on again. */
async function move(event) {
  const isKnown = await moved(event).catch(() => false)
  if (!isKnown) await tell({ title: 'Điện thoại này thôi nhận tin báo', text: 'Xin chạm vào đây và bật lại.', path: '/bao-tin' })
}

addEventListener('pushsubscriptionchange', (event) => event.waitUntil(move(event)))
addEventListener('push', (event) => event.waitUntil(tell(newsOf(event.data))))
addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data?.url ?? addressOf(null)))
})
addEventListener('install', (event) => event.waitUntil(keep()))
addEventListener('activate', (event) => event.waitUntil(tidy()))
addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/api/')) return
  if (request.mode === 'navigate') {
    if (isPage(url)) event.respondWith(page(request))
  } else if (url.pathname.startsWith('/assets/') || SHELL.files.includes(url.pathname)) event.respondWith(file(request))
})
