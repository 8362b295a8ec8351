/** Files of releases by content, to be served in blocks like any file. */
export interface ReleaseFiles {
  /** A release as it was handed in. */
  readPack(path: string): Promise<Uint8Array>
  /** Durable when it resolves; one that is there already stays. */
  keep(files: ReadonlyMap<string, Uint8Array>): Promise<void>
  /** null when it is no file of a release, or ends before. */
  readBlock(sha: string, index: number): Promise<Uint8Array | null>
  /** Forgets every file that is not among them. */
  keepOnly(shas: ReadonlySet<string>): Promise<void>
}
/** A release as it is handed in is no longer than this, bytes. */
export const MAX_PACK_BYTES = 33_554_432
