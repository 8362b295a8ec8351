import { armDue } from './due.ts'
import { checkPlanTurn, checkStopped } from './ear.ts'
import type { Bench, Ear, Taken } from './checker.ts'
import { readPlan, type ReadPlan } from './plan-reading.ts'

/** What a box puts on its disk says what it has taken: plans in force, immediate orders, floors. */
export interface DiskEye {
  planTurned(ear: Ear, plan: ReadPlan | null): void
  /** Reads a head that the box has put in force; it must be one that the server has issued. */
  planOf(ear: Ear, head: Uint8Array | null): ReadPlan | null
  wrote(ear: Ear, name: string, bytes: Uint8Array, done: boolean): void
}

/** `issued`: by box and rev, the body's hash. */
export function createDiskEye(bench: Bench, issued: ReadonlyMap<string, ReadonlyMap<number, string>>): DiskEye {
  const { fail, options, say } = bench
  const { world } = options

  const planTurned = (ear: Ear, plan: ReadPlan | null): void => {
    if (plan?.rev === ear.plan.value?.rev) return
    ear.plan.turn(world.now(), plan)
    armDue(bench, ear)
    world.after(2_000, () => checkPlanTurn(bench, ear))
  }

  const planOf = (ear: Ear, head: Uint8Array | null): ReadPlan | null => {
    const order = head && payloadOf(head)
    if (!order) return null
    const { rev, sha } = order as { rev: number; sha: string }
    if (issued.get(ear.id)?.get(rev) !== sha) {
      fail(ear, `puts a plan in force that the server never issued to it (rev ${rev})`)
      return null
    }
    const body = options.body(sha)
    return body && readPlan({ sha, rev }, body)
  }

  const wrote = (ear: Ear, name: string, bytes: Uint8Array, done: boolean): void => {
    if (name === 'state/plan-next' || (name === 'state/plan' && done)) {
      const rev = (payloadOf(bytes) as { rev: number } | null)?.rev ?? 0
      if (rev < ear.floors.plan) fail(ear, `the floor of its plan goes back from ${ear.floors.plan} to ${rev}`)
      if (done) ear.floors.plan = Math.max(ear.floors.plan, rev)
      if (name === 'state/plan') {
        say(ear, `plan ${rev}`)
        planTurned(ear, planOf(ear, bytes))
      }
    }
    if (name === 'state/now' && !done) {
      const order = payloadOf(bytes) as Taken | null
      if (!order) return
      if (order.rev < ear.floors.now) fail(ear, `the floor of its immediate orders goes back from ${ear.floors.now} to ${order.rev}`)
      ear.floors.now = order.rev
      ear.now.turn(world.now(), order)
      say(ear, `now ${order.rev} mute ${String(order.mute)} stop ${String(order.stop)}`)
      world.after(1_000, () => checkStopped(bench, ear))
    }
  }

  return { planTurned, planOf, wrote }
}

/** What a compact JWS carries, unverified: the checker knows from elsewhere what was issued. */
export function payloadOf(text: Uint8Array): unknown {
  const part = Buffer.from(text).toString('utf8').split('.')[1]
  return part === undefined ? null : (JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown)
}
