#!/usr/bin/env node
/**
 * Starts the command line with a cache of compiled modules. The cache halves the memory and the time of a start.
 *
 * This file is JavaScript, because Node reads it before the cache is on: for a file in TypeScript, each start would load
 * Node's compiler, which needs 12 MiB and 40 ms. Node stores the cache in the temporary folder of the machine. When the
 * cache cannot be written, the command runs without a cache.
 */
import * as modules from 'node:module'

/** After this time, a server has started, and the modules of its start are stored: a killed process would not store them. */
const FLUSH_AFTER_MS = 3_000

if (!process.features.typescript) {
  console.error(
    `mq: this Node (${process.version}) does not run TypeScript; "npm run mq -- …" uses the Node of this project`,
  )
  process.exit(2)
}
modules.enableCompileCache()
setTimeout(modules.flushCompileCache, FLUSH_AFTER_MS).unref()
await import('./mq.ts')
