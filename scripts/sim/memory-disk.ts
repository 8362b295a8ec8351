import { createHash } from 'node:crypto'
import type { Disk } from '../../agent/core/ports.ts'
import type { Chance } from './chance.ts'
import type { Life, World } from './world.ts'

/** What a disk tells the checker, at the instant at which it becomes true for the agent. */
export interface DiskWatch {
  /** `done`: false when the write begins, true when it is durable. */
  wrote(name: string, bytes: Uint8Array, done: boolean): void
  renamed(to: string): void
  removed(name: string): void
}

interface Chunks {
  /** By offset; a chunk that was not synced may be lost in a crash. */
  readonly parts: Map<number, Uint8Array>
  bytes: number
}
type File = Uint8Array | Chunks
const isChunks = (file: File): file is Chunks => !(file instanceof Uint8Array)

/** Removals younger than this may come back after a crash: the folder was not synced. */
const REMOVAL_SETTLES_MS = 5_000

export interface MemoryDisk {
  /** The agent's view during one life; after its end no call is answered. */
  mount(life: Life, watch: DiskWatch): Disk
  /** Power fails: what was not synced is lost, torn or kept, by chance. */
  crash(): void
  names(): string[]
  peek(name: string): Uint8Array | null
}

export interface DiskOptions {
  readonly world: World
  readonly chance: Chance
  /** One copy of a file that many boxes hold; null when the bytes are not of the catalogue. */
  readonly shared: (sha: string) => Uint8Array | null
}

function whole(chunks: Chunks): Uint8Array {
  const out = new Uint8Array(chunks.bytes)
  for (const [at, part] of chunks.parts) out.set(part, at)
  return out
}

const bytesOf = (file: File): Uint8Array => (isChunks(file) ? whole(file) : file)

function hashOf(file: File): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytesOf(file)).digest())
}

/** Files of one box in memory, with what a power cut does to them. */
export function createMemoryDisk({ world, chance, shared }: DiskOptions): MemoryDisk {
  const files = new Map<string, File>()
  /** Atomic writes under way: either is there after a crash. */
  const pending = new Map<string, Uint8Array>()
  const removals: { name: string; file: File; at: number }[] = []

  const writeTimeMs = (): number => chance.between(2, 25)

  function mount(life: Life, watch: DiskWatch): Disk {
    const never = new Promise<never>(() => undefined)
    /** What takes time: nothing comes back when the power fails meanwhile. */
    const slowly = <T>(delayMs: number, end: () => T): Promise<T> =>
      new Promise((resolve) => {
        world.after(delayMs, () => {
          if (life.alive) resolve(end())
        })
      })
    const quick = <T>(answer: T): Promise<T> => (life.alive ? Promise.resolve(answer) : never)
    return {
      read: (name) => {
        const file = files.get(name)
        return quick(file ? bytesOf(file).slice() : null)
      },
      readRange: (name, at, length) => {
        const file = files.get(name)
        return quick(file ? bytesOf(file).slice(at, at + length) : null)
      },
      writeAtomic: (name, bytes) => {
        if (!life.alive) return never
        const copy = bytes.slice()
        pending.set(name, copy)
        watch.wrote(name, copy, false)
        return slowly(writeTimeMs(), () => {
          if (pending.get(name) === copy) pending.delete(name)
          files.set(name, copy)
          watch.wrote(name, copy, true)
        })
      },
      writeAt: (name, at, bytes) => {
        if (!life.alive) return never
        const found = files.get(name)
        const file = found && isChunks(found) ? found : { parts: new Map<number, Uint8Array>(found ? [[0, found]] : []), bytes: found?.length ?? 0 }
        file.parts.set(at, bytes)
        file.bytes = Math.max(file.bytes, at + bytes.length)
        files.set(name, file)
        return quick(undefined)
      },
      rename: (from, to) =>
        slowly(writeTimeMs(), () => {
          const file = files.get(from)
          if (!file) throw new Error(`ENOENT: ${from}`)
          files.delete(from)
          files.set(to, shared(to.slice(to.indexOf('/') + 1)) ?? bytesOf(file))
          watch.renamed(to)
        }),
      remove: (name) => {
        const file = files.get(name)
        if (life.alive && file) {
          files.delete(name)
          removals.push({ name, file, at: world.now() })
          while (removals[0] && removals[0].at < world.now() - REMOVAL_SETTLES_MS) removals.shift()
          watch.removed(name)
        }
        return quick(undefined)
      },
      sha256: (name) => {
        const file = files.get(name)
        return file ? slowly(5, () => hashOf(file)) : quick(null)
      },
      list: (prefix) => {
        const found = [...files].filter(([name]) => name.startsWith(prefix))
        return quick(found.map(([name, file]) => ({ name, bytes: isChunks(file) ? file.bytes : file.length })).sort((a, b) => (a.name < b.name ? -1 : 1)))
      },
      free: () => quick(4_000_000_000),
    }
  }

  function tear(file: Chunks): void {
    for (const [at, part] of [...file.parts]) {
      if (chance.happens(0.6)) continue
      if (chance.happens(0.5)) file.parts.delete(at)
      else file.parts.set(at, part.map((byte, i) => (i < part.length / 2 ? byte : 0)))
    }
  }

  return {
    mount,
    crash: () => {
      for (const [name, bytes] of pending) if (chance.happens(0.5)) files.set(name, bytes)
      pending.clear()
      for (const file of files.values()) if (isChunks(file)) tear(file)
      for (const { name, file, at } of removals.splice(0)) {
        if (at >= world.now() - REMOVAL_SETTLES_MS && !files.has(name) && chance.happens(0.3)) files.set(name, file)
      }
    },
    names: () => [...files.keys()],
    peek: (name) => {
      const file = files.get(name)
      return file ? bytesOf(file) : null
    },
  }
}
