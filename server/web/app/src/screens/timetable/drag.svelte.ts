/** An item that a finger or a mouse carries to another place of the same list. Whoever cannot has buttons. */
export interface ListDrag {
  /** Where it is taken from, and the row that it is over; null while nothing is carried. */
  readonly held: { readonly from: number; readonly to: number } | null
  grab(event: PointerEvent, index: number): void
  move(event: PointerEvent): void
  drop(): void
  cancel(): void
}

/** So near to the edge of the screen the page goes on by itself. */
const EDGE_PX = 60
const EDGE_STEP_PX = 12

/** Rows have the ids `item-0`, `item-1` …; `done` is called where it is put down elsewhere. */
export function createListDrag(done: (from: number, to: number) => void): ListDrag {
  const state = $state<{ held: ListDrag['held'] }>({ held: null })
  return {
    get held() { return state.held },
    grab(event, index) {
      if (event.button !== 0) return
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      state.held = { from: index, to: index }
    },
    move(event) {
      if (!state.held) return
      if (event.clientY < EDGE_PX) scrollBy(0, -EDGE_STEP_PX)
      if (event.clientY > innerHeight - EDGE_PX) scrollBy(0, EDGE_STEP_PX)
      const row = document.elementFromPoint(event.clientX, event.clientY)?.closest('li[id^="item-"]')
      if (row) state.held = { ...state.held, to: Number(row.id.slice('item-'.length)) }
    },
    drop() {
      const held = state.held
      state.held = null
      if (held && held.from !== held.to) done(held.from, held.to)
    },
    cancel: () => void (state.held = null),
  }
}
