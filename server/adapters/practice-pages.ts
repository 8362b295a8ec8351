import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { WebApp } from '../core/web-asset.ts'

const INDEX = '/index.html'
/** Of the head of the browser: not the station's green. */
const COLOUR = '#7a4b00'

/**
 * The same pages, of which every one says that it is practice, in the first bytes that a browser reads: so no page can be shown
 * before it is known. They are not offered to be put on a phone's screen, where they would look like the station.
 */
export function asPractice(web: WebApp): WebApp {
  const index = web.get(INDEX)
  if (!index) return web
  const before = Buffer.from(index.bytes).toString('utf8')
  const text = before
    .replace('<html ', '<html data-practice ')
    .replace(/ *<link rel="manifest"[^>]*>\n?/, '')
    .replaceAll(/(name="theme-color" content=")#[0-9a-f]{6}/g, `$1${COLOUR}`)
  if (!text.includes('<html data-practice ')) throw new BrokenInvariant('the pages have no head to mark as practice')
  const bytes = Buffer.from(text, 'utf8')
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  return new Map([...web, [INDEX, { ...index, bytes, gzip: gzipSync(bytes), brotli: brotliCompressSync(bytes), tag }]])
}
