import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { createOpusEncoder } from '../../server/adapters/opus-encoder.ts'
import { createAgentWords } from '../../server/core/agent-words.ts'
import type { SoundStream } from '../../server/core/sound-stream.ts'
import { createStreamHub } from '../../server/features/streams/plugin.ts'
import { every } from '../../shared/core/clock.ts'
import { hasty, startBox, type Box } from '../support/box.ts'
import { until } from '../support/mqtt-client.ts'
import { readRecording, soundSpans, spansAt, toneHz } from '../support/recording.ts'
import { realClock } from '../support/real-clock.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { startStation } from '../support/station.ts'
import { sealed, streamKeys, streamPackets } from '../support/stream-source.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const work = mkdtempSync(join(tmpdir(), 'tl-stream-'))
t.teardown(() => rmSync(work, { recursive: true }))
const SUBSTITUTE_HZ = 3_000
makeOpus(join(work, 'substitute.opus'), `aevalsrc=0.4*sin(2*PI*${SUBSTITUTE_HZ}*t):d=2:s=48000`)

/** Four beeps a second, each of its own height: which one is heard tells when it was sent. */
const BEEP_MS = 250
const BEEP_ON_MS = 120
/** Its edges are soft. */
const WHOLE_MS = 100
const hzOf = (beep: number): number => 500 + 40 * (beep % 40)

/** Writes beeps in step with the clock until it is stopped; beep n begins at `zero + n × BEEP_MS`. */
function speak(stream: SoundStream): { readonly zero: number; stop(): void } {
  const zero = stream.soundsAt() as number
  const begun = performance.now()
  let written = 0
  const stop = every(realClock, 40, () => {
    const end = Math.floor((performance.now() - begun + 80) * 48)
    stream.write(Int16Array.from({ length: end - written }, (_, i) => {
      const at = (written + i) / 48
      const into = at % BEEP_MS
      // soft edges: the codec blurs hard ones
      const level = into < BEEP_ON_MS ? Math.min(1, into / 5, (BEEP_ON_MS - into) / 5) : 0
      return Math.round(12_000 * level * Math.sin((2 * Math.PI * hzOf(Math.floor(at / BEEP_MS)) * at) / 1_000))
    }))
    written = end
  })
  return { zero, stop }
}

/** Every whole beep that a box has sounded: which, and by how many ms it was late. */
function heard(box: Box, zero: number): { readonly at: number; readonly lateMs: number }[] {
  const recording = readRecording(box.wav)
  return soundSpans(recording, 60).flatMap(({ fromMs, toMs }) => {
    const hz = toneHz(recording, (fromMs + toMs) / 2, 60)
    // where sound begins or ends within a beep, its rest tells neither its height nor its place
    if (toMs - fromMs > 2 * BEEP_ON_MS || toMs - fromMs < WHOLE_MS || Math.abs(hz - SUBSTITUTE_HZ) < 200) return []
    const turn = Math.round((fromMs - zero) / BEEP_MS)
    // the nearest beep of this height: a stale one is late by many
    const candidates = Array.from({ length: 81 }, (_, i) => turn - 40 + i).filter((n) => n >= 0 && Math.abs(hzOf(n) - hz) < 18)
    const beep = candidates.sort((a, b) => Math.abs(a - turn) - Math.abs(b - turn))[0]
    return beep === undefined ? [] : [{ at: fromMs, lateMs: fromMs - zero - beep * BEEP_MS }]
  })
}

