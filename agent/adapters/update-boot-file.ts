import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Boot } from '../core/update-boot.ts'

/** Durable and whole when it returns; a crash leaves the one before or this one. */
export function writeBootFile(folder: string, boot: Boot): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, 'boot.json.new')
  writeFileSync(draft, JSON.stringify(boot), { mode: 0o600 })
  sync(draft)
  renameSync(draft, join(folder, 'boot.json'))
  sync(folder)
}

function sync(path: string): void {
  const handle = openSync(path, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
