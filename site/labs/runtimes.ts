/**
 * The runtimes a lab page can offer, each loaded when it is first wanted.
 */
import type { LabFacts } from '../../labs/lab.ts'
import type { LabNames } from '../../labs/names.ts'
import type { AppTree } from '../../labs/program/es-modules.ts'
import type { CompiledText } from '../../labs/runtime/page/page.ts'
import type { LabRuntime, RuntimeKind } from '../../labs/runtime/runtime.ts'
import { LAB_COEP } from '../config.ts'
import { fetched, pageAssets, takePrepared } from './prepare.ts'

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

const MAKERS: Partial<Record<RuntimeKind, Maker>> = {
  page: async (lab, site) => {
    const { PageRuntime } = await import('../../labs/runtime/page/page.ts')
    return new PageRuntime({
      lab,
      assets: () => pageAssets(site.labsUrl),
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