t.test('a relay sounds in phase everywhere, also where a box joins late or its link was cut, and gives way to its substitute together', async (t) => {
  const words = createAgentWords()
  const station = await startStation({ words })
  const hub = createStreamHub({ clock: realClock, random: Math.random, crypto: nodeCrypto(), signing: () => station.keys.streams, link: station.broker.link.streams, encoder: createOpusEncoder })
  words.onJoin(hub.join)
  const refused = new Map<string, Record<string, number>>()
  words.onReported((cluster, reported) => void refused.set(cluster, reported.refused as Record<string, number>))
  const file = await station.addFile('nhac', join(work, 'substitute.opus'), 2_000)
  t.ok(file.sha)
  const proxy = await startProxy({ target: { port: station.broker.port }, random: Math.random })
  const boxes: Box[] = []
  const start = async (cluster: string, url: string): Promise<Box> => {
    const box = await startBox({ url, cluster, password: passwords.get(cluster) ?? '', root: station.keys.rootPublic, random: hasty })
    boxes.push(box)
    return box
  }
  const passwords = new Map(['c0000000a1', 'c0000000a2', 'c0000000a3'].map((id) => [id, station.addCluster(id, id).password]))
  const [plain, cut] = [await start('c0000000a1', station.url), await start('c0000000a2', `mqtt://127.0.0.1:${proxy.port}`)]
  t.teardown(async () => {
    for (const box of boxes) await box.stop(true)
    await proxy.close()
    await hub.stop()
    await station.stop(true)
  })
  const begin = station.soon({ id: 'thu', inMs: 8_000, lengthMs: 17_000, items: [{ relay: 'vov1', length: '17s', substitute: 'nhac' }] }) as number
  const after = (ms: number): Promise<void> => sleep(Math.max(0, begin + ms - Date.now()))
  t.ok(await until(() => ['c0000000a1', 'c0000000a2'].every((id) => station.stores.presence.byCluster(id)?.held === 1), 15_000), 'plan and substitute are there')
  const stream = hub.open('vov1', 'urgent')
  const voice = speak(stream)

  await after(2_000)
  const late = await start('c0000000a3', station.url)
  // what a stranger signs, and what was sent before
  const stranger = streamKeys(Date.now(), 9)
  const noise = streamPackets({ stream: 'vov1', epoch: 99, zeroMs: Date.now() + 700, ms: 1_000, sample: () => Math.random() - 0.5 })
  for (const packet of noise) station.broker.link.streams.send('vov1', sealed(stranger, packet))
  await after(4_000)
  proxy.blackHole()
  const darkAt = Date.now()
  await after(7_000)
  proxy.resume()
  const lightAt = Date.now()
  await after(9_500)
  stream.substitute(true)
  await after(12_500)
  stream.substitute(false)
  await after(18_500)
  voice.stop()
  t.ok(await until(() => station.stores.evidence.between(begin as never, (begin + 1) as never).length >= 3, 20_000), 'evidence comes')
  // a recording is brought out each second
  await sleep(1_200)

  const [all, joined, back] = [heard(plain, voice.zero), heard(late, voice.zero), heard(cut, voice.zero)]
  // what waits in the station's cushion is the same for all
  const middle = all.map(({ lateMs }) => lateMs).sort((a, b) => a - b)[all.length >> 1] ?? 0
  t.ok(Math.abs(middle) < 200)
  for (const [name, beeps] of [['on a good link', all], ['joined late', joined], ['cut', back]] as const) {
    const worst = Math.max(...beeps.map(({ lateMs }) => Math.abs(lateMs - middle)))
    t.ok(worst < 40, `${name}: ${String(beeps.length)} beeps, each in its place (worst ${String(Math.round(worst))} ms)`)
  }
  t.ok(all.length > 40, `${String(all.length)} beeps`)
  t.ok((all[0]?.at ?? 0) >= begin - 20 && (all[0]?.at ?? 0) < begin + 2 * BEEP_MS + 100, 'it begins with the item')
  t.ok((joined[0]?.at ?? 0) < begin + 8_000, 'who joins late hears it within seconds')
  const lastBefore = back.filter(({ at }) => at < lightAt).at(-1)?.at ?? 0
  const firstAfter = back.find(({ at }) => at >= lightAt)?.at ?? Infinity
  t.comment(`cut ${String(lightAt - darkAt)} ms; silent from ${String(Math.round(lastBefore - darkAt))} ms after the cut; live again ${String(Math.round(firstAfter - lightAt))} ms after the link's return`)
  t.ok(firstAfter - lightAt < 2_500, 'live again soon after the link returned')
  const substitute = (box: Box): number => spansAt(box.wav, 100).find(({ fromMs, toMs }) => toMs - fromMs > 1_000)?.fromMs ?? 0
  const [one, two] = [substitute(plain), substitute(late)]
  t.ok(one > begin + 9_000 && one < begin + 13_000, 'the substitute sounds')
  t.ok(Math.abs(one - two) < 40, `and begins together: ${String(one - two)} ms apart`)
  t.ok(all.some(({ at }) => at > begin + 14_500), 'the relay comes back')
  t.ok(spansAt(plain.wav).every(({ toMs }) => toMs < begin + 17_100), 'it ends with the item')
  const rows = station.stores.evidence.between(begin as never, (begin + 17_000) as never)
  t.ok(rows.some(({ via }) => via === 'stream') && rows.some(({ via }) => via === 'substitute'), 'the evidence says what sounded')
  t.ok((refused.get('c0000000a1')?.['unsigned'] ?? 0) >= 5, 'what a stranger sent is refused and told')
})
