/** One after another where the key is the same; beside each other where it is not. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** What is looked at before something slow and written after it is the same in between, for as long as everybody takes their turn. */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, mine)
    const forget = (): void => {
      if (last.get(key) === mine) last.delete(key)
    }
    mine.then(forget, forget)
    return mine
  }
}
