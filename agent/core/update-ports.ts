import type { ReleaseFile } from '../../shared/protocol/update-release.ts'
import type { Boot, SlotName, Trial } from './update-boot.ts'

/** Files of the places that programs lie in, by paths such as `a/program/main.mjs`; `installed/…` is read only. */
export interface SlotFiles {
  read(path: string): Promise<Uint8Array | null>
  /** Makes the folders on the way. Not durable before `sync`. */
  write(path: string, bytes: Uint8Array, run: boolean): Promise<void>
  /** A file, or the names in a folder. */
  sync(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** With everything in it; what is absent is no error. */
  remove(path: string): Promise<void>
}

/** The release that a program came as. */
export interface HeldRelease {
  /** SHA-256 of its manifest. */
  readonly m: string
  readonly n: number
  readonly version: string
}

/** The program that runs, and the place beside it. */
export interface ReleaseSlots {
  readonly running: SlotName
  /** The release that runs; null for the program as it was installed. */
  release(): Promise<HeldRelease | null>
  boot(): Promise<Boot>
  /** Makes room for a release; what came of the same one before stays. */
  prepare(m: string): Promise<void>
  /** The file is in the place already, whole. */
  holds(file: ReleaseFile): Promise<boolean>
  /** Takes a file over from the program that runs, where that has the same one. */
  copy(file: ReleaseFile): Promise<boolean>
  /** Durable when it resolves. */
  put(file: ReleaseFile, bytes: Uint8Array): Promise<void>
  /** Reads everything again and closes the place with its manifest; the paths of what was not right, which is then gone. */
  close(manifest: string, files: readonly ReleaseFile[]): Promise<readonly string[]>
  /** The release in the place is what is started next, on trial. */
  flip(trial: Pick<Trial, 'm' | 'n' | 'plan'>): Promise<void>
  /** The release that runs has proved itself. */
  confirm(): Promise<void>
}
