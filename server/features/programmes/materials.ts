import { readdir } from 'node:fs/promises'
import { basename, join, resolve, sep } from 'node:path'
import type { Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import { mediaRefOf, type FindMedia, type LaidMedia, type MediaRef } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { Programme, ProgrammeKind, ProgrammeStore } from '../../core/stores.ts'
import { importMedia, type ImportedMedia } from './import.ts'
import { chimeKey, programmeOf } from './lengths.ts'
import { ensureStationSounds, speakToMedia, type StationSound, type StationSoundDeps } from './station-sounds.ts'

/** The station's own sounds as a timetable calls them. */
const CHIMES: Readonly<Record<string, StationSound>> = { 'nhac-hieu': 'chime', 'bao-dong': 'attention', 'am-thu': 'test-tone' }
const MAX_FILES_IN_FOLDER = 500

/** What spoken text is called in the store: the same text in the same voice is made once. */
export const speechKey = (crypto: Crypto, speech: { readonly text: string; readonly voice?: string }): string =>
  `speak:${toBase64Url(crypto.sha256(utf8(JSON.stringify([speech.voice ?? null, speech.text]))))}`

const laid = (p: Programme): LaidMedia => ({ sha: p.sha, ms: p.ms, music: p.music, name: p.name })

/** What an item's sound is, as far as the store has it; for a folder all its episodes. */
function mediaOf({ programmes, crypto }: Pick<MaterialDeps, 'programmes' | 'crypto'>, ref: MediaRef): readonly LaidMedia[] | null {
  const one = (p: Programme | null): readonly LaidMedia[] | null => (p ? [laid(p)] : null)
  switch (ref.kind) {
    case 'chime':
      return one(programmes.byKey(chimeKey(ref.name)))
    case 'file':
      return one(programmeOf(programmes, ref.ref))
    case 'folder':
      return programmes.inFolder(ref.ref).map(laid)
    case 'speech':
      return one(programmes.byKey(speechKey(crypto, ref)))
  }
}

export const createFindMedia = (programmes: ProgrammeStore, crypto: Crypto): FindMedia => (ref) => mediaOf({ programmes, crypto }, ref)

export interface MaterialDeps {
  readonly programmes: ProgrammeStore
  readonly sounds: StationSoundDeps
  readonly crypto: Crypto
  readonly clock: Clock
  readonly log: Log
  /** A new programme's id. */
  readonly newId: () => string
  /** Folder that file names of a timetable are relative to; null where there is none. */
  readonly folder: string | null
}
export interface Failure {
  readonly what: string
  readonly en: string
  readonly vi: string
}
export interface Prepared {
  /** Programmes that were made. */
  readonly made: number
  readonly failures: readonly Failure[]
}
type Made = { readonly ok: true; readonly value: ImportedMedia } | { readonly ok: false; readonly why: string; readonly vi?: string }

/** Makes what sessions name and the store lacks: bells, spoken text, files beside the timetable. Repeatable; says each step. */
export async function prepareMaterials(deps: MaterialDeps, sessions: readonly Session[], say: (step: string) => void): Promise<Prepared> {
  const failures: Failure[] = []
  let made = 0
  const keep = (name: string, key: string, kind: ProgrammeKind, folder: string, result: Made): void => {
    if (!result.ok) {
      failures.push({ what: name, en: result.why, vi: result.vi ?? result.why })
      return
    }
    const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = result.value
    deps.programmes.insert({
      id: deps.newId(), name, folder, sha, bytes, ms: durationMs, kind, key, music: false, createdAt: deps.clock.wall(),
      lufs: Number.isFinite(loudnessLufs) ? loudnessLufs : null, truePeak: Number.isFinite(truePeakDb) ? truePeakDb : null,
      peaks: fromBase64Url(peaks) ?? new Uint8Array(),
    })
    made++
  }

  const chimes = async (names: readonly string[]): Promise<void> => {
    if (names.length === 0) return
    say('nhạc hiệu')
    const sounds = await ensureStationSounds(deps.sounds)
    for (const name of names) {
      const sound = CHIMES[name]
      if (sound === undefined) failures.push({ what: name, en: `There is no chime "${name}"; there are ${Object.keys(CHIMES).join(', ')}.`, vi: `Không có nhạc hiệu "${name}"; hiện có ${Object.keys(CHIMES).join(', ')}.` })
      else keep(name, chimeKey(name), 'chime', '', sounds.ok ? { ok: true, value: sounds.value[sound] } : sounds)
    }
  }
  const speech = async (ref: Extract<MediaRef, { kind: 'speech' }>): Promise<void> => {
    const name = ref.text.length > 60 ? `${ref.text.slice(0, 59).trimEnd()}…` : ref.text
    say(`đọc: ${name}`)
    const order = { text: ref.text, ...(ref.voice === undefined ? {} : { voice: ref.voice }) }
    keep(name, speechKey(deps.crypto, ref), 'speech', '', await speakToMedia(deps.sounds, order))
  }
  const file = async (ref: string, folder: string): Promise<void> => {
    const path = within(deps.folder, ref)
    if (path === null) return
    say(`nhập: ${ref}`)
    keep(basename(ref), ref, 'file', folder, await importMedia(deps.sounds, { path }))
  }
  const filesOf = async (ref: string): Promise<void> => {
    const path = within(deps.folder, ref)
    const names = path === null ? [] : await readdir(path).catch((error: unknown) => absentFolder(error, deps.log, ref))
    for (const name of names.sort().slice(0, MAX_FILES_IN_FOLDER)) if (deps.programmes.byKey(`${ref}/${name}`) === null) await file(`${ref}/${name}`, ref)
  }

  const lacking = lackingRefs(deps, sessions)
  await chimes(lacking.flatMap((r) => (r.kind === 'chime' ? [r.name] : [])))
  for (const ref of lacking) {
    if (ref.kind === 'speech') await speech(ref)
    if (ref.kind === 'file' && ref.ref.includes('.')) await file(ref.ref, '')
    if (ref.kind === 'folder') await filesOf(ref.ref)
  }
  return { made, failures }
}

/** Each reference once; of folders all, since a file may have been added. */
function lackingRefs(deps: MaterialDeps, sessions: readonly Session[]): MediaRef[] {
  const known = new Map<string, MediaRef>()
  for (const session of sessions) for (const item of session.items) known.set(JSON.stringify(mediaRefOf(item)), mediaRefOf(item))
  return [...known.values()].filter((ref) => ref.kind === 'folder' || mediaOf(deps, ref) === null)
}

/** The path of a reference, or null when it leads out of the folder. */
function within(folder: string | null, ref: string): string | null {
  if (folder === null) return null
  const path = resolve(join(folder, ref))
  return path.startsWith(resolve(folder) + sep) ? path : null
}

function absentFolder(error: unknown, log: Log, ref: string): string[] {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.warn({ folder: ref, error: String(error) }, 'folder not readable')
  return []
}
