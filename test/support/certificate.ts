import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Why no certificate can be made here; null when one can. */
export const opensslMissing: string | null = ['/usr/bin/openssl', '/usr/local/bin/openssl'].some((path) => existsSync(path)) ? null : 'no openssl on this machine to make a certificate'

/** A certificate of its own authority for localhost and 127.0.0.1, with its key, as PEM files. */
export function makeCertificate(folder: string): { readonly certFile: string; readonly keyFile: string } {
  const made = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject, '-keyout', made.keyFile, '-out', made.certFile], { stdio: 'ignore' })
  return made
}
