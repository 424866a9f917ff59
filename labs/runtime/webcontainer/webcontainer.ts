/**
 * The `webcontainer` runtime: a lab in Node processes inside the browser, at StackBlitz's service.
 *
 * One container per page, booted at the first start and kept: each cluster of a lab is a directory in it. What is mounted is
 * JavaScript, made at the build of the site and fetched; nothing is installed inside.
 *
 * Nothing of Node's is imported here: this file runs in the page. Import it dynamically.
 */
import type { WebContainer } from '@webcontainer/api'
import type { ProcessBackend } from '../../../reference/host/processes/process-backend.ts'
import type { Lab } from '../../lab.ts'
import type { AppTree } from '../../program/es-modules.ts'
import { failureOf, messageOf } from '../failure-texts.ts'
import { type LabPlatform, ProcessRuntime } from '../processes/process-runtime.ts'
import { BOOT_LIMITS, type BootLimits, type BootWatch, climb } from './boot-ladder.ts'
import { WebContainerBackend } from './webcontainer-backend.ts'
import { fileSystemTree } from './webcontainer-files.ts'

export interface WebContainerRuntimeOptions {
  readonly lab: Lab
  /** Fetches the application tree that the build of the site made (`app-tree.json`). */
  readonly tree: () => Promise<AppTree>
  /** The page's own `Cross-Origin-Embedder-Policy`. */
  readonly coep: 'require-corp' | 'credentialless'
  /** True when left out. */
  readonly isSwitchedOn?: boolean
  readonly isIosAllowed?: boolean
  readonly apiKey?: string
  readonly limits?: Partial<BootLimits>
}

export class WebContainerRuntime extends ProcessRuntime {
  readonly kind = 'webcontainer'
  readonly #options: WebContainerRuntimeOptions
  #nodeVersion = ''

  constructor(options: WebContainerRuntimeOptions) {
    super(options.lab)
    this.#options = options
  }

  /** What `node -v` said inside; '' before the start. */
  get nodeVersion(): string {
    return this.#nodeVersion
  }

  protected async prepare(watch: BootWatch) {
    const { tree, coep, isSwitchedOn = true, isIosAllowed = false, apiKey = '' } = this.#options
    const limits = { ...BOOT_LIMITS, ...this.#options.limits }
    const container = await climb({ coep, isSwitchedOn, isIosAllowed, apiKey, limits }, watch)
    const platform = new ContainerPlatform(container, limits.mountMs)
    watch.onStep({ id: 'mount', text: 'Putting the programs into it…' })
    const base = await fetchTree(tree, limits.clientMs)
    const trial = await platform.open(base)
    try {
      watch.onStep({ id: 'probe', text: 'Asking Node inside for its version…' })
      this.#nodeVersion = await nodeVersion(container, limits.probeMs)
    } finally {
      await trial.dispose()
    }
    return { base, platform }
  }
}

/** Numbers of lab roots: several runtimes of one page share the container. */
let nextRoot = 1

/** Lab roots in one container. It stays when the runtime is disposed of: it can be booted only once. */
export class ContainerPlatform implements LabPlatform {
  readonly #container: WebContainer
  readonly #mountMs: number

  constructor(container: WebContainer, mountMs: number) {
    this.#container = container
    this.#mountMs = mountMs
  }

  async open(tree: AppTree): Promise<ProcessBackend> {
    const root = `cluster-${nextRoot++}`
    const mountPoint = `${root}/app`
    const mounted = (async () => {
      await this.#container.fs.mkdir(mountPoint, { recursive: true })
      await this.#container.mount(fileSystemTree(tree), { mountPoint })
    })()
    const late = `it took more than ${this.#mountMs} ms`
    const failure = await within(
      this.#mountMs,
      mounted.then(() => '', messageOf),
      late,
    )
    if (failure !== '')
      throw failureOf('mount', [failure], `The lab’s files could not be put into WebContainer: ${failure}`)
    return new WebContainerBackend(this.#container, root)
  }

  async dispose(): Promise<void> {}
}

async function fetchTree(fetched: () => Promise<AppTree>, withinMs: number): Promise<AppTree> {
  const late = new Error(`the programs did not come within ${withinMs} ms`)
  const tree = await within(
    withinMs,
    fetched().catch((error: unknown) => new Error(messageOf(error))),
    late,
  )
  if (tree instanceof Error) throw failureOf('client-load', [tree.message])
  return tree as AppTree
}

/** Runs `node -v` inside. */
export async function nodeVersion(container: WebContainer, withinMs: number): Promise<string> {
  let printed = ''
  const answered = (async () => {
    const process = await container.spawn('node', ['-v'])
    return new Promise<string>((resolve) => {
      const write = (text: string) => {
        printed += text
        const version = /v\d+\.\d+\.\d+/.exec(printed)
        if (version !== null) resolve(version[0])
      }
      void process.output.pipeTo(new WritableStream({ write })).catch(() => {})
    })
  })()
  const version = await within(
    withinMs,
    answered.catch((error: unknown) => {
      printed += messageOf(error)
      return ''
    }),
    '',
  )
  if (version === '') throw failureOf('probe', [`node -v printed ${JSON.stringify(printed)}`])
  return version
}

function within<T>(ms: number, promise: Promise<T>, late: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), ms)
  })
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer))
}
