import t from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { mayFollow, type Following, type Running } from '../../shared/core/update-follow.ts'
import { certifyKey, createCertificateCache, KEY_USES, type KeyUse, type SigningKey } from '../../shared/protocol/keys.ts'
import { openOrder, signJws, signOrder } from '../../shared/protocol/orders.ts'
import { filesOfPack, manifestOfPack, writePack } from '../../shared/protocol/update-pack.ts'
import { openRelease, signRelease, type Release } from '../../shared/protocol/update-release.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { bootOf, decideStart, fallBack, MAX_STARTS, MAX_STARTS_HERE, type Boot, type SlotName } from '../../agent/core/update-boot.ts'

const crypto = nodeCrypto()
const NOW = wallMs(Date.UTC(2026, 10, 23))
const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
function keyFor(use: KeyUse, root = 1): SigningKey {
  const secret = secretOf(50 + KEY_USES[use])
  return { secret, certificate: certifyKey(crypto, secretOf(root), { key: crypto.publicKey(secret), uses: KEY_USES[use], notBeforeMs: NOW - 86_400_000, notAfterMs: NOW + 86_400_000 }) }
}
const context = { crypto, at: NOW, certified: createCertificateCache(crypto, crypto.publicKey(secretOf(1))) }
const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))
const PACKED = utf8('packed main'), OTHER = utf8('packed other')
const file = (path: string, packed = PACKED): Release['files'][number] => ({ path, sha: shaOf(utf8(path)), bytes: path.length, packed: shaOf(packed), packedBytes: packed.length })
const RELEASE: Release = { t: 'release', n: 1_000, version: '0.2.0', iat: NOW, least: '0.1.0', protocol: [1], node: '20.11.0', files: [file('main.mjs'), file('node_modules/@evan/opus/lib.js', OTHER)] }

t.test('a release is taken from the release key alone', async (t) => {
  t.same(openRelease(signRelease(crypto, keyFor('releases'), RELEASE), context), { ok: true, value: RELEASE })
  for (const use of ['orders', 'time', 'streams'] as const) t.match(openRelease(signRelease(crypto, keyFor(use), RELEASE), context), { ok: false, code: 'forged' }, `a key for ${use}`)
  t.match(openRelease(signRelease(crypto, keyFor('releases', 2), RELEASE), context), { ok: false, code: 'forged' }, 'another root')
  const forged = signRelease(crypto, { ...keyFor('releases'), secret: secretOf(9) }, RELEASE)
  t.match(openRelease(forged, context), { ok: false, code: 'forged' }, 'another key behind the certificate')
  t.match(openRelease(signRelease(crypto, keyFor('releases'), RELEASE), { ...context, at: wallMs(NOW + 2 * 86_400_000) }), { ok: false, code: 'forged' }, 'a key that has ended')
})

t.test('a release key signs releases alone', async (t) => {
  const order = { t: 'update', c: 'k7m2p9qx4t', iat: NOW, exp: NOW + 1_000, rev: 1, m: null, b: 0, spread: 0 } as const
  t.match(openOrder(signOrder(crypto, keyFor('releases'), order), 'update', { ...context, cluster: order.c }), { ok: false, code: 'unsigned' })
  t.match(openOrder(signOrder(crypto, keyFor('orders'), order), 'update', { ...context, cluster: order.c }), { ok: true })
})

t.test('an order for a release may hold what this version does not know', async (t) => {
  const newer = { t: 'update', c: 'k7m2p9qx4t', iat: NOW, exp: NOW + 1_000, rev: 1, m: null, b: 0, spread: 0, mood: 'good' }
  t.match(openOrder(signJws(crypto, keyFor('orders'), newer), 'update', { ...context, cluster: newer.c }), { ok: true })
})

t.test('a manifest that is cut off or changed anywhere is refused', async (t) => {
  const manifest = signRelease(crypto, keyFor('releases'), RELEASE)
  for (let n = 0; n < manifest.length; n += 7) t.equal(openRelease(manifest.slice(0, n), context).ok, false, `cut off at ${n}`)
  for (let n = 0; n < manifest.length; n += 5) {
    const changed = manifest.slice(0, n) + (manifest[n] === 'A' ? 'B' : 'A') + manifest.slice(n + 1)
    t.equal(openRelease(changed, context).ok, false, `changed at ${n}`)
  }
})

t.test('a manifest names its files once, each below the folder, and a first one', async (t) => {
  const opened = (files: readonly Release['files'][number][]): boolean => openRelease(signRelease(crypto, keyFor('releases'), { ...RELEASE, files: [...files] }), context).ok
  t.equal(opened([file('main.mjs'), file('a/b.js')]), true)
  for (const bad of ['../main.mjs', '/etc/passwd', 'a/../b', './a', 'a//b', '.hidden', 'a/.b', 'a\\b', 'a b', '']) t.equal(opened([file('main.mjs'), file(bad)]), false, bad)
  t.equal(opened([file('main.mjs'), file('main.mjs')]), false, 'twice')
  t.equal(opened([file('other.mjs')]), false, 'no first file')
  t.equal(opened([file('main.mjs'), file('a'), file('a/b')]), false, 'a file and a folder alike')
  t.equal(opened([{ ...file('main.mjs'), bytes: 16_777_216 }, ...['a', 'b', 'c', 'd'].map((name) => ({ ...file(name), bytes: 16_777_216 }))]), false, 'too large for a box')
})

