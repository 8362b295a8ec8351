import t from 'tap'
import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import { nodeCrypto as agentCrypto } from '../../agent/adapters/crypto.ts'
import { nodeDeflate as agentDeflate } from '../../agent/adapters/deflate.ts'
import { nodeCrypto as serverCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate as serverDeflate } from '../../server/adapters/deflate.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** RFC 8032, 7.1: tests 1–3; the messages are hex. */
const ED25519 = [
  {
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    public: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature: 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    public: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature: '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    public: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature: '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]
/** FIPS 180-2, appendix B.1, and the empty message. */
const SHA256 = [
  ['616263', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
] as const
/** RFC 1951: a stored block that holds "abc". */
const STORED_ABC = hex('010300fcff616263')

const sides: [string, Crypto, Deflate][] = [
  ['agent', agentCrypto(), agentDeflate()],
  ['server', serverCrypto(), serverDeflate()],
]
for (const [side, crypto, deflate] of sides) {
  t.test(`the ${side} signs, verifies and hashes as the published vectors say`, async (t) => {
    for (const v of ED25519) {
      t.same(crypto.publicKey(hex(v.secret)), hex(v.public))
      t.same(crypto.sign(hex(v.message), hex(v.secret)), hex(v.signature))
      t.ok(crypto.verify(hex(v.message), hex(v.signature), hex(v.public)))
    }
    for (const [message, digest] of SHA256) t.same(crypto.sha256(hex(message)), hex(digest))
  })

  t.test(`the ${side} says false, and never throws, for anything that is no valid signature`, async (t) => {
    const [a, b] = [ED25519[1]!, ED25519[2]!]
    const good = hex(a.signature)
    t.notOk(crypto.verify(hex('73'), good, hex(a.public)), 'another message')
    t.notOk(crypto.verify(hex(a.message), hex(b.signature), hex(a.public)), 'another signature')
    t.notOk(crypto.verify(hex(a.message), good, hex(b.public)), 'another key')
    t.notOk(crypto.verify(hex(a.message), good.subarray(0, 63), hex(a.public)), 'a short signature')
    t.notOk(crypto.verify(hex(a.message), good, hex(a.public).subarray(1)), 'a short key')
    t.notOk(crypto.verify(hex(a.message), good, new Uint8Array(32).fill(255)), 'a key off the curve')
    t.notOk(crypto.verify(hex(a.message), new Uint8Array(0), new Uint8Array(0)), 'nothing')
    for (let bit = 0; bit < 512; bit += 37) {
      const bent = good.slice()
      bent[bit >> 3]! ^= 1 << (bit & 7)
      t.notOk(crypto.verify(hex(a.message), bent, hex(a.public)), `bit ${bit} turned`)
    }
  })

  t.test(`the ${side} keeps verifying after more keys than it remembers`, async (t) => {
    for (let i = 0; i < 200; i++) {
      const secret = new Uint8Array(32).fill(i)
      const message = hex('0102')
      t.ok(crypto.verify(message, crypto.sign(message, secret), crypto.publicKey(secret)))
    }
  })

  t.test(`the ${side} inflates what the other side deflated, within the bound only`, async (t) => {
    const text = new Uint8Array(Buffer.from('xin chào bà con '.repeat(500)))
    for (const [, , other] of sides) t.same(deflate.inflate(other.deflate(text), text.length), text)
    t.equal(deflate.inflate(deflate.deflate(text), text.length - 1), null, 'one byte too long')
    t.same(deflate.inflate(STORED_ABC, 3), hex('616263'))
    t.equal(deflate.inflate(STORED_ABC, 0), null)
    t.equal(deflate.inflate(hex('ffffff'), 100), null, 'no deflate at all')
    t.equal(deflate.inflate(new Uint8Array(0), 100), null, 'nothing')
    const bomb = deflate.deflate(new Uint8Array(50_000_000))
    t.equal(deflate.inflate(bomb, 64_000), null, 'a bomb')
  })
}
