import type { Crypto } from '../../../shared/core/crypto.ts'
import { mediaRefOf } from '../../../shared/core/layout.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { Stores } from '../../core/stores.ts'
import { speechKey } from './materials.ts'

const SERVER = { author: 'server', authorName: '', approvedBy: 'server', approvedName: '' } as const

/**
 * Words that a station had before anybody could ask who wrote them: those of its first timetable. To be called once at
 * the start, before anybody can publish.
 */
export function approveSeeded({ programmes }: Pick<Stores, 'programmes'>, crypto: Crypto, sessions: readonly Session[]): void {
  for (const session of sessions) {
    for (const ref of session.items.map(mediaRefOf)) {
      const key = ref.kind === 'speech' ? speechKey(crypto, ref) : null
      if (key !== null && programmes.spoken(key) === null) programmes.noteSpoken({ key, area: null, ...SERVER })
    }
  }
}
