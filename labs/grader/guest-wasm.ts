/** QuickJS's wasm, compiled once for all guests of a process. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

let compiled: WebAssembly.Module | undefined

/** The module that the package's own loader would compile for each instance. */
export function guestWasm(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')
  compiled ??= new WebAssembly.Module(readFileSync(path))
  return compiled
}
