import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { accepted, answer, refusals, refused, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Backups } from './start.ts'
import { BackupsView } from './views.ts'

export { startBackups, type BackupMaker, type Backups } from './start.ts'

const NONE_KEPT: Refusal = {
  status: 409, code: 'no-backups',
  en: 'This station keeps no copies: whoever runs it sets TL_BACKUPS to a folder.',
  vi: 'Đài này chưa đặt nơi giữ bản sao lưu: hãy nhờ người cài máy đặt nơi giữ.',
}

const viewOf = (backups: Backups | null): BackupsView => {
  if (!backups) return { kept: false, making: false, failed: null, late: false, sameDisk: false, copies: [] }
  const { copies, ...state } = backups.state()
  return { kept: true, ...state, copies: copies.map(({ at, ...copy }) => ({ ...copy, at: isoWithOffset(at) })) }
}

/** Sao lưu: copies of everything that the station keeps. Putting one back is a command, for the server must stand still then. */
export const backupsPlugin =
  (deps: ServerDeps & { readonly backups: Backups | null }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { backups } = deps
    const common = { tags: ['station'], response: { 200: BackupsView, ...refusals } }
    const config = { action: 'settings.write', wholeStation: true } as const
    app.get('/backups', { config, schema: { ...common, summary: 'Copies of the station, the newest first' } }, () => viewOf(backups))
    app.post('/backups', { config, schema: { ...common, summary: 'Make a copy now; backup.changed tells when it is made' } }, (request, reply) => {
      if (!backups) return answer(reply, refused(NONE_KEPT))
      deps.decide({ actor: request.who.actor, action: 'backup.make', subject: 'station', detail: {} }, () => backups.begin())
      return answer(reply, accepted(viewOf(backups)))
    })
  }
