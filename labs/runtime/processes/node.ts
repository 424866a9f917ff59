/**
 * The `node` runtime: a lab in child processes of this machine, for the command line and for tests.
 *
 * Each cluster lies in a folder of its own below one temporary folder: `app/` with the compiled programs, `nodes/<name>/`,
 * `lab-hosts.json`. A learner's code can do here what the person who runs it can: Node's permission model would keep it to its
 * folder, but bars fsync, without which a broker cannot keep its promises.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { NodeProcessBackend } from '../../../reference/host/node/process-backend.ts'
import type { BackendProcess, ProcessBackend } from '../../../reference/host/processes/process-backend.ts'
import type { Lab } from '../../lab.ts'
import { type AppTree, LAUNCHER_PATH } from '../../program/es-modules.ts'
import { appTree } from '../app-tree.ts'
import type { BootStep } from '../runtime.ts'
import { type LabPlatform, ProcessRuntime } from './process-runtime.ts'

/** After the exit of a process, how long its output may still come. */
const DRAIN_MS = 200

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
    return new ChildBackend(await NodeProcessBackend.create(root), this.#node)
  }

  async dispose(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** Files as the host's backend has them; processes from the launcher inside `app/`. */
class ChildBackend implements ProcessBackend {
  readonly #files: NodeProcessBackend
  readonly #node: string
  readonly #children = new Set<ChildProcess>()
  readonly #killAll = () => {
    for (const child of this.#children) killGroup(child)
  }

  constructor(files: NodeProcessBackend, node: string) {
    this.#files = files
    this.#node = node
    process.on('exit', this.#killAll)
  }

  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess {
    const child = spawn(this.#node, [join('app', LAUNCHER_PATH), ...launcherArguments], {
      cwd: this.#files.root,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText)
    child.stdin.on('error', () => {}) // it has ended: `exited` tells
    const exited = new Promise<{ code: number | null }>((resolve) => {
      const end = (code: number | null) => {
        this.#children.delete(child)
        resolve({ code })
      }
      child.on('error', () => end(null))
      child.on('close', end)
      child.on('exit', (code) => setTimeout(() => end(code), DRAIN_MS))
    })
    return { write: (text) => void child.stdin.write(text), kill: () => killGroup(child), exited }
  }

  readFile(path: string): Promise<Uint8Array | undefined> {
    return this.#files.readFile(path)
  }

  writeFile(path: string, bytes: Uint8Array): Promise<void> {
    return this.#files.writeFile(path, bytes)
  }

  listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    return this.#files.listFiles(directory)
  }

  async dispose(): Promise<void> {
    const left = [...this.#children]
    this.#killAll()
    await Promise.all(left.map(onceExited))
    process.off('exit', this.#killAll)
    await this.#files.dispose()
    await rm(this.#files.root, { recursive: true, force: true })
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // no process groups here, or it is gone
  }
}

async function onceExited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  await new Promise<void>((resolve) => child.once('exit', () => resolve()))
}
