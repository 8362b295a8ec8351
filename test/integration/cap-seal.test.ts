import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCapSeal } from '../../server/adapters/xml-seal.ts'
import { readCap } from '../../server/core/cap-message.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { alertXml, CAP, ECDSA_SHA256, EXC_C14N, makeSigner, signatureIn, signed, writeSenders, type Signer } from '../support/cap-alerts.ts'
import { opensslMissing } from '../support/certificate.ts'
import { NOW } from '../support/server-world.ts'

const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
// certificates made in this test are valid from the moment of the test on
const AT = wallMs(Math.max(NOW, Date.now() + 60_000))

interface Bench {
  readonly signer: Signer
  readonly complaints: string[]
  readonly folder: string
  /** Certificates here are not configured. */
  readonly elsewhere: string
  open(xml: string | Uint8Array): Promise<{ ok: boolean; code: string; headline: string; why: string }>
}

function bench(t: Test): Bench {
  const root = t.testdir({ station: {}, strangers: {} })
  const [folder, elsewhere] = [join(root, 'station'), join(root, 'strangers')]
  const signer = makeSigner(folder, 'kttv')
  writeSenders(folder, 'senders: {}')
  const complaints: string[] = []
  const seal = createCapSeal(folder, (why) => void complaints.push(why))
  return {
    signer, complaints, folder, elsewhere,
    open: async (xml) => {
      const opened = await seal.open(typeof xml === 'string' ? Buffer.from(xml) : xml, AT)
      if (!opened.ok) return { ok: false, code: opened.code, headline: '', why: opened.why }
      const message = readCap(opened.value.root)
      return { ok: true, code: 'ok', headline: message.ok ? (message.value.infos[0]?.headline ?? '') : message.code, why: opened.value.certificate }
    },
  }
}

