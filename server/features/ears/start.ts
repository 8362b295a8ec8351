import { MINUTE_MS } from '../../../shared/core/civil.ts'
import { every, wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { isMonthlyTurn, isNightlyTurn, toneMaySound } from '../../core/ears-schedule.ts'
import type { ServiceRecord } from '../../core/hands-store.ts'
import { selfTestFindings, selfTestVerdict } from '../../core/self-test.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { orderByItself, type SelfOrdered } from '../hands/plugin.ts'
import { selfTestRule } from './rule.ts'

/** Once a month, at whatever hour of that day it first may sound. */
const SINCE_TONE_MS = 20 * 86_400_000
/** A server that was away does not order what it has missed. */
const MOST_MINUTES = 5
/** A test of last night is among so many acts. */
const LOOKED_AT = 20

/** Asks boxes for their self-tests at their turn, and tells of those that failed. */
export function startSelfTests(deps: ServerDeps): () => void {
  const { clock, stores, events, access, log } = deps
  let done = Math.floor(clock.wall() / MINUTE_MS)

  const sweep = (at: WallMs): void => {
    const rule = selfTestRule(deps)
    const order = (cluster: string, what: SelfOrdered): void => orderByItself(deps, cluster, what)
    for (const { id } of stores.clusters.active()) {
      if (isNightlyTurn(rule, id, at)) order(id, { kind: 'check' })
      if (!isMonthlyTurn(rule, id, at) || stores.hands.countSince(id, 'tone', wallMs(at - SINCE_TONE_MS)) > 0) continue
      const planned = deps.slotsFor(id, at)
      const policy = planned && !planned.view.muted ? toneMaySound(planned, at) : null
      if (policy !== null) order(id, { kind: 'tone', policy })
    }
  }
  const stop = every(clock, MINUTE_MS / 4, () => {
    const minute = Math.floor(clock.wall() / MINUTE_MS)
    const from = Math.max(done + 1, minute - MOST_MINUTES + 1)
    done = Math.max(done, minute)
    try {
      for (let turn = from; turn <= minute; turn++) sweep(wallMs(turn * MINUTE_MS))
    } catch (error) {
      log.error({ error: String(error) }, 'self-tests not ordered')
    }
  })
  const learn = ({ cluster, served }: ServiceRecord): void => {
    const verdict = served && selfTestVerdict(served)
    if (verdict) stores.lately.noteSelfTest(cluster, verdict === 'well' ? null : verdict)
  }
  // what was found before this server started is still wrong
  for (const { id } of stores.clusters.active()) {
    stores.hands.ofCluster(id, LOOKED_AT).filter(({ kind }) => kind === 'check').reverse().forEach(learn)
  }
  const quit = events.onEvent(({ kind, subject, detail }) => {
    if (kind !== 'service.answered') return
    const record = stores.hands.byId((detail as { service: string }).service)
    if (record?.kind === 'check') learn(record)
    if (record?.state !== 'failed' || (record.kind !== 'check' && record.kind !== 'tone')) return
    const facts = record.served?.facts ?? {}
    const found = record.kind === 'check' ? selfTestFindings(facts).filter(({ level }) => level === 'fault').map(({ vi }) => vi) : []
    events.tell({ kind: 'self-test.failed', at: clock.wall(), areas: access.areasOfCluster(subject), subject, detail: { service: record.id, do: record.kind, facts, found } })
  })
  return () => {
    stop()
    quit()
  }
}
