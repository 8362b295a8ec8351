import type { Sentence } from '../../lib/answer.ts'
import type { LiveView } from '../../lib/views.ts'

/** What the page shows of GET /programmes. */
export interface ProgrammePage {
  readonly total: number
  readonly items: readonly { readonly id: string; readonly name: string; readonly ms: number }[]
}
/** POST /live. */
export interface BegunView extends LiveView {
  readonly skipped: readonly { readonly cluster: string; readonly name: string; readonly because: Sentence }[]
  readonly warnings: readonly Sentence[]
}
