/**
 * The memory of a guest that has loaded its modules, kept to begin every life of the same program with.
 *
 * Loading is most of the work of a short life: QuickJS parses every module of the reference. What loading leaves behind depends
 * on the code of the modules alone, because a guest has no clock, no chance, and no host before it is booted. So the first life
 * of a program loads, and each other one gets a copy of the memory as it was then:
 *
 * ```
 * first life   new instance, runtime, calls ── modules run ──┬── boot ── events …
 *                                                            └─ image: the bytes of the memory, and the work that was counted
 * other lives  new instance, runtime, calls ── image put in ──── boot ── events …
 * ```
 *
 * An image is the whole state of an instance: beside its memory a build of QuickJS has one global, the stack pointer, which is
 * where it began whenever no call is running. It holds the learner's code, so it is used for the same files only.
 */
import { newQuickJSWASMModule, newVariant, type QuickJSWASMModule, RELEASE_SYNC } from 'quickjs-emscripten'
import { LAB_NODES_MAX } from '../../program/limits.ts'
import type { ModuleMap } from '../../program/link.ts'
import { GUEST_WASM_BYTES } from '../limits.ts'

/** What a memory of wasm is counted in, and what QuickJS's own begins with. */
const PAGE_BYTES = 64 * 1024
const FIRST_PAGES = 256
/** Memories that are kept for the next run: as many as a lab has nodes. */
const POOLED_MAX = LAB_NODES_MAX

/** A program that runs in guests. */
export interface Prepared {
  readonly modules: ModuleMap
  /** The module whose `main` is the program. */
  readonly entry: string
  /** What its first life left; undefined until a life has loaded the modules without an error. */
  image?: GuestImage
}

/** The work of loading, in units of fuel and in errors caught. `step` is what the last module has used of its step. */
export interface LoadingWork {
  readonly fuel: number
  readonly catches: number
  readonly mostOfAStep: number
  readonly stepFuel: number
  readonly stepCatches: number
}

export interface GuestImage {
  readonly pages: number
  /** From the beginning of the memory; the rest is zeros. */
  readonly bytes: Uint8Array
  readonly used: LoadingWork
}

/** A fresh instance of QuickJS over a memory of its own. */
export interface GuestMemory {
  readonly quickjs: QuickJSWASMModule
  readonly memory: WebAssembly.Memory
}

/** Memories of runs that have ended: a process that makes a new one for each life spends a fifth of its time on them. */
export class MemoryPool {
  readonly #free: WebAssembly.Memory[] = []

  /** A memory of zeros. */
  take(pages: number): WebAssembly.Memory {
    const at = this.#free.findIndex(({ buffer }) => buffer.byteLength === pages * PAGE_BYTES)
    const [memory] = at < 0 ? [] : this.#free.splice(at, 1)
    if (memory === undefined) return new WebAssembly.Memory({ initial: pages, maximum: GUEST_WASM_BYTES / PAGE_BYTES })
    new Uint8Array(memory.buffer).fill(0)
    return memory
  }

  /** Memories that nothing runs in any more. Those that have grown are let go. */
  giveBack(memories: readonly WebAssembly.Memory[]): void {
    for (const memory of memories)
      if (memory.buffer.byteLength === FIRST_PAGES * PAGE_BYTES && this.#free.length < POOLED_MAX)
        this.#free.push(memory)
  }
}

/** Makes the guests of one run. */
export class GuestMemories {
  readonly #taken: WebAssembly.Memory[] = []
  readonly #pool: MemoryPool
  readonly #wasm: { readonly wasmModule?: WebAssembly.Module }

  /** @param wasm QuickJS compiled; fetched for each guest when undefined */
  constructor(pool: MemoryPool, wasm: WebAssembly.Module | undefined) {
    this.#pool = pool
    this.#wasm = wasm === undefined ? {} : { wasmModule: wasm }
  }

  /** A fresh instance, whose memory is large enough for an image and does not grow over what a node may have. */
  async make(image: GuestImage | undefined): Promise<GuestMemory> {
    const memory = this.#pool.take(image?.pages ?? FIRST_PAGES)
    this.#taken.push(memory)
    const variant = newVariant(RELEASE_SYNC, { wasmMemory: memory, ...this.#wasm })
    return { quickjs: await newQuickJSWASMModule(variant), memory }
  }

  /** The run has ended: the memories are for other runs. */
  release(): void {
    this.#pool.giveBack(this.#taken.splice(0))
  }
}

/** The memory as it is now. */
export function imageOf({ memory }: GuestMemory, used: LoadingWork): GuestImage {
  const words = new Int32Array(memory.buffer)
  let end = words.length
  while (end > 0 && words[end - 1] === 0) end--
  const bytes = new Uint8Array(memory.buffer.slice(0, end * words.BYTES_PER_ELEMENT))
  return { pages: memory.buffer.byteLength / PAGE_BYTES, bytes, used }
}

/** Makes a memory what the image says. What lies behind the image is zeros in both: an instance begins at the low end. */
export function putImage({ memory }: GuestMemory, { bytes }: GuestImage): void {
  new Uint8Array(memory.buffer).set(bytes)
}

/** Whether a memory cannot grow any more: QuickJS asks for a twentieth more at least. */
export function isFull({ memory }: GuestMemory): boolean {
  return memory.buffer.byteLength * 1.05 > GUEST_WASM_BYTES
}
