/**
 * The `node` runtime: a lab in child processes of this machine, for the command line and for tests.
 *
 * Each cluster lies in a folder of its own below one temporary folder: `app/` with the compiled programs, `nodes/<name>/`,
 * `lab-hosts.json`. A learner's code can do here what the person who runs it can: Node's permission model would keep it to its
 * folder, but bars fsync, without which a broker cannot keep its promises.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { NodeProcessBackend } from '../../../reference/host/node/process-backend.ts'
import type { ProcessBackend } from '../../../reference/host/processes/process-backend.ts'
import type { Lab } from '../../lab.ts'
import { type AppTree, LAUNCHER_PATH } from '../../program/es-modules.ts'
import { appTree } from '../app-tree.ts'
import type { BootStep } from '../runtime.ts'
import { type LabPlatform, ProcessRuntime } from './process-runtime.ts'

export interface NodeRuntimeOptions {
  /** Where its temporary folder is made; the system's place for such when left out. */
  readonly temporary?: string
  /** The Node that runs the nodes; this one when left out. */
  readonly node?: string
}

export class NodeRuntime extends ProcessRuntime {
  readonly kind = 'node'
  readonly #options: NodeRuntimeOptions

  constructor(lab: Lab, options: NodeRuntimeOptions = {}) {
    super(lab)
    this.#options = options
  }

  protected async prepare({ onStep }: { readonly onStep: (step: BootStep) => void }) {
    onStep({ id: 'programs', text: 'Compiling the programs…' })
    const base = appTree()
    const { temporary = tmpdir(), node = process.execPath } = this.#options
    const root = await realpath(await mkdtemp(join(temporary, 'glassmq-lab-')))
    return { base, platform: new NodePlatform(root, node) }
  }
}

class NodePlatform implements LabPlatform {
  readonly #root: string
  readonly #node: string
  #next = 1

  constructor(root: string, node: string) {
    this.#root = root
    this.#node = node
  }

  async open(tree: AppTree): Promise<ProcessBackend> {
    const root = join(this.#root, `cluster-${this.#next++}`)
    const app = join(root, 'app')
    const folders = new Set(Object.keys(tree).map((path) => dirname(join(app, path))))
    for (const folder of folders) await mkdir(folder, { recursive: true })
    await Promise.all(Object.entries(tree).map(([path, code]) => writeFile(join(app, path), code)))
    return NodeProcessBackend.create({ root, removesRoot: true, command: [this.#node, join('app', LAUNCHER_PATH)] })
  }

  async dispose(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}
