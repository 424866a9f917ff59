/**
 * One process of the stand-in: a real child in a process group of its own, with the quirks of a container's terminal.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Quirks } from './quirks.ts'

const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url))
/** Output is collected for so long, and what a process wrote last comes so long after its exit. */
const COLLECT_MS = 2
const LATE_MS = 50
const QUIET_KILL_MS = 10_000
const SIGNAL_BASE = 128

export interface ChildEvents {
  output(bytes: Uint8Array): void
  /** The output has ended; never with `outputNeverEnds`. */
  end(): void
  exit(code: number): void
  port(port: number, type: 'open' | 'close'): void
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The executable behind `node`. */
  readonly node: string
}

export class Child {
  readonly #process: ChildProcess
  readonly #events: ChildEvents
  readonly #quirks: Quirks
  readonly #ports = new Set<number>()
  #waiting: Buffer[] = []
  #random: number
  #hasExited = false
  #isKilled = false

  /** Settles when the process runs; rejects as `spawn` does. */
  static async start(options: ChildOptions, quirks: Quirks, events: ChildEvents): Promise<Child> {
    if (options.command !== 'node' && options.command !== 'jsh') throw new Error(`spawn ${options.command} ENOENT`)
    if (quirks.unknownCommands.includes(options.command)) throw new Error(`spawn ${options.command} ENOENT`)
    const isNode = options.command === 'node'
    const args = isNode ? ['--require', PRELOAD, ...options.args] : options.args.filter((arg) => arg !== '--osc')
    const child = spawn(isNode ? options.node : 'sh', args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', ...(isNode ? (['ipc'] as const) : [])],
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    return new Child(child, quirks, events)
  }

  private constructor(child: ChildProcess, quirks: Quirks, events: ChildEvents) {
    this.#process = child
    this.#quirks = quirks
    this.#events = events
    this.#random = quirks.seed
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes: Buffer) => this.#collect(bytes))
    child.stdin!.on('error', () => {})
    child.on('error', () => {})
    child.on('message', (message) => this.#port(message as { port: number; type: 'open' | 'close' }))
    child.on('exit', (code, signal) => {
      this.#hasExited = true
      for (const port of this.#ports) this.#events.port(port, 'close')
      const isTold = !(this.#isKilled && this.#quirks.exitNeverTold)
      if (isTold) this.#events.exit(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]))
    })
    child.on('close', () => {
      if (this.#quirks.outputNeverEnds) return
      this.#flush()
      this.#events.end()
    })
  }

  write(text: string): void {
    const typed = this.#quirks.isTerminal ? text.replaceAll('\r', '\n') : text
    if (this.#quirks.isTerminal) this.#collect(Buffer.from(typed))
    this.#process.stdin!.write(typed)
  }

  kill(): void {
    this.#isKilled = true
    if (!this.#quirks.quietKill) return this.#signal('SIGKILL')
    this.#signal('SIGSTOP')
    setTimeout(() => this.#signal('SIGKILL'), QUIET_KILL_MS).unref()
  }

  /** Ends it whatever the quirks say. */
  end(): Promise<void> {
    if (this.#hasExited) return Promise.resolve()
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()))
    this.#signal('SIGKILL')
    return gone
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#hasExited) return
    try {
      process.kill(-this.#process.pid!, signal)
    } catch {
      // it is gone
    }
  }

  #port(message: { readonly port: number; readonly type: 'open' | 'close' }): void {
    if (message.type === 'open') this.#ports.add(message.port)
    else this.#ports.delete(message.port)
    this.#events.port(message.port, message.type)
  }

  #collect(bytes: Buffer): void {
    const isLate = this.#hasExited && this.#quirks.outputNeverEnds
    if (this.#waiting.push(bytes) === 1) setTimeout(() => this.#flush(), isLate ? LATE_MS : COLLECT_MS)
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const collected = Buffer.concat(this.#waiting)
    this.#waiting = []
    const bytes = this.#quirks.isTerminal ? withCarriageReturns(collected) : collected
    if (!this.#quirks.splitsOutput) return this.#events.output(bytes)
    const cut = this.#draw(bytes.length + 1)
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) if (part.length > 0) this.#events.output(part)
  }

  #draw(below: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0
    return this.#random % below
  }
}

function withCarriageReturns(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}
