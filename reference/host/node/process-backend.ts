/**
 * Real processes on this machine, for `ProcessCluster`: children in process groups of their own, in one lab directory.
 *
 * Nothing is left behind: `dispose` kills every group; if this process dies without it, each child's standard input ends
 * and its launcher exits; on an ordinary exit the groups are killed as well.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BackendProcess, ProcessBackend } from '../processes/process-backend.ts'

/** After the exit of a process, how long its output may still come. */
const DRAIN_MS = 200

const LAUNCHER = fileURLToPath(new URL('./launch.ts', import.meta.url))

export class NodeProcessBackend implements ProcessBackend {
  readonly root: string
  readonly #isOwnRoot: boolean
  readonly #children = new Set<ChildProcess>()
  readonly #killAll = () => {
    for (const child of this.#children) killGroup(child)
  }
  #nextFile = 1

  private constructor(root: string, isOwnRoot: boolean) {
    this.root = root
    this.#isOwnRoot = isOwnRoot
    process.on('exit', this.#killAll)
  }

  /** Over an existing directory, or (left out) over a temporary one that `dispose` removes. */
  static async create(root?: string): Promise<NodeProcessBackend> {
    if (root === undefined) return new NodeProcessBackend(await mkdtemp(join(tmpdir(), 'glassmq-')), true)
    await mkdir(root, { recursive: true })
    return new NodeProcessBackend(root, false)
  }

  spawn(launcherArguments: readonly string[], onText: (text: string) => void): BackendProcess {
    const child = spawn(process.execPath, [LAUNCHER, ...launcherArguments], {
      cwd: this.root,
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
    await Promise.all(
      children.map((child) => (child.exitCode !== null || child.signalCode !== null ? undefined : onceExited(child))),
    )
    process.off('exit', this.#killAll)
    if (this.#isOwnRoot) await rm(this.root, { recursive: true, force: true })
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

function onceExited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()))
}
