import { createHash, createSign, generateKeyPairSync, X509Certificate } from 'node:crypto'
import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { bits, der, instant, integer, oid } from '../../server/core/station-ca-der.ts'
import { addressBytes, AUTHORITY_LIVES_MS, authorityCertificate, authorityName, isPrivate, labelOf, leafCertificate, LEAF_LIVES_MS, localNames, mustRenew, sameNames, type Issue } from '../../server/core/station-ca.ts'

const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex')
const NOW = wallMs(Date.UTC(2026, 10, 22, 3))

t.test('values are written as DER wants them', async (t) => {
  t.equal(hex(oid('2.5.29.30')), '0603551d1e')
  t.equal(hex(oid('1.2.840.10045.4.3.2')), '06082a8648ce3d040302')
  t.equal(hex(integer(Uint8Array.of(0, 0, 127))), '02017f')
  t.equal(hex(integer(Uint8Array.of(0x80, 1))), '0203008001', 'not below zero')
  t.equal(hex(integer(Uint8Array.of(0, 0))), '020100')
  t.equal(hex(bits(Uint8Array.of(0x04), 2)), '03020204')
  t.equal(hex(der(4, new Uint8Array(200)))?.slice(0, 8), '0481c800')
  t.equal(hex(der(4, new Uint8Array(300)))?.slice(0, 8), '0482012c')
  t.equal(Buffer.from(instant(NOW)).subarray(2).toString(), '261122030000Z')
  t.equal(Buffer.from(instant(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).subarray(2).toString(), '491231235959Z')
  t.equal(Buffer.from(instant(Date.UTC(2050, 0, 1))).subarray(2).toString(), '20500101000000Z')
})

t.test('addresses are read, and private ones known', async (t) => {
  t.equal(hex(addressBytes('192.168.1.5')), 'c0a80105')
  t.equal(hex(addressBytes('fd00::1:2')), 'fd000000000000000000000000010002')
  t.equal(hex(addressBytes('::1')), '00000000000000000000000000000001')
  t.equal(hex(addressBytes('1:2:3:4:5:6:7:8')), '00010002000300040005000600070008')
  for (const none of ['', '1.2.3', '1.2.3.256', 'fe80::1%eth0', '1::2::3', ':::', 'g::1', '1:2:3', '1:2:3:4:5:6:7::8', 'truyenthanh']) t.equal(addressBytes(none), null, none)
  for (const own of ['10.255.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.10', '100.64.3.2', '127.0.0.1', '::1', 'fd12::3']) t.ok(isPrivate(own), own)
  for (const other of ['172.32.0.1', '11.0.0.1', '8.8.8.8', '100.128.0.1', '2001:db8::1', '::2', 'nonsense']) t.notOk(isPrivate(other), other)
})

t.test('names are this machine’s own, and none that the authority may not sign for', async (t) => {
  t.same([labelOf('TruyenThanh.xa.vn'), labelOf('Máy 1'), labelOf('')], ['truyenthanh', null, null])
  const names = localNames('TruyenThanh', ['192.168.1.5', '203.0.113.9', 'fe80::1', 'fd00::5', '192.168.1.5'], 'truyenthanh')
  t.same(names, { dns: ['localhost', 'truyenthanh.local', 'truyenthanh'], addresses: ['127.0.0.1', '192.168.1.5', '::1', 'fd00::5'] })
  t.same(localNames('maymoi', [], 'truyenthanh').dns, ['localhost', 'maymoi.local'], 'a machine that was given another name')
  t.ok(sameNames(names, localNames('truyenthanh', ['fd00::5', '192.168.1.5'], 'truyenthanh')), 'in whatever order')
  t.notOk(sameNames(names, localNames('truyenthanh', ['192.168.1.6'], 'truyenthanh')))
  t.ok(mustRenew(wallMs(NOW + 29 * 86_400_000), NOW))
  t.notOk(mustRenew(wallMs(NOW + 31 * 86_400_000), NOW))
})

t.test('what is made is a certificate by another reader’s word: whom it is for, how long, and by whom', async (t) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const publicDer = new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' }))
  const keyId = new Uint8Array(createHash('sha256').update(publicDer).digest().subarray(0, 20))
  const issue: Issue = { key: { publicDer, sign: (bytes) => new Uint8Array(createSign('SHA256').update(bytes).sign(pair.privateKey)) }, keyId, serial: Uint8Array.of(0x5a, ...new Uint8Array(15).fill(7)), now: NOW }
  const authority = new X509Certificate(authorityCertificate(issue, 'truyenthanh'))
  t.ok(authority.ca)
  t.ok(authority.verify(pair.publicKey))
  t.match(authority.subject, authorityName(keyId).replace('Tiếng Làng ', ''))
  t.equal(Date.parse(authority.validTo), NOW + AUTHORITY_LIVES_MS)
  t.ok(Date.parse(authority.validFrom) < NOW - 86_400_000, 'also for a phone whose clock is behind')

  const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const leaf = new X509Certificate(leafCertificate(issue, { publicDer: new Uint8Array(own.publicKey.export({ type: 'spki', format: 'der' })), names: localNames('truyenthanh', ['192.168.1.5', 'fd00::5'], 'truyenthanh') }))
  t.notOk(leaf.ca)
  t.ok(leaf.checkIssued(authority) && leaf.verify(pair.publicKey) && leaf.checkPrivateKey(own.privateKey))
  for (const name of ['localhost', 'truyenthanh.local', 'truyenthanh']) t.equal(leaf.checkHost(name), name)
  for (const address of ['127.0.0.1', '192.168.1.5', 'fd00::5']) t.ok(leaf.checkIP(address), address)
  t.notOk(leaf.checkIP('192.168.1.6') ?? leaf.checkHost('example.com'))
  t.equal(Date.parse(leaf.validTo), NOW + LEAF_LIVES_MS)
})
