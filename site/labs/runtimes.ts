/**
 * The runtimes a lab page can offer, each loaded when it is first wanted.
 */
import type { Lab } from '../../labs/lab.ts'
import type { LabNames } from '../../labs/names.ts'
import type { AppTree } from '../../labs/program/es-modules.ts'
import type { PageAssets } from '../../labs/runtime/page/page.ts'
import type { LabRuntime, RuntimeKind } from '../../labs/runtime/runtime.ts'
import { LAB_COEP } from '../config.ts'

/** What the page knows that runtimes need. */
export interface RuntimeSite {
  /** The folder of the lab pages, with a slash at its end. */
  readonly labsUrl: string
  /** The learner has said "try anyway" on a telephone. */
  readonly isIosAllowed?: boolean
}

type Maker = (lab: Lab, site: RuntimeSite) => Promise<LabRuntime>

/** Fetched once: later starts need no network. */
let kept: Promise<PageAssets> | undefined

function forget(error: unknown): never {
  kept = undefined
  throw error
}

const MAKERS: Partial<Record<RuntimeKind, Maker>> = {
  page: async (lab, site) => {
    const { PageRuntime } = await import('../../labs/runtime/page/page.ts')
    return new PageRuntime({ lab, assets: () => (kept ??= fetchAssets(site).catch(forget)) })
  },
  webcontainer: async (lab, site) => {
    const { WebContainerRuntime } = await import('../../labs/runtime/webcontainer/webcontainer.ts')
    const tree = async (): Promise<AppTree> => JSON.parse(await fetched(`${site.labsUrl}app-tree.json`))
    return new WebContainerRuntime({ lab, tree, coep: LAB_COEP, isIosAllowed: site.isIosAllowed ?? false })
  },
}

/** Kinds this page can offer, the default first. */
export function offeredRuntimes(): readonly RuntimeKind[] {
  return Object.keys(MAKERS) as RuntimeKind[]
}

/** Makes a runtime; it is started by its user. */
export function makeRuntime(kind: RuntimeKind, lab: Lab, site: RuntimeSite): Promise<LabRuntime> {
  const make = MAKERS[kind] ?? MAKERS.page!
  return make(lab, site)
}

async function fetchAssets({ labsUrl }: RuntimeSite): Promise<PageAssets> {
  const [worker, modules] = await Promise.all([fetched(`${labsUrl}worker.js`), fetched(`${labsUrl}modules.json`)])
  return { worker, modules: JSON.parse(modules) }
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
