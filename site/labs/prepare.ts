/**
 * The sandbox of a lab's page, begun before the workbench is there. The page's own script loads this module and no more, so it runs
 * while the rest is still fetched.
 */
import type { ModuleMap } from '../../labs/program/link.ts'
import { type PageAssets, Sandbox } from '../../labs/runtime/page/sandbox.ts'

/** How long the workbench waits for the sandbox to begin: what is late is no longer a gain. */
const BEGUN_WITHIN_MS = 150

/** Fetched once: later starts need no network. */
let kept: { readonly worker: Promise<string>; readonly modules: Promise<ModuleMap> } | undefined

function forget(error: unknown): never {
  kept = undefined
  throw error
}

/** A sandbox that was begun before the workbench was there, and the lab that it is for. */
let prepared: { readonly lab: string; readonly sandbox: Sandbox } | undefined

let begun: Promise<void> = Promise.resolve()

/** Begins a sandbox for a lab of the page. Whoever makes the runtime of this lab gets it. */
export function prepareSandbox(lab: string, labsUrl: string): void {
  const sandbox = new Sandbox()
  prepared = { lab, sandbox }
  const { worker, modules } = assetsOf(labsUrl)
  const start = async () => {
    const [script] = await Promise.all([worker, sandbox.isReady])
    sandbox.start(script)
    await new Promise((resolve) => setTimeout(resolve)) // the frame makes the worker in a turn of its own
  }
  // what cannot be fetched is asked for again by the runtime, which says so
  begun = start().catch(() => {})
  Promise.all([modules, begun])
    .then(([all]) => sandbox.begin(lab, all))
    .catch(() => {})
}

/** Resolves when the worker of the prepared sandbox has begun. Then it works beside the page that builds its workbench. */
export function sandboxBegun(): Promise<void> {
  return Promise.race([begun, new Promise<void>((resolve) => setTimeout(resolve, BEGUN_WITHIN_MS))])
}

/** The prepared sandbox, once; a runtime of another kind or lab has no use for it. */
export function takePrepared(lab: string): Sandbox | undefined {
  const taken = prepared
  prepared = undefined
  if (taken?.lab === lab) return taken.sandbox
  taken?.sandbox.remove()
  return undefined
}

/** What the worker is made of. Rejects when it cannot be fetched. */
export async function pageAssets(labsUrl: string): Promise<PageAssets> {
  const { worker, modules } = assetsOf(labsUrl)
  return Promise.all([worker, modules]).then(([script, all]) => ({ worker: script, modules: all }), forget)
}

function assetsOf(labsUrl: string) {
  kept ??= { worker: fetched(`${labsUrl}worker.js`), modules: fetched(`${labsUrl}modules.json`).then(JSON.parse) }
  return kept
}

/** The text of a file. Rejects with a sentence when it cannot be fetched. */
export async function fetched(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}
