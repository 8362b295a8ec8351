import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Part } from '../../shared/protocol/messages/parts.ts'
import { correctionSlot, messageSlot, type Alert } from './alert-book.ts'
import type { WantedFile } from './cache-policy.ts'

/** A clip's packets come in a burst behind the order: only what has not come by then is asked for by blocks. */
export const CLIP_GRACE_MS = 15_000

export interface FilesContext {
  readonly now: WallMs
  /** When the newest revision of an emergency came. */
  readonly takenAt: ReadonlyMap<string, WallMs>
  readonly clipIsWhole: (stream: string) => boolean
}

/** Files of open emergencies that are not pinned and that no clip has brought: due at once. */
export function wantedFiles(alerts: readonly Alert[], { now, takenAt, clipIsWhole }: FilesContext): WantedFile[] {
  const files = new Map<string, WantedFile>()
  for (const alert of alerts) {
    const hurried = now - (takenAt.get(alert.id) ?? 0) < CLIP_GRACE_MS
    const wants = ({ s }: Part): boolean => s === undefined || (!hurried && !clipIsWhole(s))
    const open = [...(messageSlot(alert) ? (alert.order?.parts ?? []) : []), ...(correctionSlot(alert) ? (alert.order?.corr ?? []) : [])]
    for (const part of open) {
      if (part.m !== undefined && part.b !== undefined && wants(part)) files.set(part.m, { sha: part.m, bytes: part.b, due: wallMs(Math.floor(now)), pinned: false })
    }
  }
  return [...files.values()]
}
