// npm run backup -- make | list | verify NAME | restore NAME
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { listBackups, makeBackup } from '../server/adapters/backup-files.ts'
import { restoreBackup, verifyBackup } from '../server/adapters/backup-restore.ts'
import { VERSION } from '../server/start-server.ts'
import { isoWithOffset } from '../shared/core/civil.ts'
import { wallMs } from '../shared/core/clock.ts'

const HELP = `npm run backup -- make              copies the station, which may be running
npm run backup -- list              shows the copies
npm run backup -- verify NAME       reads a copy whole and changes nothing
npm run backup -- restore NAME      puts a copy in the place of the data folder; stop the server first

  --data FOLDER     the station's data folder [TL_DATA, or ./data/dai]
  --backups FOLDER  folder of the copies [TL_BACKUPS, or the data folder's name with -sao-luu]`

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** What a run prints, and how it ends. */
export interface Answer {
  readonly lines: readonly string[]
  readonly exitCode: 0 | 1 | 2
}

export function runBackup(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Answer {
  const options = { data: { type: 'string' }, backups: { type: 'string' }, help: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
  const [command, name] = positionals
  const data = resolve(values.data ?? (env['TL_DATA']?.trim() || join('data', 'dai')))
  const folder = resolve(values.backups ?? (env['TL_BACKUPS']?.trim() || `${data}-sao-luu`))
  if (values.help) return { lines: [HELP], exitCode: 0 }
  if (command === 'make') {
    const made = makeBackup({ from: data, to: folder, now: wallMs(Date.now()), version: VERSION })
    return made.ok ? { lines: [`${join(folder, made.value.name)}: ${String(made.value.files)} files, ${megabytes(made.value.bytes)}. It holds the station's keys: keep it where nobody else can read it. · Đã sao lưu.`], exitCode: 0 } : { lines: [made.why], exitCode: 1 }
  }
  if (command === 'list') {
    const copies = listBackups(folder)
    return { lines: copies.length === 0 ? [`There are no copies in ${folder}. · Chưa có bản sao lưu nào.`] : copies.map((copy) => `${copy.name}  ${isoWithOffset(copy.at)}  ${String(copy.files)} files  ${megabytes(copy.bytes)}`), exitCode: 0 }
  }
  if (name === undefined) return { lines: [HELP], exitCode: 2 }
  if (command === 'verify') {
    const verified = verifyBackup(join(folder, name))
    return verified.ok ? { lines: [`${name} is whole: ${String(verified.value.files.length)} files. · Bản sao lưu dùng được.`], exitCode: 0 } : { lines: [verified.why], exitCode: 1 }
  }
  return command === 'restore' ? restore(join(folder, name), data) : { lines: [HELP], exitCode: 2 }
}

function restore(backup: string, data: string): Answer {
  const restored = restoreBackup(backup, data)
  if (!restored.ok) return { lines: [restored.why], exitCode: 1 }
  const { manifest, before } = restored.value
  return {
    lines: [
      `${data} is now as it was at ${isoWithOffset(manifest.at)}. · Đã khôi phục.`,
      ...(before === null ? [] : [`What was there before lies in ${before}: remove it when you are sure.`]),
      'Start the server. Everybody signs in anew; clusters take its next plan by themselves. What was decided after the copy is not there.',
    ],
    exitCode: 0,
  }
}

if (import.meta.filename === process.argv[1]) {
  try {
    const { lines, exitCode } = runBackup(process.argv.slice(2), process.env)
    for (const line of lines) console.log(line)
    process.exitCode = exitCode
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS')) throw error
    console.error(`${(error as Error).message}\n\n${HELP}`)
    process.exitCode = 2
  }
}
