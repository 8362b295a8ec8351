import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const TOKEN_BYTES = 24
const TOKEN = /^[A-Za-z0-9_-]{32,}$/

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

function storedToken(path: string): string | null {
  try {
    const token = readFileSync(path, 'utf8').trim()
    return TOKEN.test(token) ? token : null
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/**
 * The administrator's token of a data folder, made at the first start. It is printed at every start, so it is kept in
 * clear, in a file that only the server's user can read. Whoever deletes the file gets a new token.
 */
export function administratorToken(folder: string): string {
  const path = join(folder, 'administrator-token')
  const known = storedToken(path)
  if (known !== null) {
    chmodSync(path, 0o600)
    return known
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const file = openSync(path, 'w', 0o600)
  try {
    writeSync(file, `${token}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return token
}
