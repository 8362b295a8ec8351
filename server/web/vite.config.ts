import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The pages, built once into dist/web/app; the server serves them itself. */
export default defineConfig({
  root: here('./app'),
  base: '/',
  publicDir: here('./app/public'),
  plugins: [svelte({ configFile: false })],
  // no inline script or style: the server's content security policy forbids both
  build: { outDir: here('../../dist/web/app'), emptyOutDir: true, assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false }, target: 'es2022', reportCompressedSize: false },
  logLevel: 'warn',
})
