import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Top of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Made on this machine and not part of the repository (.gitignore names them). */
export const MADE_HERE = ['.git', 'node_modules', 'dist', 'data', '.tap']

/** Every file of the repository, by its path from the top. */
export function filesOfTree(folder = ROOT): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (folder === ROOT && MADE_HERE.includes(name)) return []
    return statSync(path).isDirectory() ? filesOfTree(path) : [relative(ROOT, path)]
  })
}

export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
