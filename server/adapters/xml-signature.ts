import { verify, type KeyObject } from 'node:crypto'
import type { Element } from '@xmldom/xmldom'
import { SignedXml, type SignatureAlgorithm } from 'xml-crypto'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { SignedDocument } from '../core/cap-xml.ts'
import { childNodes, isElement, parseXml, treeOf } from './xml-tree.ts'

export interface TrustedKey {
  readonly name: string
  readonly key: KeyObject
}

const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
const ENVELOPED = `${DSIG}enveloped-signature`
/** Without comments: two readers that differ over a comment must not read two texts. */
const CANONICAL = ['http://www.w3.org/2001/10/xml-exc-c14n#', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315']
const DIGESTS = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']
/** SHA-1 can be forged, and HMAC would take the public certificate for a shared secret: neither is known here. */
const SIGNATURES: Readonly<Record<string, { readonly digest: string; readonly type: 'rsa' | 'ec' }>> = {
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': { digest: 'sha256', type: 'rsa' },
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': { digest: 'sha512', type: 'rsa' },
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256': { digest: 'sha256', type: 'ec' },
}

type Refused = Extract<Result<never, 'wrongly-signed'>, { ok: false }>
const wrong = (why: string): Refused => refuse('wrongly-signed', why)

const isSignature = (element: Element): boolean => element.localName === 'Signature'
const elementsIn = (element: Element): Element[] => childNodes(element).filter(isElement)

/** Every element of the name Signature, whatever its namespace, wherever it hides. */
const signaturesIn = (element: Element): Element[] => [...(isSignature(element) ? [element] : []), ...elementsIn(element).flatMap(signaturesIn)]

/** The only child of that name in the namespace of signatures; null where there is none or more than one. */
function only(parent: Element | null, name: string): Element | null {
  const found = parent ? elementsIn(parent).filter((child) => child.localName === name) : []
  return found.length === 1 && found[0]?.namespaceURI === DSIG ? found[0] : null
}
const algorithmOf = (element: Element | null): string => element?.getAttribute('Algorithm') ?? ''

/** What is wrong with the form of a signature; null when it is the one form that is taken: enveloped, over the whole document. */
function fault(signature: Element): Refused | null {
  const allowed = ['SignedInfo', 'SignatureValue', 'KeyInfo']
  const foreign = elementsIn(signature).find((child) => !allowed.includes(child.localName ?? ''))
  if (foreign) return wrong(`The signature holds ${foreign.localName}: sign the alert alone.`)
  const info = only(signature, 'SignedInfo')
  const reference = only(info, 'Reference')
  const transforms = only(reference, 'Transforms')
  const method = only(info, 'SignatureMethod')
  const digest = only(reference, 'DigestMethod')
  if (!info || !reference || !transforms || !method || !digest || !only(signature, 'SignatureValue') || !only(reference, 'DigestValue')) {
    return wrong('The signature must hold one SignedInfo with one Reference, its transforms, digest and method, each once.')
  }
  if (reference.getAttributeNode('URI')?.value !== '') return wrong('The signature must cover the whole document: its Reference must have URI="".')
  const steps = elementsIn(transforms).map((step) => algorithmOf(step))
  const [first, second] = steps
  if (steps.length !== 2 || first !== ENVELOPED || !CANONICAL.includes(second ?? '')) return wrong('The transforms must be enveloped-signature and then a canonical form without comments.')
  if (!CANONICAL.includes(algorithmOf(only(info, 'CanonicalizationMethod')))) return wrong('The signed part must be brought into a canonical form without comments.')
  if (!DIGESTS.includes(algorithmOf(digest))) return wrong('The digest must be SHA-256 or SHA-512.')
  if (!Object.hasOwn(SIGNATURES, algorithmOf(method))) return wrong('The method must be RSA or ECDSA with SHA-256, or RSA with SHA-512.')
  return null
}

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])))

/** A method that tries every trusted key on one canonical text, and says which has signed. */
function methodOf(name: string, keys: readonly TrustedKey[], signed: (by: TrustedKey) => void): new () => SignatureAlgorithm {
  const { digest, type } = SIGNATURES[name] as { digest: string; type: 'rsa' | 'ec' }
  return class implements SignatureAlgorithm {
    getAlgorithmName = (): string => name
    getSignature = (): never => {
      throw new TypeError('nothing is signed here')
    }
    verifySignature = ((material: string, _key: unknown, value: string): boolean => {
      const bytes = Buffer.from(value.replaceAll(/\s/g, ''), 'base64')
      const by = keys.find(({ key }) => key.asymmetricKeyType === type && verify(digest, Buffer.from(material), { key, dsaEncoding: 'ieee-p1363' }, bytes))
      if (by) signed(by)
      return by !== undefined
    }) as SignatureAlgorithm['verifySignature']
  }
}

/**
 * The part of a document that one of the keys has signed, read anew from the very bytes that were checked. Never the document as it came:
 * whatever an attacker has wrapped around is gone.
 */
export function openSigned(text: string, keys: readonly TrustedKey[]): Result<SignedDocument, 'malformed' | 'unsigned' | 'wrongly-signed'> {
  const parsed = parseXml(text)
  if (!parsed.ok) return parsed
  const root = parsed.value.documentElement
  const signatures = signaturesIn(root)
  const [signature] = signatures
  if (!signature) return refuse('unsigned', 'The alert is not signed: sign it with the key of a certificate that is configured here.')
  if (signatures.length > 1) return wrong('The document holds several signatures: sign it once.')
  if (signature.parentNode !== root || signature.namespaceURI !== DSIG) return wrong('The signature must be a child of the alert.')
  const form = fault(signature)
  if (form) return form
  return checked(text, signature, keys)
}

function checked(text: string, signature: Element, keys: readonly TrustedKey[]): Result<SignedDocument, 'malformed' | 'wrongly-signed'> {
  const found: TrustedKey[] = []
  const check = new SignedXml({ publicCert: 'tried one by one', getCertFromKeyInfo: () => null })
  check.CanonicalizationAlgorithms = pick(check.CanonicalizationAlgorithms, [...CANONICAL, ENVELOPED])
  check.HashAlgorithms = pick(check.HashAlgorithms, DIGESTS)
  check.SignatureAlgorithms = Object.fromEntries(Object.keys(SIGNATURES).map((name) => [name, methodOf(name, keys, (by) => void found.push(by))]))
  let valid = false
  let why = ''
  try {
    check.loadSignature(signature.toString())
    valid = check.checkSignature(text)
  } catch (error) {
    why = String((error as Error).message).slice(0, 120)
  }
  const [by] = found
  const references = check.getSignedReferences()
  const [content] = references
  if (!valid || !by || references.length !== 1 || content === undefined) {
    return wrong(why.includes('signature value') || why === '' ? 'The signature is not that of a configured certificate, or the alert was changed after it was signed.' : `The signature cannot be checked (${why}).`)
  }
  const read = parseXml(content)
  return read.ok ? ok({ root: treeOf(read.value.documentElement), text: content, certificate: by.name }) : read
}
