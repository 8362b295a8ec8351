import t from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'
import { fromUtf8, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import type { ReleaseFile } from '../../shared/protocol/update-release.ts'
import { bootOf, decideStart, type SlotName } from '../../agent/core/update-boot.ts'
import type { SlotFiles } from '../../agent/core/update-ports.ts'
import { BOOT_FILE, createSlots, MANIFEST_FILE, programPath } from '../../agent/stages/update-slots.ts'

const crypto = nodeCrypto()
const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))
const SEED = process.env['TL_SEED'] ?? String(Math.floor(Math.random() * 1e9))

class PowerCut extends Error {}

/** A disk that keeps what was synced, and of the rest what chance leaves: bytes of a file by its own sync, names by their folder's. */
function createPowerDisk(chance: ReturnType<typeof chanceFrom>) {
  /** By inode. */
  const contents = new Map<number, { bytes: Uint8Array; durable: Uint8Array | null }>()
  let names = new Map<string, number>()
  let durableNames = new Map<string, number>()
  let inodes = 0
  let left = Infinity
  const step = (): void => {
    if (--left < 0) throw new PowerCut()
  }
  const parentOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '')
  const files: SlotFiles = {
    read: async (path) => contents.get(names.get(path) ?? -1)?.bytes ?? null,
    write: async (path, bytes) => {
      step()
      const inode = names.get(path) ?? ++inodes
      contents.set(inode, { bytes, durable: contents.get(inode)?.durable ?? null })
      names.set(path, inode)
    },
    sync: async (path) => {
      step()
      const file = contents.get(names.get(path) ?? -1)
      if (file) return void (file.durable = file.bytes)
      for (const name of new Set([...names.keys(), ...durableNames.keys()])) {
        if (parentOf(name) !== path) continue
        const inode = names.get(name)
        if (inode === undefined) durableNames.delete(name)
        else durableNames.set(name, inode)
      }
    },
    rename: async (from, to) => {
      step()
      names.set(to, names.get(from) ?? -1)
      names.delete(from)
    },
    remove: async (path) => {
      step()
      for (const name of [...names.keys()]) if (name === path || name.startsWith(`${path}/`)) names.delete(name)
    },
  }
  return {
    files,
    cutAfter: (steps: number) => void (left = steps),
    steps: () => 1e6 - left,
    crash: () => {
      left = Infinity
      const after = new Map(durableNames)
      for (const name of new Set([...names.keys(), ...durableNames.keys()])) {
        if (names.get(name) === durableNames.get(name) || chance.happens(0.5)) continue
        const inode = names.get(name)
        if (inode === undefined) after.delete(name)
        else after.set(name, inode)
      }
      for (const file of contents.values()) {
        if (file.bytes === file.durable) continue
        const kept = chance.pick([file.durable ?? new Uint8Array(), file.bytes, file.bytes.map((byte, n) => (n > file.bytes.length / 2 ? 0 : byte))])
        file.bytes = kept
        file.durable = kept
      }
      names = after
      durableNames = new Map(after)
    },
  }
}

/** What the launcher would start, and what that program is. */
async function started(files: SlotFiles): Promise<{ slot: SlotName; text: string }> {
  const stored = await files.read(BOOT_FILE)
  let boot: ReturnType<typeof bootOf> = null
  try {
    boot = stored && bootOf(JSON.parse(fromUtf8(stored) ?? ''))
  } catch {
    boot = null // torn: the launcher starts what was installed
  }
  const whole = new Set<SlotName>()
  for (const slot of ['a', 'b'] as const) {
    const manifest = await files.read(`${slot}/${MANIFEST_FILE}`)
    if (!manifest) continue
    try {
      const list = JSON.parse(fromUtf8(manifest) ?? '') as ReleaseFile[]
      const found = await Promise.all(list.map(async ({ path, sha }) => shaOf((await files.read(programPath(slot, path))) ?? new Uint8Array()) === sha))
      if (found.every(Boolean)) whole.add(slot)
    } catch {
      continue // a torn manifest: the place is not whole
    }
  }
  const { slot } = decideStart(boot, { bootId: 'x', whole })
  const parts = await Promise.all(['main.mjs', 'lib/a.js'].map(async (path) => fromUtf8((await files.read(programPath(slot, path))) ?? new Uint8Array())))
  return { slot, text: slot === 'installed' ? 'installed' : parts.join(' ') }
}

async function put(files: SlotFiles, running: SlotName, name: string): Promise<void> {
  const slots = createSlots({ files, crypto, running })
  const contents = new Map([['main.mjs', utf8(`main of ${name}`)], ['lib/a.js', utf8(`part of ${name}`)]])
  const list = [...contents].map(([path, bytes]): ReleaseFile => ({ path, sha: shaOf(bytes), bytes: bytes.length, packed: 'x', packedBytes: 1 }))
  await slots.prepare(shaOf(utf8(name)))
  for (const file of list) if (!(await slots.holds(file))) await slots.put(file, contents.get(file.path) ?? new Uint8Array())
  for (let n = 0; (await slots.close(JSON.stringify(list), list)).length > 0; n++) {
    if (n > 2) throw new Error('it cannot be put in place')
    for (const file of list) if (!(await slots.holds(file))) await slots.put(file, contents.get(file.path) ?? new Uint8Array())
  }
  await slots.flip({ m: shaOf(utf8(name)), n: 1, plan: 0 })
}
const textOf = (name: string): string => `main of ${name} part of ${name}`

t.test(`a power cut at any step, which loses what was not synced, leaves the old program or the new one, whole (TL_SEED=${SEED})`, async (t) => {
  for (let round = 0; round < 400; round++) {
    const chance = chanceFrom(`${SEED}/${round}`)
    const disk = createPowerDisk(chance)
    let running: SlotName = 'installed'
    let now = 'installed'
    for (let n = 0; n < 4; n++) {
      const name = `release ${n}`
      disk.cutAfter(chance.whole(0, 24))
      let cut = false
      try {
        await put(disk.files, running, name)
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error
        cut = true
      }
      if (cut || chance.happens(0.5)) disk.crash()
      else disk.cutAfter(Infinity)
      const after = await started(disk.files)
      const [old, fresh] = [now === 'installed' ? 'installed' : textOf(now), textOf(name)]
      if (after.text !== old && after.text !== fresh) return t.fail(`round ${round}: ${JSON.stringify(after)} in place of ${old}`)
      if (!cut && after.text !== fresh) return t.fail(`round ${round}: what was reported to be in place is lost`)
      if (after.text !== fresh) continue
      ;[running, now] = [after.slot, name]
      await createSlots({ files: disk.files, crypto, running }).confirm()
    }
  }
  t.pass('400 boxes, four releases each')
})
