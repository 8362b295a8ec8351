import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { openCertificate } from '../../../shared/protocol/keys.ts'
import { rootFingerprint } from '../../core/claim-code.ts'
import { refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { KeysView } from './views.ts'

function viewOf({ keys, crypto }: Pick<ServerDeps, 'keys' | 'crypto'>): KeysView {
  const signing = keys.certificates().flatMap(({ use, certificate }) => {
    const opened = openCertificate(crypto, keys.rootPublic, certificate)
    return opened ? [{ use, until: isoWithOffset(wallMs(opened.notAfterMs)) }] : []
  })
  return { fingerprint: rootFingerprint(crypto, keys.rootPublic), signing }
}

/** Khoá của đài: by what clusters know the station, and how long what signs its words may do so. Secrets are never among it. */
export const keysPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/keys', { config: { action: 'settings.write', wholeStation: true }, schema: { tags: ['station'], summary: 'The station’s keys: the root’s fingerprint, and until when its signing keys are certified', response: { 200: KeysView, ...refusals } } }, () => viewOf(deps))
  }
