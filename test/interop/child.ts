/**
 * A child process on a leash: its own process group, its output as lines, a limit on every wait.
 *
 * All processes that the interoperability tests start go through here, so that none is left: each still running one is
 * killed with its whole group when this process exits or is interrupted. If this process is itself killed outright,
 * Java children notice the end of their standard input and halt (see java/driver's Server and Driver).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The lines of output kept for an error message. */
const LINES_KEPT = 60

/** How a child is started. */
export interface ChildOptions {
  /** What error messages call it, such as `official broker 5.3.3`. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A running child process. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** Settles with the exit code, or the signal's name, once the process is gone. */
  readonly exited: Promise<number | string>
  readonly isRunning: boolean
  /** The last lines it printed on either stream. */
  readonly lastLines: readonly string[]
  /** Hands every further line of standard output to `listener`. */
  onLine(listener: (line: string) => void): void
  /** Resolves with the first line of standard output that holds `text`; rejects when it exits or `limitMs` pass first. */
  waitForLine(text: string, limitMs: number): Promise<string>
  /** Writes one line to its standard input; does nothing once it is gone. */
  writeLine(line: string): void
  /** Ends its standard input. */
  endInput(): void
  /** SIGTERM, and SIGKILL after `limitMs`; resolves when it is gone. */
  stop(limitMs?: number): Promise<void>
  /** SIGKILL to the whole group; resolves when it is gone. */
  kill(): Promise<void>
}

const running = new Map<number, string>()
let watching = false

/** The names of the children that still run, for tests that assert that none is left. */
export function runningChildren(): string[] {
  return [...running.values()]
}

/**
 * Starts a process in a group of its own.
 *
 * @throws {Error} when the command cannot be started at all
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  watchForExit()
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(new Error(`cannot start ${options.name}: ${error.message}`)))
  })
  return new LeashedChild(options.name, child)
}

class LeashedChild implements Child {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<number | string>
  readonly lastLines: string[] = []
  isRunning = true
  private readonly child: ChildProcess
  private readonly listeners: ((line: string) => void)[] = []

  constructor(name: string, child: ChildProcess) {
    this.name = name
    this.child = child
    this.pid = child.pid ?? 0
    running.set(this.pid, name)
    child.stdin?.on('error', () => {}) // EPIPE when it is gone; its exit tells
    this.exited = new Promise((resolve) => {
      // 'close', not 'exit': the last lines are in by then.
      child.once('close', (code, signal) => {
        this.isRunning = false
        running.delete(this.pid)
        resolve(code ?? signal ?? 0)
      })
    })
    this.readLines(child.stdout, true)
    this.readLines(child.stderr, false)
  }

  private readLines(stream: NodeJS.ReadableStream | null, isStdout: boolean): void {
    if (!stream) return
    createInterface({ input: stream }).on('line', (line) => {
      this.lastLines.push(line)
      if (this.lastLines.length > LINES_KEPT) this.lastLines.shift()
      if (!isStdout) return
      for (const listener of [...this.listeners]) listener(line)
    })
  }

  onLine(listener: (line: string) => void): void {
    this.listeners.push(listener)
  }

  async waitForLine(text: string, limitMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer)
        const at = this.listeners.indexOf(listener)
        if (at >= 0) this.listeners.splice(at, 1)
      }
      const fail = (what: string): void => {
        done()
        reject(new Error(`${this.name} ${what} before it printed "${text}"\n${this.tail()}`))
      }
      const listener = (line: string): void => {
        if (!line.includes(text)) return
        done()
        resolve(line)
      }
      const timer = setTimeout(() => fail(`took more than ${limitMs} ms`), limitMs)
      this.listeners.push(listener)
      void this.exited.then((how) => fail(`ended (${how})`))
    })
  }

  private tail(): string {
    return this.lastLines
      .slice(-20)
      .map((line) => `  | ${line}`)
      .join('\n')
  }

  writeLine(line: string): void {
    if (this.isRunning) this.child.stdin?.write(`${line}\n`)
  }

  endInput(): void {
    this.child.stdin?.end()
  }

  async stop(limitMs = 15_000): Promise<void> {
    if (!this.isRunning) return
    signalGroup(this.pid, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(this.pid, 'SIGKILL'), limitMs)
    await this.exited
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    if (!this.isRunning) return
    signalGroup(this.pid, 'SIGKILL')
    await this.exited
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (pid <= 0) return
  try {
    process.kill(-pid, signal)
  } catch {
    // ESRCH: the group is gone, which is what was wanted.
  }
}

function watchForExit(): void {
  if (watching) return
  watching = true
  process.on('exit', () => {
    for (const pid of running.keys()) signalGroup(pid, 'SIGKILL')
  })
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code))
  }
}
