/**
 * Processes and files of a WebContainer, for `ProcessCluster`: one lab root is a directory of the container.
 *
 * What differs from child processes, and how it is met:
 *
 * | there                                            | here                                                        |
 * | ------------------------------------------------ | ----------------------------------------------------------- |
 * | output never ends                                | exit is waited for, then 200 ms of output that still comes    |
 * | spawning answers later                           | controls and a kill that come first wait for it               |
 * | errors keep only their message                   | a missing file is known by `ENOENT` in the text               |
 * | no sizes without reading                         | listed files are read                                         |
 * | `kill` takes no signal and confirms nothing       | an end that is not confirmed counts as lost (`RealNode`), and  |
 * |                                                  | the node's next process waits for it a while: its files may    |
 * |                                                  | still be locked                                              |
 *
 * All writes go through one queue, so a rename never overtakes the write before it.
 */
import type { WebContainer, WebContainerProcess } from '@webcontainer/api'
import { DRAIN_MS } from '../../../reference/host/limits.ts'
import type { BackendProcess, ProcessBackend } from '../../../reference/host/processes/process-backend.ts'
import { LAUNCHER_PATH } from '../../program/es-modules.ts'

/** A lab root is removed when its processes have ended, or after so long. */
const END_WITHIN_MS = 3_000
/** A node's next process waits so long for the one before to end. Shorter than a node may take to get ready. */
const FORMER_END_WITHIN_MS = 12_000
/** Files read at one time to learn their sizes. */
const READS_AT_ONCE = 8

interface Running {
  kill(): void
  readonly exited: Promise<unknown>
}

export class WebContainerBackend implements ProcessBackend {
  readonly #container: WebContainer
  readonly #root: string
  readonly #running = new Set<Running>()
  /** The end of each node's last process. */
  readonly #ends = new Map<string, Promise<unknown>>()
  #written: Promise<unknown> = Promise.resolve()
  #nextFile = 1

  /** `root` is a directory of the container, from its working directory, that holds `app/`. */
  constructor(container: WebContainer, root: string) {
    this.#container = container
    this.#root = root
  }

  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess {
    const args = [`app/${LAUNCHER_PATH}`, ...launcherArguments]
    const node = launcherArguments[launcherArguments.indexOf('--name') + 1] ?? ''
    const former = Promise.race([this.#ends.get(node), after(FORMER_END_WITHIN_MS)])
    const spawned = former.then(() => this.#container.spawn('node', args, { cwd: this.#root }))
    const started = spawned.then((process) => {
      void process.output.pipeTo(new WritableStream({ write: onText })).catch(() => {}) // closed with the container
      return { process, input: process.input.getWriter() }
    })
    const exited = started.then(
      ({ process }) => exitOf(process),
      (error: Error) => {
        onText(`\n${error.message}\n`)
        return { code: null }
      },
    )
    const withProcess = (use: (it: Awaited<typeof started>) => unknown) => void started.then(use).catch(() => {})
    const running: Running = { kill: () => withProcess(({ process }) => process.kill()), exited }
    this.#running.add(running)
    this.#ends.set(node, exited)
    void exited.then(() => this.#running.delete(running))
    return { write: (text) => withProcess(({ input }) => input.write(text)), kill: running.kill, exited }
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#container.fs.readFile(`${this.#root}/${path}`)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const { fs } = this.#container
    const target = `${this.#root}/${path}`
    const whole = `${target}.${this.#nextFile++}.part`
    return this.#queued(async () => {
      await fs.mkdir(target.slice(0, target.lastIndexOf('/')), { recursive: true })
      await fs.writeFile(whole, bytes)
      await fs.rename(whole, target)
    })
  }

  async listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    const paths = await this.#walk(directory, '')
    const files: { path: string; sizeBytes: number }[] = []
    for (let at = 0; at < paths.length; at += READS_AT_ONCE) {
      const some = paths.slice(at, at + READS_AT_ONCE)
      const read = await Promise.all(some.map((path) => this.readFile(`${directory}/${path}`)))
      for (const [i, bytes] of read.entries()) {
        if (bytes !== undefined) files.push({ path: some[i]!, sizeBytes: bytes.length })
      }
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async dispose(): Promise<void> {
    const left = [...this.#running]
    for (const process of left) process.kill()
    await Promise.race([Promise.all(left.map(({ exited }) => exited)), after(END_WITHIN_MS)])
    await this.#queued(() => this.#container.fs.rm(this.#root, { recursive: true, force: true })).catch(() => {})
  }

  async #walk(directory: string, below: string): Promise<string[]> {
    const at = `${this.#root}/${directory}${below === '' ? '' : `/${below}`}`
    const entries = await this.#container.fs.readdir(at, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    })
    const found: string[] = []
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) found.push(...(await this.#walk(directory, path)))
      else found.push(path)
    }
    return found
  }

  #queued<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#written.then(work)
    this.#written = done.catch(() => {})
    return done
  }
}

async function exitOf(process: WebContainerProcess): Promise<{ code: number | null }> {
  const code = await process.exit.catch(() => null)
  await after(DRAIN_MS)
  return { code }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes('ENOENT')
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
