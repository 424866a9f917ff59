#!/usr/bin/env node
/**
 * Starts the command line: a server from its bundle, and everything else from the sources.
 *
 * ```
 * mq broker ── is there a bundle of the sources as they are now? ── yes ──> import the bundle (one file)
 *                                                                └─ no ───> import `mq.ts` (300 files); after the start,
 *                                                                           another process makes the bundle
 * ```
 *
 * Node needs half a millisecond for each file of a start, so a server starts from its bundle in less time and with less memory
 * (`bundles.mjs`, decision 18). Both ways also use Node's cache of compiled code, which is in the temporary folder of the
 * machine. Without any of these caches, the command runs as well.
 *
 * This file is JavaScript, because Node reads it before the cache is on: for a file in TypeScript, each start would load
 * Node's compiler, which needs 12 MiB and 40 ms.
 */
import * as modules from 'node:module'
import { bundleOf, loadBundle, makeBundleLater } from './bundles.mjs'

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
const { run } = await commandLine(process.argv[2] ?? '')
await run()

/** Loads the command line: the bundle of the command, or the sources when the command has no bundle. */
async function commandLine(command) {
  const bundle = bundleOf(command)
  if (bundle === undefined) return import('./mq.ts')
  const loaded = await loadBundle(bundle)
  if (loaded !== undefined) return loaded
  makeBundleLater(command, bundle)
  return import('./mq.ts')
}
