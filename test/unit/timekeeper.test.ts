import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createDisk } from '../../agent/adapters/disk.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { readClockKeeper } from '../../agent/adapters/clock-keeper.ts'
import type { ClockKeeper, Disk } from '../../agent/core/ports.ts'
import { createTimekeeper, type Timekeeper } from '../../agent/stages/timekeeper.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import { decodeTimeAsk, encodeTimeAnswer } from '../../shared/protocol/time.ts'
import { silentLog } from '../../shared/core/log.ts'
import { utf8 } from '../../shared/protocol/wire.ts'

const T0 = Date.UTC(2026, 10, 22)
const HOUR = 3_600_000
const stored = utf8(JSON.stringify({ floor: T0, local: T0, offset: 500, errorMs: 3, driftPpm: 0, boot: 'first' }))

async function timeAt(disk: Disk, wall: number, keeper: ClockKeeper): Promise<number | null> {
  await disk.writeAtomic('state/clock', stored)
  const clock = { wall: () => wallMs(wall), mono: () => monoMs(0), after: () => () => undefined }
  const nothing = (): void => undefined
  const time = createTimekeeper({
    cluster: 'c0000000a1', clock, random: Math.random, crypto: nodeCrypto(), certified: () => null, disk, log: silentLog,
    ask: () => Promise.resolve(false), changed: nothing, keeper: () => Promise.resolve(keeper),
  })
  await time.load()
  return time.now()
}

t.test('a box whose clock stood still without power does not know the time', async (t) => {
  const disk = await createDisk(t.testdir())
  t.equal(await timeAt(disk, T0 + 60_000, { boot: 'second', rtc: null, synchronised: false }), null, 'ten hours may have passed: what is stored and a minute is made up')
  t.equal(await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: wallMs(0), synchronised: false }), null, 'nor with a clock whose battery is empty')
})

t.test('a box with a clock of its own, or within one boot, or with time from the network, goes on', async (t) => {
  const disk = await createDisk(t.testdir())
  t.ok(Math.abs(((await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: wallMs(T0 + HOUR - 900), synchronised: false })) ?? 0) - T0 - HOUR) < 1_000)
  t.ok(await timeAt(disk, T0 + HOUR, { boot: 'first', rtc: null, synchronised: false }))
  t.ok(await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: null, synchronised: true }))
})

t.test('the keeper of the clock is read from the system’s files, and absent where there is none', async (t) => {
  const root = t.testdir()
  t.same(await readClockKeeper(root), { boot: '', rtc: null, synchronised: false })
  for (const [path, text] of [['proc/sys/kernel/random/boot_id', 'abc\n'], ['sys/class/rtc/rtc0/since_epoch', '1795305600\n'], ['run/systemd/timesync/synchronized', '']] as const) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  t.same(await readClockKeeper(root), { boot: 'abc', rtc: 1_795_305_600_000, synchronised: true })
})

/** Time that goes on only when it is told to, with what is due on the way. */
function handTime(): { readonly clock: Clock; go(ms: number): void } {
  let now = 0
  let waiting: { at: number; fn: () => void }[] = []
  const clock: Clock = {
    wall: () => wallMs(T0 - HOUR + now),
    mono: () => monoMs(now),
    after: (ms, fn) => {
      const one = { at: now + ms, fn }
      waiting.push(one)
      return () => void (waiting = waiting.filter((other) => other !== one))
    },
  }
  return {
    clock,
    go(ms) {
      for (const until = now + ms; ; ) {
        const [next] = waiting.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)
        if (!next) return void (now = until)
        waiting = waiting.filter((one) => one !== next)
        now = Math.max(now, next.at)
        next.fn()
      }
    },
  }
}

interface Asked {
  readonly time: Timekeeper
  readonly go: (ms: number) => void
  readonly warned: string[]
  questions(): number
  /** Truth minus what it takes for the time; NaN while it knows none. */
  error(): number
  /** Stopped, and what it saved meanwhile is on the disk. */
  end(): Promise<void>
}

/** A timekeeper with a server behind a link of 400 ms each way, or as given. */
async function asked(disk: Disk, wayMs = () => 400): Promise<Asked> {
  const crypto = nodeCrypto()
  const [root, secret] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const certificate = certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: KEY_USES.time, notBeforeMs: T0 - 1e9, notAfterMs: T0 + 1e9 })
  const { clock, go } = handTime()
  const warned: string[] = []
  let questions = 0
  const saves: Promise<void>[] = []
  const noting: Disk = { ...disk, writeAtomic: (name, bytes) => saves[saves.push(disk.writeAtomic(name, bytes)) - 1] as Promise<void> }
  const time = createTimekeeper({
    cluster: 'c0000000a1', clock, random: Math.random, crypto, certified: createCertificateCache(crypto, crypto.publicKey(root)), disk: noting,
    log: { ...silentLog, warn: (_, text) => void warned.push(text) },
    changed: () => undefined,
    ask: (payload) => {
      questions++
      const nonce = decodeTimeAsk(payload)
      if (!nonce) throw new Error('no question')
      clock.after(wayMs(), () => {
        const received = wallMs(T0 + clock.mono())
        clock.after(wayMs(), () => void time.answer(encodeTimeAnswer(crypto, { secret, certificate }, 'c0000000a1', { nonce, received, sent: received })))
      })
      return Promise.resolve(true)
    },
  })
  await time.load()
  time.start()
  const end = async (): Promise<void> => {
    time.stop()
    await Promise.all(saves)
  }
  return { time, go, warned, questions: () => questions, error: () => T0 + clock.mono() - (time.now() ?? Number.NaN), end }
}

t.test('answers that left before the first one came are taken, however long the link is', async (t) => {
  const box = await asked(await createDisk(t.testdir()))
  box.time.linkUp()
  box.go(5_000)
  t.equal(box.questions(), 8)
  t.same(box.warned, [], 'none of them is from the past')
  t.ok(Math.abs(box.error()) < 0.01)
  await box.end()
})

t.test('a new box asks every minute or so until it knows its crystal, then every five minutes, on a bad link up to three times as much', async (t) => {
  let seed = 1
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const links = [
    { jitterMs: 60, first: [28, 60], learning: 130, eachBurst: 3 },
    { jitterMs: 8, first: [12, 24], learning: 100, eachBurst: 1 },
  ] as const
  for (const link of links) {
    const box = await asked(await createDisk(t.testdir()), () => 80 + link.jitterMs * chance())
    box.time.linkUp()
    const asksIn = (ms: number): number => {
      const before = box.questions()
      box.go(ms)
      return box.questions() - before
    }
    const first = asksIn(120_000)
    t.ok(first >= link.first[0] && first <= link.first[1], `${first} in the first two minutes`)
    const learning = asksIn(HOUR)
    t.ok(learning <= link.learning, `${learning} in the hour after`)
    const steady = asksIn(10 * HOUR)
    t.ok(steady >= 110 * link.eachBurst && steady <= 122 * link.eachBurst, `${steady} in ten hours`)
    t.ok(Math.abs(box.error()) < link.jitterMs / 6, `${box.error()} ms`)
    box.time.linkUp()
    t.ok(asksIn(5_000) <= 3, 'and a reconnect costs little')
    await box.end()
    t.equal(asksIn(HOUR), 0)
  }
})

