import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { icecastMissing, startIcecast } from '../../../test/support/icecast.ts'
import { sessionAt } from '../station-under-test.ts'
import type { LinkStation } from './link-station.ts'

/** A real Icecast with a source, relayed by the server to all boxes in one session. */
export interface RelayOnAir {
  readonly startMs: number
  /** The source stops giving sound and keeps its connection, or goes on. */
  hold(on: boolean): void
  /** How the server sees it, in words. */
  state(): Promise<string>
  stop(): Promise<void>
}

export const relayMissing = (): string | null => icecastMissing

/** Noise that swells and sinks: every place of it is unlike every other. */
const noiseOf = (seconds: number): string => `anoisesrc=color=pink:seed=11:sample_rate=48000:duration=${seconds}:amplitude=0.8,tremolo=f=3:d=0.7,lowpass=f=5000`
const RELAY = 'nguon'

/** `inMs` from now on, for `lengthMs`. The substitute is a steady tone, unlike the relay. */
export async function putRelayOnAir(station: LinkStation, { inMs, lengthMs }: { readonly inMs: number; readonly lengthMs: number }): Promise<RelayOnAir> {
  const file = join(station.folder, 'relay.wav')
  execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', noiseOf(Math.ceil((inMs + lengthMs) / 1_000) + 120), '-ac', '1', file])
  const icecast = await startIcecast(station.folder)
  try {
    const source = await icecast.feed(file, 'mp3')
    const substitute = await station.addSound('thay-the', 'sine=frequency=400:sample_rate=48000:duration=600')
    await station.api.ask('PUT', `/relays/${RELAY}`, { name: 'Nguồn thử', source: source.url, substitute })
    const startMs = Math.ceil((station.now() + inMs) / 1_000) * 1_000
    const session = sessionAt('tiep-song', { startMs, lengthMs, programme: substitute })
    await station.api.ask('POST', '/sessions', { ...session, items: [{ relay: RELAY, length: `${Math.round(lengthMs / 1_000)}s`, substitute }] })
    return {
      startMs,
      hold: (on) => void process.kill(source.pid, on ? 'SIGSTOP' : 'SIGCONT'),
      state: async () => {
        const { now } = await station.api.ask<{ now: { state: string; why: string | null; reconnects: number; substitutions: number; stream: { packets: number; missedMs: number; joined: number | null } | null } | null }>('GET', `/relays/${RELAY}`)
        return now ? `relay ${now.state}${now.why ? ` (${now.why})` : ''}, ${now.reconnects} reconnects, ${now.substitutions} substitutions, ${now.stream?.packets ?? 0} packets, ${now.stream?.missedMs ?? 0} ms missed, ${now.stream?.joined ?? 0} joined` : 'relay not open'
      },
      stop: async () => {
        await source.stop()
        await icecast.stop()
      },
    }
  } catch (error) {
    await icecast.stop()
    throw error
  }
}