if (opensslMissing) t.comment(`No signed warning was opened: ${opensslMissing}.`)
else {
  t.test('a signed alert is opened, whichever of the good algorithms has signed it', async (t) => {
    const { open, signer, folder } = bench(t)
    t.same(await open(signed(alertXml(), signer)), { ok: true, code: 'ok', headline: 'Lũ quét khẩn cấp', why: 'kttv.pem' })
    t.equal((await open(signed(alertXml(), signer, { canonical: INCLUSIVE }))).code, 'ok', 'inclusive canonical form')
    t.equal((await open(signed(alertXml(), signer, { method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', digest: 'http://www.w3.org/2001/04/xmlenc#sha512' }))).code, 'ok', 'SHA-512')
    const ec = makeSigner(folder, 'tinh', 'ec')
    t.match(await open(signed(alertXml(), ec, { method: ECDSA_SHA256 })), { code: 'ok', why: 'tinh.pem' }, 'ECDSA, by the other certificate')
    const prefixed = alertXml().replaceAll(/<(\/?)(?=[a-z])/gi, '<$1cap:').replace('xmlns=', 'xmlns:cap=')
    t.match(await open(signed(prefixed, signer)), { code: 'ok', headline: 'Lũ quét khẩn cấp' }, 'with a prefix')
    t.match(await open(signed(alertXml({ infos: [{ headline: 'Nước lên &lt;2 m &amp; còn lên &#x110;ó' }] }), signer)), { headline: 'Nước lên <2 m & còn lên Đó' })
  })

  t.test('what is unsigned, changed after it was signed, or signed by somebody else is refused', async (t) => {
    const { open, signer, elsewhere } = bench(t)
    t.equal((await open(alertXml())).code, 'unsigned')
    t.equal((await open(signed(alertXml(), signer).replace('Lũ quét khẩn cấp', 'Vỡ đập'))).code, 'wrongly-signed')
    const stranger = makeSigner(elsewhere, 'stranger')
    t.equal((await open(signed(alertXml(), stranger))).code, 'wrongly-signed', 'also with the stranger’s own certificate inside')
    t.equal((await open(signed(alertXml(), signer).replace(/<SignatureValue>..../, '<SignatureValue>AAAA'))).code, 'wrongly-signed')
  })

  t.test('weak and foreign algorithms are refused', async (t) => {
    const { open, signer, folder, complaints } = bench(t)
    const weak = [
      signed(alertXml(), signer, { method: `${DSIG}rsa-sha1` }),
      signed(alertXml(), signer, { digest: `${DSIG}sha1` }),
      signed(alertXml(), signer, { canonical: `${EXC_C14N}WithComments` }),
      signed(alertXml(), signer, { hmac: signer.certificate, method: `${DSIG}hmac-sha1` }),
    ]
    for (const xml of weak) t.equal((await open(xml)).code, 'wrongly-signed')
    const short = makeSigner(folder, 'short', 'rsa:1024')
    t.equal((await open(signed(alertXml(), short))).code, 'wrongly-signed')
    t.match(complaints, [/short\.pem has a key of 1024 bits/])
  })

  t.test('a certificate that is over or too weak is left out, and named', async (t) => {
    const folder = t.testdir()
    const signer = makeSigner(folder, 'kttv')
    makeSigner(folder, 'short', 'rsa:1024')
    writeFileSync(join(folder, 'notes.pem'), 'not a certificate')
    const complaints: string[] = []
    const seal = createCapSeal(folder, (why) => void complaints.push(why))
    const later = wallMs(Date.now() + 4_000 * 86_400_000)
    t.match(await seal.open(Buffer.from(signed(alertXml(), signer)), later), { ok: false, code: 'wrongly-signed' })
    t.match(complaints.join('\n'), /kttv\.pem is valid from[\s\S]*notes\.pem is no certificate[\s\S]*short\.pem is valid from/)
  })

  t.test('signatures that are wrapped, doubled, moved or do not cover the document are refused', async (t) => {
    const { open, signer } = bench(t)
    const honest = signed(alertXml(), signer)
    const signature = signatureIn(honest)
    const bare = alertXml()
    const evil = alertXml({ identifier: 'X', infos: [{ headline: 'Giả' }] })
    const inside = bare.replace(/^<\?xml.*\?>\n/, '')
    const withId = alertXml().replace('<alert ', '<alert Id="a1" ')
    const attacks: Record<string, string> = {
      'the signed alert inside a false one': evil.replace('</alert>', `<wrapper>${honest.replace(/^<\?xml.*\?>\n?/, '')}</wrapper></alert>`),
      'the signature moved onto a false alert': evil.replace('</alert>', `${signature}</alert>`),
      'the signature inside info': bare.replace('</info>', `${signature}</info>`),
      'two signatures': honest.replace('</alert>', `${signature}</alert>`),
      'an alert in an Object of the signature': honest.replace('</Signature>', `<Object>${inside}</Object></Signature>`),
      'a second reference': honest.replace('</SignedInfo>', `${/<Reference[\s\S]*<\/Reference>/.exec(honest)?.[0] ?? ''}</SignedInfo>`),
      'only the info is signed': signed(alertXml().replace('<info>', '<info Id="i1">'), signer, { what: '//*[local-name(.)="info"]', uri: '#i1' }),
      'the alert by its Id': signed(withId, signer, { what: '/*', uri: '#a1' }),
      'without the enveloped transform': signed(alertXml(), signer, { transforms: [EXC_C14N] }),
      'a signature of another namespace': alertXml({ more: '<Signature xmlns="urn:x"/>' }),
      'two SignedInfo': honest.replace('<SignatureValue>', '<SignedInfo/><SignatureValue>'),
    }
    for (const [what, xml] of Object.entries(attacks)) {
      const opened = await open(xml)
      t.equal(opened.ok, false, what)
      t.match(opened.code, /wrongly-signed|malformed/, `${what}: ${opened.why}`)
    }
    t.equal((await open(honest)).ok, true, 'the honest one still opens')
  })

  t.test('a comment cannot split a text in two', async (t) => {
    const { open, signer } = bench(t)
    const honest = signed(alertXml({ infos: [{ headline: 'Không có lũ' }] }), signer)
    const opened = await open(honest.replace('Không có lũ', 'Không<!-- x --> có lũ'))
    t.equal(opened.headline, 'Không có lũ', 'what was signed is what is read')
  })

  t.test('entities, document types and bombs are refused before a parser sees them, and quickly', async (t) => {
    const { open, signer } = bench(t)
    const laughs = Array.from({ length: 10 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
    const bombs: Record<string, string> = {
      'an external entity': alertXml().replace('<alert', '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<alert').replace('Lũ quét khẩn cấp', '&x;'),
      'a billion laughs': alertXml().replace('<alert', `<!DOCTYPE alert [<!ENTITY l0 "ha">${laughs}]>\n<alert`).replace('Lũ quét khẩn cấp', '&l10;'),
      'an external document type': alertXml().replace('<alert', '<!DOCTYPE alert SYSTEM "http://127.0.0.1:1/x.dtd">\n<alert'),
      'an entity that nobody declared': alertXml().replace('Lũ quét khẩn cấp', '&nbsp;'),
      'a style sheet': alertXml().replace('<alert', '<?xml-stylesheet href="x"?><alert'),
      'depth': `<alert xmlns="${CAP}">${'<a>'.repeat(60_000)}`,
      'elements': `<alert xmlns="${CAP}">${'<a/>'.repeat(60_000)}</alert>`,
      'attributes': `<alert xmlns="${CAP}" ${Array.from({ length: 20_000 }, (_, n) => `a${n}=""`).join(' ')}/>`,
      'no end': '<alert',
      'nothing': '',
      'not XML': '{"alert": true}',
      'two roots': `${alertXml()}<alert/>`,
      'open tags': alertXml().replace('</info>', ''),
    }
    const began = process.hrtime.bigint()
    for (const [what, xml] of Object.entries(bombs)) t.match((await open(xml)).code, 'malformed', what)
    t.ok(Number(process.hrtime.bigint() - began) < 10e9, 'all of them within seconds')
    t.equal((await open(Buffer.from(alertXml(), 'utf16le'))).code, 'malformed', 'UTF-16')
    t.equal((await open(signed(alertXml(), signer).replace('UTF-8', 'ISO-8859-1'))).code, 'malformed', 'said to be Latin-1')
    t.equal((await open(Buffer.concat([Buffer.from(alertXml()), Buffer.from([0xff])]))).code, 'malformed', 'not UTF-8')
  })

  t.test('a station without certificates or with a wrong list of senders says what to do', async (t) => {
    t.match(await createCapSeal(null, () => undefined).settings(), { ok: false, code: 'not-set-up', why: /TL_CAP_CERTIFICATES/ })
    t.match(await createCapSeal(join(t.testdir(), 'none'), () => undefined).open(Buffer.from(alertXml()), AT), { code: 'not-set-up' })
    const folder = t.testdir({ 'senders.yaml': 'senders:\n  a@b: { authority: king }\n' })
    t.match(await createCapSeal(folder, () => undefined).settings(), { ok: false, why: /senders\/a@b\/authority/ })
    writeSenders(folder, 'geocodes: [VN-AREA, X]\nvoices: { EN: en }\nsenders:\n  a@b: { authority: province, certificate: a.pem }\n')
    const settings = await createCapSeal(folder, () => undefined).settings()
    t.match(settings, { ok: true, value: { geocodes: ['VN-AREA', 'X'] } })
    t.same(settings.ok && [settings.value.senders.get('a@b'), settings.value.voices.get('en')], [{ authority: 2, certificate: 'a.pem', leastDanger: 3 }, 'en'])
  })
}
