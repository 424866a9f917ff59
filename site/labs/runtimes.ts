/**
 * The runtimes a lab page can offer, each loaded when it is first wanted.
 */
import type { LabFacts } from '../../labs/lab.ts'
import type { LabNames } from '../../labs/names.ts'
import type { AppTree } from '../../labs/program/es-modules.ts'
import type { ModuleMap } from '../../labs/program/link.ts'
import type { CompiledText } from '../../labs/runtime/page/page.ts'
import { type PageAssets, Sandbox } from '../../labs/runtime/page/sandbox.ts'
import type { LabRuntime, RuntimeKind } from '../../labs/runtime/runtime.ts'
import { LAB_COEP } from '../config.ts'

/** What the page knows that runtimes need. */
export interface RuntimeSite {
  /** The folder of the lab pages, with a slash at its end. */
  readonly labsUrl: string
  /** The topic of the demo, for commands to try; '' when the lab has none. */
  readonly topic?: string
  /** The starter's modules and their code, by path. */
  readonly starter?: ReadonlyMap<string, CompiledText>
  /** The learner has said "try anyway" on a telephone. */
  readonly isIosAllowed?: boolean
}

type Maker = (lab: LabFacts, site: RuntimeSite) => Promise<LabRuntime>

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
export function prepareSandbox(lab: string, site: RuntimeSite): void {
  const sandbox = new Sandbox()
  prepared = { lab, sandbox }
  const { worker, modules } = assetsOf(site)
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
function takePrepared(lab: string): Sandbox | undefined {
  const taken = prepared
  prepared = undefined
  if (taken?.lab === lab) return taken.sandbox
  taken?.sandbox.remove()
  return undefined
}

async function pageAssets(site: RuntimeSite): Promise<PageAssets> {
  const { worker, modules } = assetsOf(site)
  return Promise.all([worker, modules]).then(([script, all]) => ({ worker: script, modules: all }), forget)
}

function assetsOf({ labsUrl }: RuntimeSite) {
  kept ??= { worker: fetched(`${labsUrl}worker.js`), modules: fetched(`${labsUrl}modules.json`).then(JSON.parse) }
  return kept
}

const MAKERS: Partial<Record<RuntimeKind, Maker>> = {
  page: async (lab, site) => {
    const { PageRuntime } = await import('../../labs/runtime/page/page.ts')
    return new PageRuntime({
      lab,
      assets: () => pageAssets(site),
      prepared: () => takePrepared(lab.id),
      compiled: site.starter ?? new Map(),
    })
  },
  webcontainer: async (lab, site) => {
    takePrepared('')
    const { loadLab } = await import('./lab-scripts.ts')
    const { WebContainerRuntime } = await import('../../labs/runtime/webcontainer/webcontainer.ts')
    const tree = async (): Promise<AppTree> => JSON.parse(await fetched(`${site.labsUrl}app-tree.json`))
    return new WebContainerRuntime({
      lab: await loadLab(lab.id),
      tree,
      coep: LAB_COEP,
      isIosAllowed: site.isIosAllowed ?? false,
    })
  },
}

/** Kinds this page can offer, the default first. */
export function offeredRuntimes(): readonly RuntimeKind[] {
  return Object.keys(MAKERS) as RuntimeKind[]
}

/** Makes a runtime; it is started by its user. */
export function makeRuntime(kind: RuntimeKind, lab: LabFacts, site: RuntimeSite): Promise<LabRuntime> {
  const make = MAKERS[kind] ?? MAKERS.page!
  return make(lab, site)
}

/** The names that each file of a lab may use; none when they cannot be fetched. */
export async function fetchNames(labsUrl: string, lab: string): Promise<Readonly<Record<string, LabNames>>> {
  return fetched(`${labsUrl}names/${lab}.json`).then(JSON.parse, () => ({}))
}

async function fetched(url: string): Promise<string> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}
