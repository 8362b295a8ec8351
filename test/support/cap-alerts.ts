import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sign } from 'node:crypto'
import { SignedXml, type SignatureAlgorithm } from 'xml-crypto'

export const CAP = 'urn:oasis:names:tc:emergency:cap:1.2'
const DSIG = 'http://www.w3.org/2000/09/xmldsig#'
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'
export const ECDSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256'
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

export interface Signer {
  readonly certificate: string
  readonly key: string
}

/** A key and its certificate, made here, written as NAME.pem into the folder. `-days` 0 or less: already over. */
export function makeSigner(folder: string, name: string, kind: 'rsa:2048' | 'rsa:1024' | 'ec' = 'rsa:2048'): Signer {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const newKey = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : [kind]
  execFileSync('openssl', ['req', '-x509', '-newkey', ...newKey, '-nodes', '-days', '3650', '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  return { certificate: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}

export const writeSenders = (folder: string, yaml: string): void => writeFileSync(join(folder, 'senders.yaml'), yaml)

export interface InfoText {
  readonly language?: string | null
  readonly headline?: string
  readonly description?: string
  readonly instruction?: string
  readonly urgency?: string
  readonly severity?: string
  readonly certainty?: string
  readonly effective?: string
  readonly expires?: string
  /** What stands in `area` after its description. */
  readonly area?: string
}
export interface AlertText {
  readonly identifier?: string
  readonly sender?: string
  readonly sent?: string
  readonly status?: string
  readonly msgType?: string
  readonly scope?: string
  readonly references?: string
  readonly infos?: readonly InfoText[]
  /** Raw XML before the end of the alert. */
  readonly more?: string
}

const tag = (name: string, text: string | undefined | null): string => (text === undefined || text === null ? '' : `<${name}>${text}</${name}>`)
export const geocode = (...codes: string[]): string => codes.map((code) => `<geocode><valueName>VN-AREA</valueName><value>${code}</value></geocode>`).join('')

const infoXml = (info: InfoText): string =>
  `<info>${tag('language', info.language === undefined ? 'vi-VN' : info.language)}<category>Met</category><event>Lũ quét</event>` +
  `${tag('urgency', info.urgency ?? 'Immediate')}${tag('severity', info.severity ?? 'Extreme')}${tag('certainty', info.certainty ?? 'Observed')}` +
  `${tag('effective', info.effective)}${tag('expires', info.expires)}${tag('headline', info.headline ?? 'Lũ quét khẩn cấp')}${tag('description', info.description ?? 'Nước suối đang lên rất nhanh.')}` +
  `${tag('instruction', info.instruction ?? 'Hãy lên chỗ cao ngay.')}<area><areaDesc>Đức Trọng</areaDesc>${info.area ?? geocode('24958')}</area></info>`

/** An alert of 23 November 2026, 04:00 in Viet Nam, unsigned. */
export const alertXml = (alert: AlertText = {}): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="${CAP}">${tag('identifier', alert.identifier ?? 'LD-1')}${tag('sender', alert.sender ?? 'kttv@lamdong.gov.vn')}` +
  `${tag('sent', alert.sent ?? '2026-11-23T03:59:00+07:00')}${tag('status', alert.status ?? 'Actual')}${tag('msgType', alert.msgType ?? 'Alert')}${tag('scope', alert.scope ?? 'Public')}` +
  `${tag('references', alert.references)}${(alert.infos ?? [{}]).map(infoXml).join('')}${alert.more ?? ''}</alert>`

export interface SignOptions {
  readonly method?: string
  readonly digest?: string
  readonly canonical?: string
  readonly transforms?: readonly string[]
  /** XPath of what is signed. */
  readonly what?: string
  readonly uri?: string
  readonly hmac?: string
}

class EcdsaSha256 implements SignatureAlgorithm {
  getAlgorithmName = (): string => ECDSA_SHA256
  getSignature = ((text: string, key: string): string => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')) as SignatureAlgorithm['getSignature']
  verifySignature = (): never => {
    throw new Error('only signs')
  }
}

/** Signed as a warning centre would; the options make it wrong. */
export function signed(xml: string, signer: Signer, options: SignOptions = {}): string {
  const canonical = options.canonical ?? EXC_C14N
  const sig = new SignedXml({ privateKey: options.hmac ?? signer.key, publicCert: signer.certificate, canonicalizationAlgorithm: canonical, signatureAlgorithm: options.method ?? RSA_SHA256 })
  if (options.hmac !== undefined) sig.enableHMAC()
  sig.SignatureAlgorithms = { ...sig.SignatureAlgorithms, [ECDSA_SHA256]: EcdsaSha256 }
  const whole = options.what === undefined
  sig.addReference({
    xpath: options.what ?? '/*', transforms: options.transforms ?? [`${DSIG}enveloped-signature`, canonical], digestAlgorithm: options.digest ?? SHA256,
    ...(whole ? { uri: '', isEmptyUri: true } : { uri: options.uri ?? '' }),
  })
  sig.computeSignature(xml)
  return sig.getSignedXml()
}

/** The signature element of a signed document. */
export const signatureIn = (xml: string): string => /<Signature[\s\S]*<\/Signature>/.exec(xml)?.[0] ?? ''
