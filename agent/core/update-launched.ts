import { SLOTS, type SlotName } from './update-boot.ts'

/** How the launcher tells the program that it starts where it lies. */
export const LAUNCHED = 'TL_LAUNCHED'

export interface Launched {
  /** Folder of the releases. */
  readonly folder: string
  /** Folder of the program as it was installed. */
  readonly installed: string
  readonly slot: SlotName
}

/** null where no launcher started this program: then nobody would start another one. */
export function launchedOf(text: string | undefined): Launched | null {
  if (text === undefined || text === '') return null
  const [slot, folder, installed] = text.split('\n')
  const known = SLOTS.find((name) => name === slot)
  return known !== undefined && folder !== undefined && installed !== undefined ? { slot: known, folder, installed } : null
}

export const launchedText = ({ folder, installed, slot }: Launched): string => [slot, folder, installed].join('\n')
