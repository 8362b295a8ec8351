import { readdir, readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { WebApp, WebAsset } from '../core/web-asset.ts'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
}

/**
 * The pages as they were built, in memory with their compressed forms: they are small, and a station's whole staff opens them
 * at five in the morning. `folder` is dist/web/app; empty where it was not built.
 */
export async function readWebApp(folder: URL = new URL('../web/app/', import.meta.url)): Promise<WebApp> {
  const assets = new Map<string, WebAsset>()
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const type = TYPES[name.split('.').at(-1) ?? '']
    if (type === undefined || name.startsWith('.vite')) continue
    const bytes = await readFile(new URL(name, folder))
    assets.set(`/${name}`, { type, bytes, gzip: gzipSync(bytes), brotli: brotliCompressSync(bytes), tag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` })
  }
  return assets
}
