import type { Clock, Random } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { AgentSettings } from '../core/agent-settings.ts'
import { backOffMs } from '../core/back-off.ts'
import type { Identity } from '../core/claim.ts'
import type { Disk } from '../core/ports.ts'
import { readCa } from './mqtt-link.ts'
import { enrol, loadIdentity, ownSecret, saveIdentity } from './enrol.ts'

export interface BecomeDeps {
  readonly settings: AgentSettings
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly log: Log
  readonly version: string
  /** Aborted when the agent is told to stop while it still tries. */
  readonly signal: AbortSignal
}

/** The identity of this box: the stored one, or one from the server with the claim, tried until it answers or a person is needed. */
export async function becomeCluster(deps: BecomeDeps): Promise<Result<Identity>> {
  const { settings, disk, crypto, log } = deps
  const stored = await loadIdentity(disk)
  if (!stored.ok) return stored
  if (stored.value) return ok(stored.value)
  const { server, claim } = settings
  if (server === null || claim === null)
    return refuse('not-enrolled', 'This box belongs to no station yet. Make a claim token on the server and start the agent with TL_SERVER and TL_CLAIM.')
  const ca = settings.caFile === null ? ok(undefined) : readCa(settings.caFile)
  if (!ca.ok) return ca
  const publicKey = crypto.publicKey(await ownSecret(disk))
  for (let attempt = 0; !deps.signal.aborted; attempt++) {
    const identity = await enrol({ server, claim, name: settings.name, publicKey, agent: deps.version, crypto, ...(ca.value ? { ca: ca.value } : {}) })
    if (identity.ok) {
      await saveIdentity(disk, identity.value)
      log.info({ cluster: identity.value.cluster }, 'enrolled')
      return identity
    }
    if (identity.code !== 'unreachable' && identity.code !== 'busy') return identity
    log.warn({ code: identity.code }, identity.why)
    await new Promise<void>((done) => deps.clock.after(backOffMs(attempt, deps.random), done))
  }
  return refuse('stopped', 'Stopped before the server answered.')
}
