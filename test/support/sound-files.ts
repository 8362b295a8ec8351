import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { createMediaStore, type MediaStore } from '../../server/adapters/media-store.ts'
import { importMedia, type ImportedMedia, type ImportSettings } from '../../server/features/programmes/import.ts'

/** Runs a program to its end; throws with what it said when it fails. */
export function tool(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const run = spawnSync(program, args, { input: input ?? new Uint8Array(), maxBuffer: 512 * 1024 * 1024, timeout: 120_000 })
  if (run.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${run.stderr?.toString() ?? String(run.error)}`)
  return run.stdout
}

export const ffmpegMakes = (args: readonly string[]): Buffer => tool('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args])

/** Vietnamese speech with real pauses, `copies` times the same eleven seconds. */
export function makeSpeech(path: string, copies = 1, filters = 'anull'): string {
  const text = 'Xin chào bà con. Hôm nay Uỷ ban nhân dân xã thông báo lịch tiêm chủng vào lúc bảy giờ sáng, tại trạm y tế xã. Kính mời bà con đến đúng giờ.'
  const wav = tool('espeak-ng', ['-v', 'vi', '-s', '150', '--stdin', '--stdout'], Buffer.from(text))
  const parts = Array.from({ length: copies }, () => '[0:a]').join('')
  const chain = copies === 1 ? `[0:a]${filters}[out]` : `[0:a]asplit=${copies}${Array.from({ length: copies }, (_, i) => `[p${i}]`).join('')};${parts.replace(/\[0:a\]/g, (_m, at: number) => `[p${at / 5}]`)}concat=n=${copies}:v=0:a=1,${filters}[out]`
  tool('ffmpeg', ['-v', 'error', '-y', '-i', 'pipe:0', '-filter_complex', chain, '-map', '[out]', path], wav)
  return path
}

/** What a listener's meter shows: the file decoded with libopus, as clusters do, and measured by ffmpeg. */
export function measure(path: string): { lufs: number; truePeakDb: number; samples: number } {
  const run = spawnSync('ffmpeg', ['-hide_banner', '-nostats', '-nostdin', '-c:a', 'libopus', '-i', path, '-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'])
  const said = run.stderr.toString()
  const summary = said.slice(said.lastIndexOf('Summary:'))
  const pcm = tool('ffmpeg', ['-v', 'error', '-nostdin', '-c:a', 'libopus', '-i', path, '-f', 's16le', '-'])
  return {
    lufs: Number(/I:\s+(\S+) LUFS/.exec(summary)?.[1]),
    truePeakDb: Number(/Peak:\s+(\S+) dBFS/.exec(summary)?.[1]),
    samples: pcm.length / 2,
  }
}

/** All files below a folder, as paths relative to it. */
export function filesBelow(dir: string, prefix = ''): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name)
    return statSync(path).isDirectory() ? filesBelow(path, `${prefix}${name}/`) : [`${prefix}${name}`]
  })
}

/** A store in `dir/media`, ready for work. */
export async function storeIn(dir: string): Promise<MediaStore> {
  const store = createMediaStore(join(dir, 'media'))
  await store.start()
  return store
}

/** Imports what must be taken; a refusal fails the test. */
export async function takeInto(store: MediaStore, path: string, settings: Partial<ImportSettings> = {}): Promise<ImportedMedia> {
  const imported = await importMedia({ ffmpeg: createFfmpeg({ niceness: 0 }), store, settings }, { path })
  if (!imported.ok) throw new Error(`${path}: ${imported.code} ${imported.why}`)
  return imported.value
}
