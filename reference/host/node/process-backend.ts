/**
 * Starts real processes on this machine, for `ProcessCluster`. Each process has a separate process group. All processes run
 * in one lab directory.
 *
 * No child process continues after the end of this process. `dispose` and an ordinary exit kill every process group. When
 * this process is killed, the standard input of each child process ends. Then the launcher (`launch.ts`) in the child
 * process exits.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DRAIN_MS } from '../limits.ts'
import type { BackendProcess, ProcessBackend } from '../processes/process-backend.ts'

const LAUNCHER = fileURLToPath(new URL('./launch.ts', import.meta.url))

/** The options for the directory and the command of the processes. */
export interface NodeProcessOptions {
  /** The directory of the lab. The default is a new temporary directory. */
  readonly root?: string
  /** True to remove `root` at the end. The default is true for a temporary directory, and false for a given directory. */
  readonly removesRoot?: boolean
  /**
   * The program and its first arguments. Paths are relative to `root`. The default is the running version of Node with
   * `launch.ts` in the folder of this file.
   */
  readonly command?: readonly [program: string, ...args: string[]]
}

/** Child processes and files of one lab. */
export class NodeProcessBackend implements ProcessBackend {
  readonly root: string
  readonly #removesRoot: boolean
  readonly #command: readonly [program: string, ...args: string[]]
  readonly #children = new Set<ChildProcess>()
  readonly #killAll = () => {
    for (const child of this.#children) killGroup(child)
  }
  #nextFile = 1

  private constructor(root: string, { removesRoot = false, command }: NodeProcessOptions) {
    this.root = root
    this.#removesRoot = removesRoot
    this.#command = command ?? [process.execPath, LAUNCHER]
    process.on('exit', this.#killAll)
  }

  /** Creates the root directory, and a backend that uses this directory. */
  static async create({ root, ...options }: NodeProcessOptions = {}): Promise<NodeProcessBackend> {
    if (root === undefined)
      return new NodeProcessBackend(await mkdtemp(join(tmpdir(), 'glassmq-')), { removesRoot: true, ...options })
    await mkdir(root, { recursive: true })
    return new NodeProcessBackend(root, options)
  }

  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess {
    const [program, ...args] = this.#command
    const child = spawn(program, [...args, ...launcherArguments], {
      cwd: this.root,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText)
    child.stdin.on('error', () => {}) // the process has ended, so `exited` resolves
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

  async readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await readFile(join(this.root, path)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  async writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.root, path)
    const whole = `${target}.${this.#nextFile++}.part`
    await mkdir(dirname(target), { recursive: true })
    await writeFile(whole, bytes)
    await rename(whole, target)
  }

  async listFiles(directory: string): Promise<readonly { path: string; sizeBytes: number }[]> {
    const top = join(this.root, directory)
    const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => [])
    const files: { path: string; sizeBytes: number }[] = []
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const full = join(entry.parentPath, entry.name)
      const path = full.slice(top.length + 1).replaceAll('\\', '/')
      files.push({ path, sizeBytes: (await stat(full)).size })
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async dispose(): Promise<void> {
    const children = [...this.#children]
    this.#killAll()
    await Promise.all(children.map(onceExited))
    process.off('exit', this.#killAll)
    if (this.#removesRoot) await rm(this.root, { recursive: true, force: true })
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // the platform has no process groups, or the process has ended
  }
}

async function onceExited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  await new Promise<void>((resolve) => child.once('exit', () => resolve()))
}
