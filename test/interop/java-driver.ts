/**
 * The driver of the official Java client as a process: commands go in and events come out as lines of JSON (java/driver).
 */
import { type Child, startChild } from './child.ts'
import { type JavaHome, type JvmTuning, javaHome } from './java-home.ts'
import { javaCommand, javaPeers, type RocketmqLine } from './java-toolchain.ts'

const START_LIMIT_MS = 30_000

/** One event of the driver: the fields of one line of JSON. */
export type DriverEvent = Record<string, unknown>

interface Operation {
  readonly name: string
  readonly resolve: (done: DriverEvent) => void
  readonly reject: (error: Error) => void
  readonly onEvent: (event: DriverEvent) => void
}

/** One driver JVM. It numbers the commands, and hands each event to the operation that it belongs to. */
export class Driver {
  private readonly child: Child
  private readonly home: JavaHome
  private readonly operations = new Map<number, Operation>()
  private lastId = 0

  private constructor(child: Child, home: JavaHome) {
    this.child = child
    this.home = home
    child.onLine((line) => this.receive(line))
    void child.exited.then((how) =>
      this.failAll(`${child.name} ended (${how})\n${child.lastLines.slice(-15).join('\n')}`),
    )
  }

  static async start(
    line: RocketmqLine,
    name: string,
    tuning: JvmTuning = 'quick',
    flags: readonly string[] = [],
  ): Promise<Driver> {
    const home = javaHome({ line, purpose: 'java-client', heapMiB: { min: 64, max: 512 }, tuning })
    const classPath = (await javaPeers())[line].clientClassPath
    const child = await startChild({
      name,
      command: await javaCommand(),
      args: [...home.flags, ...flags, '-cp', classPath, 'glassmq.interop.Driver'],
      cwd: home.path,
      env: home.env,
    })
    const driver = new Driver(child, home)
    await child.waitForLine('"event":"started"', START_LIMIT_MS)
    return driver
  }

  get isRunning(): boolean {
    return this.child.isRunning
  }

  run(
    op: string,
    options: object,
    limitMs: number,
    onEvent: (event: DriverEvent) => void = () => {},
  ): Promise<DriverEvent> {
    return this.begin(op, options, limitMs, onEvent).done
  }

  begin(
    op: string,
    options: object,
    limitMs: number,
    onEvent: (event: DriverEvent) => void,
  ): { id: number; done: Promise<DriverEvent> } {
    const id = ++this.lastId
    const done = new Promise<DriverEvent>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.operations.delete(id)
        this.stopOperation(id)
        reject(new Error(`${this.child.name}: ${op} took more than ${limitMs} ms\n${this.home.logTail()}`))
      }, limitMs)
      this.operations.set(id, {
        name: op,
        resolve: (event) => {
          clearTimeout(timer)
          resolve(event)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
        onEvent,
      })
    })
    if (this.child.isRunning) this.child.writeLine(JSON.stringify({ id, op, ...options }))
    else this.failAll(`${this.child.name} is not running`)
    return { id, done }
  }

  stopOperation(target: number): void {
    this.child.writeLine(JSON.stringify({ op: 'stop', target }))
  }

  private receive(line: string): void {
    if (!line.startsWith('{')) return
    const event = JSON.parse(line) as DriverEvent
    const id = Number(event['id'])
    const operation = this.operations.get(id)
    if (!operation) return
    if (event['event'] === 'done') {
      this.operations.delete(id)
      operation.resolve(event)
    } else if (event['event'] === 'failed') {
      this.operations.delete(id)
      operation.reject(
        new Error(`${this.child.name}: ${operation.name} failed: ${event['message']}\n${event['trace']}`),
      )
    } else {
      operation.onEvent(event)
    }
  }

  private failAll(why: string): void {
    for (const operation of this.operations.values()) operation.reject(new Error(why))
    this.operations.clear()
  }

  /** Ends the driver by ending its input; it halts at once, so running operations fail. */
  async stop(): Promise<void> {
    this.child.endInput()
    await this.child.stop()
    this.home.remove()
  }

  async kill(): Promise<void> {
    await this.child.kill()
    this.home.remove()
  }
}
