/** Recordings that came with an emergency, from its acceptance until they have been prepared. */
export interface EmergencyFiles {
  /** Takes a file of the same disk; durable under the name when it resolves. */
  keep(path: string): Promise<string>
  /** Absolute path of a kept file. */
  path(name: string): string
  /** Removing what is absent is no error. */
  remove(name: string): Promise<void>
  list(): Promise<string[]>
}