t.test('what has been left behind never comes again, and an older version only where that is signed', async (t) => {
  const release: Following = RELEASE
  const running: Running = { version: '0.1.0', floor: 900, protocol: 1, node: '20.19.0' }
  const code = (over: Partial<Following>, at: Partial<Running> = {}): string | true => {
    const found = mayFollow({ ...release, ...over }, { ...running, ...at })
    return found.ok ? true : found.code
  }
  t.equal(code({}), true)
  t.equal(code({ n: 899 }), 'replayed')
  t.equal(code({ n: 899, back: true }), 'replayed', 'a way back of long ago is no way back today')
  t.equal(code({}, { version: '0.3.0' }), 'downgrade')
  t.equal(code({ back: true }, { version: '0.3.0' }), true)
  t.equal(code({ least: '0.1.5' }), 'too-old')
  t.equal(code({ protocol: [2, 3] }), 'wrong-protocol')
  t.equal(code({ node: '22.0.0' }), 'node-too-old')
})

t.test('a pack gives back what was put into it, and nothing that is not in the manifest', async (t) => {
  const manifest = signRelease(crypto, keyFor('releases'), RELEASE)
  const pack = writePack(manifest, RELEASE, (sha) => (sha === shaOf(PACKED) ? PACKED : OTHER))
  const head = manifestOfPack(pack)
  if (!head.ok) return t.fail(head.why)
  t.equal(head.value.manifest, manifest)
  const { filesAt } = head.value
  const read = (bytes: Uint8Array): string | number => {
    const found = filesOfPack(crypto, bytes, { release: RELEASE, filesAt })
    return found.ok ? found.value.size : found.code
  }
  t.equal(read(pack), 2)
  t.equal(read(pack.subarray(0, pack.length - 1)), 'cut-off')
  t.equal(read(Uint8Array.from([...pack, 0])), 'damaged')
  t.equal(read(pack.map((byte, n) => (n === filesAt ? byte ^ 1 : byte))), 'damaged')
  for (const bytes of [new Uint8Array(), utf8('TLREL1'), utf8('something else altogether')]) t.match(manifestOfPack(bytes), { ok: false, code: 'not-a-pack' })
  t.match(manifestOfPack(pack.subarray(0, 100)), { ok: false, code: 'cut-off' })
})

const ON_TRIAL: Boot = { slot: 'b', former: 'a', trial: { m: 'm', n: 7, plan: 3, boot: null, startsHere: 0, starts: 0 }, fell: null }
const view = (bootId = 'x', whole: readonly SlotName[] = ['a', 'b']): Parameters<typeof decideStart>[1] => ({ bootId, whole: new Set(whole) })

t.test('a release on trial is started three times within one boot of the machine, then the one before it', async (t) => {
  let boot: Boot | null = ON_TRIAL
  const started: string[] = []
  for (let n = 0; n < MAX_STARTS_HERE + 2; n++) {
    const { slot, write }: ReturnType<typeof decideStart> = decideStart(boot, view())
    started.push(slot)
    boot = write ?? boot
  }
  t.same(started, ['b', 'b', 'b', 'a', 'a'])
  t.same(boot, { slot: 'a', former: 'installed', trial: null, fell: { m: 'm', n: 7, why: 'crashed' } })
})

t.test('power cuts are not counted as crashes, unless there are many', async (t) => {
  let boot: Boot | null = ON_TRIAL
  let starts = 0
  for (let n = 0; n < 50; n++) {
    const { slot, write }: ReturnType<typeof decideStart> = decideStart(boot, view(`boot ${n}`))
    if (slot === 'b') starts++
    boot = write ?? boot
  }
  t.equal(starts, MAX_STARTS)
  t.equal(boot.slot, 'a')
})

t.test('whatever the disk holds, something is started that is whole', async (t) => {
  t.same(decideStart(null, view()), { slot: 'installed', write: null })
  t.equal(decideStart(ON_TRIAL, view('x', ['a'])).slot, 'a', 'a damaged release on trial')
  t.equal(decideStart(ON_TRIAL, view('x', [])).slot, 'installed', 'all damaged')
  t.equal(decideStart({ ...ON_TRIAL, trial: null }, view('x', ['a'])).slot, 'a', 'one that had proved itself, and the card has suffered')
  t.equal(fallBack({ ...ON_TRIAL, former: 'b' }, 'crashed').slot, 'installed', 'it does not go back to itself')
  for (const bad of [null, 1, 'x', [], {}, { slot: 'c', former: 'a', trial: null, fell: null }, { ...ON_TRIAL, trial: { m: 1 } }, { ...ON_TRIAL, trial: undefined }]) t.equal(bootOf(bad), null)
  t.same(bootOf(JSON.parse(JSON.stringify(ON_TRIAL))), ON_TRIAL)
})
