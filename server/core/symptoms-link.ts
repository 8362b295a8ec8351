import { isoWithOffset } from '../../shared/core/civil.ts'
import { signalWords } from './signal-words.ts'
import type { ClusterFacts, Symptom } from './symptoms.ts'

/** A SIM that ends within so many days is told of. */
const EXPIRY_WARNING_DAYS = 7
const MB = 1_000_000
const mb = (bytes: number): number => Math.round(bytes / MB)
const clock = (at: number): string => isoWithOffset(at as Parameters<typeof isoWithOffset>[0]).slice(11, 16)

/** The way to the cluster: is it there, how is its radio, does its SIM last. */
export function linkSymptoms(facts: ClusterFacts): Symptom[] {
  return [...offline(facts), ...radio(facts), ...quota(facts), ...expiry(facts)]
}

function offline({ presence, at }: ClusterFacts): Symptom[] {
  if (presence === null || presence.online) return []
  const minutes = Math.floor((at - presence.since) / 60_000)
  return [{
    kind: 'offline', severity: 'fault', since: presence.since, figure: minutes,
    vi: `Mất kết nối từ ${clock(presence.since)} (${minutes} phút).`,
    en: `No connection since ${clock(presence.since)} (${minutes} min).`,
  }]
}

function radio({ presence, signal }: ClusterFacts): Symptom[] {
  if (!presence?.online || signal === null || signal.class === 'good' || signal.class === 'none') return []
  const { vi, en, figure } = signalWords(signal)
  return [{ kind: signal.reason === 'weak-cell' ? 'weak-signal' : 'noisy-cell', severity: signal.class === 'poor' ? 'warning' : 'info', ...(figure === null ? {} : { figure }), vi, en }]
}

function quota({ sim }: ClusterFacts): Symptom[] {
  if (sim === null || sim.leftBytes === null || sim.plan.bytesPerMonth === null) return []
  const left = mb(Math.max(0, sim.leftBytes))
  if (sim.frugal) {
    return [{
      kind: 'sim-quota', severity: 'fault', figure: left,
      vi: `Dung lượng data còn ${left} MB đến ngày ${sim.renews}: tiếp âm và tải tệp tạm dừng, phần còn lại dành cho khẩn cấp.`,
      en: `${left} MB of data left until ${sim.renews}: relays and downloads have stopped, the rest is kept for emergencies.`,
    }]
  }
  if (sim.forecastBytes <= sim.plan.bytesPerMonth - sim.plan.reserveBytes) return []
  return [{
    kind: 'sim-quota', severity: 'warning', figure: left,
    vi: `Dung lượng data còn ${left} MB; với mức dùng hiện nay sẽ hết trước ngày ${sim.renews} (dự kiến ${mb(sim.forecastBytes)}/${mb(sim.plan.bytesPerMonth)} MB).`,
    en: `${left} MB of data left; at this rate it runs out before ${sim.renews} (${mb(sim.forecastBytes)} of ${mb(sim.plan.bytesPerMonth)} MB expected).`,
  }]
}

function expiry({ sim }: ClusterFacts): Symptom[] {
  if (sim === null || sim.daysLeft === null || sim.daysLeft > EXPIRY_WARNING_DAYS) return []
  const { daysLeft } = sim
  if (daysLeft < 0) return [{ kind: 'sim-expiry', severity: 'fault', figure: daysLeft, vi: `SIM đã hết hạn ngày ${sim.plan.expires}.`, en: `The SIM ended on ${sim.plan.expires}.` }]
  return [{ kind: 'sim-expiry', severity: 'warning', figure: daysLeft, vi: `SIM hết hạn ngày ${sim.plan.expires} (còn ${daysLeft} ngày).`, en: `The SIM ends on ${sim.plan.expires} (${daysLeft} days left).` }]
}
