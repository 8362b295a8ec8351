import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** Self-signed, ECDSA on P-256, for localhost, 127.0.0.1 and the server's end of an emulated link. */
export function makeCertificate(folder: string): Certificate {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:10.77.0.1']
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...names, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  return { certFile, keyFile }
}
