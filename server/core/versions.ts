import { compareVersions } from '../../shared/core/update-version.ts'

export { compareVersions }

/** The newest of all; null of none. */
export const newestVersion = (versions: readonly string[]): string | null =>
  versions.reduce<string | null>((newest, version) => (newest === null || compareVersions(version, newest) > 0 ? version : newest), null)
