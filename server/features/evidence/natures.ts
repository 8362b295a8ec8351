import type { Database } from 'better-sqlite3'
import { PLAIN_NATURE, type SlotNature } from '../../core/report-nature.ts'
import type { PlannedSlot } from '../../core/stores.ts'

interface ProgrammeNature {
  readonly language: string
  readonly area: string | null
  readonly class: string
  readonly source: string
}

/** What kind of content a slot is, by the library and the catalogue of relays as they stand now. Call it anew for each batch of rows. */
export function createNatures(db: Database): () => (slot: Pick<PlannedSlot, 'media' | 'stream' | 'nature'>) => SlotNature {
  const programme = db.prepare<[string], ProgrammeNature>(
    'SELECT v.language, p.area, p.class, p.source FROM programme_version v JOIN programme p ON p.id = v.programme WHERE v.sha = ? ORDER BY v.created_at DESC LIMIT 1',
  )
  const relay = db.prepare<[string], { doc: string }>('SELECT doc FROM relay WHERE id = ?')

  const find = (media: string | null, stream: string | null): SlotNature => {
    if (stream !== null) {
      const found = relay.get(stream)
      const language = found ? (JSON.parse(found.doc) as { language?: string }).language : undefined
      return { ...PLAIN_NATURE, origin: 'relay', ...(language === undefined ? {} : { language }) }
    }
    const found = media === null ? undefined : programme.get(media)
    return found ? { class: found.class === 'priority' ? 'priority' : 'normal', language: found.language, owner: found.area, origin: found.source } : PLAIN_NATURE
  }
  return () => {
    // thousands of clusters have the same few items
    const known = new Map<string, SlotNature>()
    return ({ media, stream, nature }) => {
      const key = `${media} ${stream}`
      const found = known.get(key) ?? find(media, stream)
      known.set(key, found)
      // a timetable may give an item a higher class than the library does
      return nature?.class === 'priority' ? { ...found, class: 'priority' } : found
    }
  }
}
