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
import type { ModuleMap } from '../../program/link.ts'
import { GUEST_WASM_BYTES } from '../limits.ts'

/** What a memory of wasm is counted in, and what QuickJS's own begins with. */
const PAGE_BYTES = 64 * 1024
const FIRST_PAGES = 256

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

/** An instance whose memory is large enough for an image, and not larger than a node may have. */
export async function newGuestMemory(image?: GuestImage, wasmModule?: WebAssembly.Module): Promise<GuestMemory> {
  const memory = new WebAssembly.Memory({
    initial: image?.pages ?? FIRST_PAGES,
    maximum: GUEST_WASM_BYTES / PAGE_BYTES,
  })
  const wasm = wasmModule === undefined ? {} : { wasmModule }
  return { quickjs: await newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory: memory, ...wasm })), memory }
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
