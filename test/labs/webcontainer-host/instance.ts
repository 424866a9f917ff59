/**
 * One booted instance of the stand-in: a temporary directory, the processes in it, and the calls the client makes.
 *
 * Every path a call names is resolved inside that directory; anything that would lead out of it is refused.
 */
import { type FSWatcher, mkdtempSync, realpathSync, watch } from 'node:fs'
import { mkdir, readdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { Child } from './child.ts'
import type { Quirks } from './quirks.ts'
import type { Reply } from './wire.ts'

/** A node of the JSON tree that `loadFiles` takes and `serialize` gives. */
type TreeNode = { d: Record<string, TreeNode> } | { f: { c: string; b?: true } | { l: string } }

type Tell = (head: Reply, bytes?: Uint8Array) => void

/** An answer that is bytes, not JSON. */
export class Bytes {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export class Instance {
  readonly folder: string
  readonly #number: number
  readonly #quirks: Quirks
  readonly #node: string
  readonly #tell: Tell
  readonly #children = new Map<number, Child>()
  readonly #watchers = new Map<number, FSWatcher>()

  constructor(number: number, quirks: Quirks, node: string, tell: Tell) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'glassmq-standin-')))
    this.#number = number
    this.#quirks = quirks
    this.#node = node
    this.#tell = tell
  }

  async call(name: string, args: readonly unknown[], bytes: Uint8Array): Promise<unknown> {
    const [first, second] = args as [string, unknown]
    switch (name) {
      case 'runtimeInfo':
        return { path: '/bin:/usr/bin', cwd: this.folder }
      case 'readFile': {
        const content = await readFile(await this.#at(first))
        return typeof second === 'string' ? content.toString(second as BufferEncoding) : new Bytes(content)
      }
      case 'writeFile':
        return writeFile(await this.#at(first), (args[2] as string | undefined) ?? bytes, asOptions(second))
      case 'mkdir':
        return void (await mkdir(await this.#at(first), asOptions(second)))
      case 'rm':
        return rm(await this.#at(first), asOptions(second))
      case 'rename':
        return rename(await this.#at(first), await this.#at(second as string))
      case 'readdir':
        return this.#readdir(first, second)
      case 'watch':
        return this.#watch(Number(args[0]), String(args[1]), args[2])
      case 'unwatch':
        return this.#watchers.get(Number(args[0]))?.close()
      case 'loadFiles':
        return this.#loadFiles(bytes, args[0] as { mountPoints?: string } | undefined)
      case 'serialize':
        return new Bytes(Buffer.from(JSON.stringify(await this.#tree(await this.#at(first)))))
      case 'run':
        return this.#run(Number(args[0]), args[1] as RunOptions)
      case 'write':
        return this.#children.get(Number(args[0]))?.write(String(args[1]))
      case 'kill':
        return this.#children.get(Number(args[0]))?.kill()
      case 'resize':
        return undefined
      case 'teardown':
        return this.end()
      default:
        throw new Error(`the stand-in has no ${name}`)
    }
  }

  /** Ends every process and removes the directory. */
  async end(): Promise<void> {
    for (const watcher of this.#watchers.values()) watcher.close()
    await Promise.all([...this.#children.values()].map((child) => child.end()))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** Where a path lies; refused when it, or a link on its way, leads out of the instance. */
  async #at(path: string): Promise<string> {
    const at = resolve(this.folder, path)
    let known = at
    while (known.length > this.folder.length) {
      const real = await realpath(known).catch(() => undefined)
      if (real !== undefined) {
        known = real
        break
      }
      known = dirname(known)
    }
    const isInside = (one: string) => one === this.folder || one.startsWith(this.folder + sep)
    if (!isInside(at) || !isInside(known)) throw new Error(`EACCES: ${path} leads out of the container`)
    return at
  }

  async #readdir(path: string, options: unknown): Promise<unknown> {
    const at = await this.#at(path)
    const { withFileTypes = false } = asOptions(options) as { withFileTypes?: boolean }
    if (!withFileTypes) return readdir(at)
    const entries = await readdir(at, { withFileTypes: true })
    return entries.map((entry) => ({ name: entry.name, 'Symbol(type)': entry.isDirectory() ? 2 : 1 }))
  }

  async #watch(watcher: number, path: string, options: unknown): Promise<void> {
    const seen = watch(await this.#at(path), asOptions(options), (event, filename) =>
      this.#tell({ watcher, args: [event, filename] }),
    )
    this.#watchers.set(watcher, seen)
  }

  async #loadFiles(bytes: Uint8Array, options: { mountPoints?: string } | undefined): Promise<void> {
    const at = await this.#at(options?.mountPoints ?? '.')
    if (!(await stat(at)).isDirectory()) throw new Error(`ENOTDIR: ${options?.mountPoints}`)
    if (bytes[0] !== 0x7b) throw new Error('the stand-in takes trees as JSON, not snapshots')
    await this.#put(at, JSON.parse(Buffer.from(bytes).toString()) as TreeNode)
  }

  async #put(at: string, node: TreeNode): Promise<void> {
    await this.#at(at)
    if ('d' in node) {
      await mkdir(at, { recursive: true })
      for (const [name, child] of Object.entries(node.d)) await this.#put(join(at, name), child)
    } else if ('l' in node.f) {
      await this.#at(resolve(dirname(at), node.f.l))
      await symlink(node.f.l, at)
    } else await writeFile(at, node.f.b === true ? Buffer.from(node.f.c, 'latin1') : node.f.c)
  }

  async #tree(at: string): Promise<TreeNode> {
    const d: Record<string, TreeNode> = {}
    for (const entry of await readdir(at, { withFileTypes: true })) {
      const path = join(at, entry.name)
      if (entry.isDirectory()) d[entry.name] = await this.#tree(path)
      else if (entry.isFile()) d[entry.name] = { f: { c: (await readFile(path)).toString('latin1'), b: true } }
    }
    return { d }
  }

  async #run(process: number, options: RunOptions): Promise<void> {
    const cwd = await this.#at(options.cwd ?? '.')
    const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: this.folder, ...(options.env ?? {}) }
    const about = { command: options.command, args: options.args ?? [], cwd, env, node: this.#node }
    const child = await Child.start(about, this.#quirks, {
      output: (bytes) => this.#tell({ process, event: 'output' }, bytes),
      end: () => this.#tell({ process, event: 'end' }),
      exit: (code) => this.#tell({ process, event: 'exit', code }),
      port: (port, type) => {
        const url = `http://127.0.0.1:${port}`
        this.#tell({ instance: this.#number, event: 'port', args: [port, type, url] })
        if (type === 'open') this.#tell({ instance: this.#number, event: 'server-ready', args: [port, url] })
      },
    })
    this.#children.set(process, child)
  }
}

interface RunOptions {
  readonly command: string
  readonly args?: readonly string[]
  readonly cwd?: string
  readonly env?: Record<string, string>
}

function asOptions(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
