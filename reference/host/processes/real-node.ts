/**
 * One real process of a `ProcessCluster`. `RealNode` reads the records of the process, writes controls to the process, and
 * reports how the process ended.
 *
 * ```
 * spawned ──ready──> running ──stop──> stopped        ended: `returned`
 *    └──failed, uncaught──> exit code 1                `failed`
 *    └──kill──> gone                                   `killed`, `powercut`; not gone in time: `lost`
 *    └──no answer to a ping──> killed                  `runaway`
 * ```
 */
import type { Fault, NodeExit } from '../cluster.ts'
import { type Control, numberField, textField } from '../control.ts'
import { CONTROL_BYTES_MAX, encodeLine, type Line, LineReader } from '../lines.ts'
import type { TraceEvent } from '../trace.ts'
import type { BackendProcess, ProcessBackend } from './process-backend.ts'

/** The callbacks for the events of the node. */
export interface RealNodeOwner {
  ready(): void
  ended(exit: NodeExit): void
  listening(wanted: string, address: string): void
  /** Called when the node passes a text to its application. Returns the answer of the application. */
  handed(name: string, text: string): string
  told(event: TraceEvent): void
}

/** The answer to one call. `error` is '' or one sentence. */
export interface Answer {
  readonly text: string
  readonly error: string
}

type Order =
  | { readonly kind: 'fault'; readonly number: number; readonly fault: Fault }
  | { readonly kind: 'heal'; readonly number: number }
  | { readonly kind: 'ping' }

/** The number of last printed lines that are kept, except records. When the node fails, these lines are shown. */
const LAST_LINES = 10

/** One process of a cluster. */
export class RealNode {
  /** The secret in the records of this node. A line without the secret is not a record, even if it looks like a record. */
  readonly token: string
  readonly ready: Promise<void>
  readonly exited: Promise<true>
  isReady = false
  readonly #owner: RealNodeOwner
  readonly #calls = new Map<number, (answer: Answer) => void>()
  readonly #lastLines: string[] = []
  #process: BackendProcess | undefined
  #nextId = 1
  #becomeReady!: () => void
  #becomeExited!: (value: true) => void
  #wanted: NodeExit | undefined
  #sentence = ''
  #hasEnded = false
  #watchdog: ReturnType<typeof setTimeout> | undefined

  constructor(owner: RealNodeOwner) {
    this.#owner = owner
    this.token = randomToken()
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve
    })
    this.exited = new Promise((resolve) => {
      this.#becomeExited = resolve
    })
  }

  spawn(backend: ProcessBackend, launcherArguments: readonly string[], watchdogMs: number): void {
    const reader = new LineReader(
      'log',
      this.token,
      (line) => this.#read(line),
      (text) => this.#other(text),
    )
    this.#process = backend.spawn(launcherArguments, (text) => reader.read(text))
    void this.#process.exited.then(({ code }) => {
      reader.end()
      this.#ended(code)
    })
    if (this.#wanted !== undefined) this.#process.kill()
    this.#watch(watchdogMs)
  }

  /** Asks the program to stop. */
  stop(): void {
    this.#wanted = { how: 'returned', reason: '' }
    this.#write({ kind: 'stop', id: this.#nextId++ })
  }

  /** Ends the process at once. */
  end(how: NodeExit['how'], reason: string): void {
    this.#wanted = { how, reason }
    this.#process?.kill()
  }

  /** Ends the node as `lost`. Called when the process was killed, but its end is not confirmed. */
  giveUp(): void {
    this.#wanted = { how: 'lost', reason: 'it was killed, and its end was not confirmed' }
    this.#ended(null)
  }

  /** Calls the program. Resolves with its answer, or with an `error` when the node ends before the answer. Never rejects. */
  call(name: string, text: string): Promise<Answer> {
    return new Promise((resolve) => {
      const id = this.#nextId++
      this.#calls.set(id, resolve)
      this.#write({ kind: 'call', id, name, text })
    })
  }

  /** Sends a control to the launcher. Resolves when the launcher has executed the control, or when the node has ended. */
  async order(order: Order): Promise<void> {
    await new Promise<Answer>((resolve) => {
      const id = this.#nextId++
      this.#calls.set(id, resolve)
      this.#write({ ...order, id } as Control)
    })
  }

  #write(control: Control): void {
    if (!this.#hasEnded) this.#process?.write(encodeLine('ctl', '', { ...control }, CONTROL_BYTES_MAX))
  }

  #read(line: Line): void {
    if (this.#hasEnded) return
    if (line.kind === 'ready') {
      this.isReady = true
      this.#owner.ready()
      this.#becomeReady()
    } else if (line.kind === 'failed') this.#sentence = textField(line, 'sentence')
    else if (line.kind === 'listening') this.#owner.listening(textField(line, 'wanted'), textField(line, 'address'))
    else if (line.kind === 'event') this.#owner.told(line['event'] as TraceEvent)
    else if (line.kind === 'handed') {
      const text = this.#owner.handed(textField(line, 'name'), textField(line, 'text'))
      this.#write({ kind: 'reply', id: this.#nextId++, call: numberField(line, 'call'), text })
    } else if (line.kind === 'answer' || line.kind === 'done') {
      const id = numberField(line, 'id')
      this.#calls.get(id)?.({ text: textField(line, 'text'), error: textField(line, 'error') })
      this.#calls.delete(id)
    }
  }

  #other(text: string): void {
    this.#lastLines.push(text)
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift()
  }

  /** Pings the node at intervals, to check that its event loop runs. */
  #watch(watchdogMs: number): void {
    void this.ready.then(async () => {
      while (!this.#hasEnded) {
        this.#watchdog = setTimeout(() => this.end('runaway', `it did not answer for ${watchdogMs} ms`), watchdogMs)
        await this.order({ kind: 'ping' })
        clearTimeout(this.#watchdog)
        if (!this.#hasEnded) {
          await new Promise((resolve) => {
            this.#watchdog = setTimeout(resolve, watchdogMs / 4)
          })
        }
      }
    })
  }

  #ended(code: number | null): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.isReady = false
    clearTimeout(this.#watchdog)
    const exit = this.#exit(code)
    const error = `the node ended (${exit.how}${exit.reason === '' ? '' : `: ${exit.reason}`}) before it answered`
    for (const answer of this.#calls.values()) answer({ text: '', error })
    this.#calls.clear()
    this.#owner.ended(exit)
    this.#becomeExited(true)
  }

  #exit(code: number | null): NodeExit {
    const wanted = this.#wanted
    if (wanted !== undefined && wanted.how !== 'returned') return wanted
    if (code === 0) return { how: 'returned', reason: '' }
    const told = this.#sentence || this.#lastLines.join('\n')
    return { how: 'failed', reason: told || `its process ended with code ${code}` }
  }
}

/** Returns a new secret. A program cannot print such a secret by accident. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
