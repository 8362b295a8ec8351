import type { Crypto } from '../../shared/core/crypto.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import type { ReleaseFile } from '../../shared/protocol/update-release.ts'
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { AS_INSTALLED, bootOf, type Boot, type SlotName } from '../core/update-boot.ts'
import type { HeldRelease, ReleaseSlots, SlotFiles } from '../core/update-ports.ts'

/** What the launcher goes by. */
export const BOOT_FILE = 'boot.json'
export const MANIFEST_FILE = 'release.jws'
/** Names the release that a place is being filled with. */
const MARK = 'of'

export const programPath = (slot: SlotName, path: string): string => (slot === 'installed' ? `installed/${path}` : `${slot}/program/${path}`)

/** Every folder that a path lies in. */
function foldersOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, n) => parts.slice(0, n + 1).join('/'))
}

export interface SlotsDeps {
  readonly files: SlotFiles
  readonly crypto: Crypto
  readonly running: SlotName
}

/**
 * Puts releases in place beside the program that runs. Every step leaves a program to start: the place that is written to is
 * never the one that runs nor the one that it would go back to, and what is started is changed by one rename, after
 * everything that it names is on the disk.
 */
export function createSlots({ files, crypto, running }: SlotsDeps): ReleaseSlots {
  const target: SlotName = running === 'a' ? 'b' : 'a'
  const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))
  const isSame = (bytes: Uint8Array | null, { sha, bytes: length }: ReleaseFile): boolean => bytes?.length === length && shaOf(bytes) === sha

  const boot = async (): Promise<Boot> => {
    const stored = await files.read(BOOT_FILE)
    return (stored && bootOf(parseJson(stored))) ?? AS_INSTALLED
  }
  const writeBoot = async (next: Boot): Promise<void> => {
    await files.write(`${BOOT_FILE}.new`, utf8(JSON.stringify(next)), false)
    await files.sync(`${BOOT_FILE}.new`)
    await files.rename(`${BOOT_FILE}.new`, BOOT_FILE)
    await files.sync('')
  }
  const put = async (file: ReleaseFile, bytes: Uint8Array): Promise<void> => {
    const path = programPath(target, file.path)
    await files.write(path, bytes, file.run === true)
    await files.sync(path)
  }

  return {
    running,
    boot,
    put,
    release: async () => {
      const text = running === 'installed' ? null : await files.read(`${running}/${MANIFEST_FILE}`)
      return text && heldOf(text, shaOf(text))
    },
    prepare: async (m) => {
      const mark = await files.read(`${target}/${MARK}`)
      if (mark && fromUtf8(mark) === m) return
      const now = await boot()
      // nobody goes back to what is about to be cleared
      if (now.former === target) await writeBoot({ ...now, former: 'installed' })
      await files.remove(target)
      await files.write(`${target}/${MARK}`, utf8(m), false)
      await files.sync(`${target}/${MARK}`)
      await files.sync(target)
    },
    holds: async (file) => isSame(await files.read(programPath(target, file.path)), file),
    copy: async (file) => {
      const bytes = await files.read(programPath(running, file.path))
      if (!bytes || !isSame(bytes, file)) return false
      await put(file, bytes)
      return true
    },
    close: async (manifest, all) => {
      const wrong: string[] = []
      for (const file of all) {
        const path = programPath(target, file.path)
        if (isSame(await files.read(path), file)) continue
        await files.remove(path)
        wrong.push(file.path)
      }
      if (wrong.length > 0) return wrong
      const path = `${target}/${MANIFEST_FILE}`
      await files.write(path, utf8(manifest), false)
      await files.sync(path)
      const folders = new Set(all.flatMap((file) => foldersOf(programPath(target, file.path))))
      for (const folder of folders) await files.sync(folder)
      await files.sync('')
      return []
    },
    flip: async ({ m, n, plan }) => writeBoot({ slot: target, former: running, trial: { m, n, plan, boot: null, startsHere: 0, starts: 0 }, fell: null }),
    confirm: async () => {
      const now = await boot()
      if (now.slot === running && now.trial) await writeBoot({ ...now, trial: null })
    },
  }
}

/** What a manifest that was verified before it was put there says. */
function heldOf(text: Uint8Array, m: string): HeldRelease | null {
  const value = parseJson(fromBase64Url(fromUtf8(text)?.split('.')[1] ?? '')) as { n?: unknown; version?: unknown } | undefined
  return typeof value?.n === 'number' && typeof value.version === 'string' ? { m, n: value.n, version: value.version } : null
}
