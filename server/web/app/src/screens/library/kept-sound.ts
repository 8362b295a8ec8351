/** A recording that was made and has not arrived: kept on this device, so that neither a call nor an empty battery takes it. */
export interface KeptSound {
  readonly sound: Blob
  readonly ms: number
  /** When it was made, ms since 1970. */
  readonly at: number
}
const [BASE, STORE, KEY] = ['recordings', 'kept', 'last']

const open = (): Promise<IDBDatabase> =>
  new Promise((done, failed) => {
    const asked = indexedDB.open(BASE, 1)
    asked.onupgradeneeded = () => void asked.result.createObjectStore(STORE)
    asked.onsuccess = () => done(asked.result)
    asked.onerror = () => failed(asked.error ?? new DOMException('the store does not open'))
  })
const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result)
    request.onerror = () => failed(request.error ?? new DOMException('the store does not answer'))
  })

/** Does something with the store; a device that keeps nothing (a private window, a full phone) answers null. */
async function withStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const base = await open()
    try {
      return await answerOf(work(base.transaction(STORE, mode).objectStore(STORE)))
    } finally {
      base.close()
    }
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

export const keptSound = {
  read: async (): Promise<KeptSound | null> => (await withStore<KeptSound | undefined>('readonly', (store) => store.get(KEY) as IDBRequest<KeptSound | undefined>)) ?? null,
  write: (kept: KeptSound): Promise<unknown> => withStore('readwrite', (store) => store.put(kept, KEY)),
  forget: (): Promise<unknown> => withStore('readwrite', (store) => store.delete(KEY)),
}
