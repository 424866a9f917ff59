/**
 * The main file of every real process. The launcher creates a host, starts one program on this host, writes records and
 * reads controls.
 *
 * ```
 * node reference/host/node/launch.ts --program reference/broker/main.ts --export broker --name broker-a \
 *      --dir nodes/broker-a [options] -- program arguments …
 * ```
 *
 * | option              | means                                                                                    |
 * | ------------------- | ---------------------------------------------------------------------------------------- |
 * | `--token t`         | read controls from standard input, mark records with `t`, exit when standard input ends  |
 * | `--lab-hosts file`  | use the names in this file (`lab-hosts.ts`); when a port is in use, listen on another port |
 * | `--seed n`          | use repeatable random numbers                                                            |
 * | `--trace`           | write a record for every event of the program                                            |
 * | `--faults`          | allow faults; `--fault json` names a fault that is active from the start                 |
 * | `--undo dir`        | keep an undo record in `dir`; `--undo-only` reverts the changes that were not synced, and exits |
 *
 * Without `--token`, the process prints records but reads no controls. SIGINT and SIGTERM stop the program in the normal
 * way.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type { Fault } from '../cluster.ts'
import { asControl, type Control } from '../control.ts'
import type { Application, Host } from '../host.ts'
import { encodeLine, type Line, LineReader, RECORD_BYTES_MAX } from '../lines.ts'
import type { Program, RunningProgram } from '../program.ts'
import { NodeDisk } from './disk.ts'
import { createFaultyHost, type FaultyHost } from './faults.ts'
import { undoUnsynced } from './faulty-disk.ts'
import { createNodeHost, type NodeHost } from './node-host.ts'

type Serve = Parameters<Application['serve']>[0]

const OPTIONS = {
  program: { type: 'string' },
  export: { type: 'string', default: 'main' },
  name: { type: 'string' },
  dir: { type: 'string' },
  token: { type: 'string', default: '' },
  'lab-hosts': { type: 'string' },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  faults: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  undo: { type: 'string' },
  'undo-only': { type: 'boolean', default: false },
} as const

class Launcher {
  readonly #token: string
  readonly #handed = new Map<number, (text: string) => void>()
  #serve: Serve | undefined
  #nextHanded = 1
  #running: RunningProgram | undefined
  #real: NodeHost | undefined
  #faulty: FaultyHost | undefined
  #isEnding = false

  constructor(token: string) {
    this.#token = token
  }

  /**
   * Prints one record. The record begins with a line feed, because the program may have printed a line without a line feed.
   */
  record(line: Line): void {
    process.stdout.write(`\n${encodeLine('log', this.#token, line, RECORD_BYTES_MAX)}`)
  }

  async start(values: ReturnType<typeof readArguments>['values'], args: readonly string[]): Promise<void> {
    const { name, dir, program } = values
    if (name === undefined || dir === undefined) throw new Error('launch needs --name and --dir')
    const undo = values.undo === undefined ? undefined : new NodeDisk(values.undo)
    if (values['undo-only']) {
      if (undo === undefined) throw new Error('--undo-only needs --undo')
      undoUnsynced(new NodeDisk(dir), undo)
      process.exit(0)
    }
    if (program === undefined) throw new Error('launch needs --program')
    // create the host with the options, then start the program on this host
    this.#real = createNodeHost({
      name,
      directory: dir,
      application: this.#application(),
      onListening: (wanted, address) => this.record({ kind: 'listening', wanted, address }),
      ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
      ...(values['lab-hosts'] === undefined ? {} : { labHosts: values['lab-hosts'] }),
      ...(values.trace ? { onEvent: (event) => this.record({ kind: 'event', event }) } : {}),
    })
    const host = values.faults ? this.#breakable(this.#real, undo, values.fault) : this.#real
    const main = await loadProgram(program, values.export)
    this.#running = main(host, args, {
      ready: () => this.record({ kind: 'ready' }),
      failed: (sentence) => this.fail(sentence),
    })
  }

  control(control: Control): void {
    const { id } = control
    if (control.kind === 'ping') this.record({ kind: 'done', id })
    else if (control.kind === 'stop') this.stop()
    else if (control.kind === 'call') this.#call(id, control.name, control.text)
    else if (control.kind === 'reply') {
      this.#handed.get(control.call)?.(control.text)
      this.#handed.delete(control.call)
    } else {
      if (control.kind === 'fault') this.#faulty?.begin(control.number, control.fault)
      else this.#faulty?.heal(control.number)
      this.record({ kind: 'done', id })
    }
  }

  stop(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    const end = () => {
      this.#real?.dispose()
      this.#exit({ kind: 'stopped' }, 0)
    }
    if (this.#running === undefined) end()
    else this.#running.stop(end)
  }

  fail(sentence: string): void {
    this.#isEnding = true
    this.#exit({ kind: 'failed', sentence }, 1)
  }

  #exit(last: Line, code: number): void {
    process.stdout.write(`\n${encodeLine('log', this.#token, last, RECORD_BYTES_MAX)}`, () => process.exit(code))
  }

  #breakable(real: NodeHost, undo: NodeDisk | undefined, faults: readonly string[]): Host {
    const faulty = createFaultyHost(real, (address) => real.names.nameOf(address), undo)
    for (const text of faults) {
      const { number, fault } = JSON.parse(text) as { number: number; fault: Fault }
      faulty.begin(number, fault)
    }
    this.#faulty = faulty
    return faulty
  }

  #application(): Application {
    return {
      hand: (name, text, answered) => {
        const call = this.#nextHanded++
        this.record({ kind: 'handed', call, name, text })
        if (this.#token !== '') this.#handed.set(call, answered)
        else setImmediate(() => answered('{"status":"CONSUME_SUCCESS"}'))
      },
      serve: (handler) => {
        this.#serve = handler
      },
    }
  }

  #call(id: number, name: string, text: string): void {
    const answer = (result: string, error = '') => this.record({ kind: 'answer', id, text: result, error })
    if (this.#serve === undefined) answer('', 'this program takes no calls')
    else this.#serve(name, text, answer)
  }
}

function readArguments() {
  return parseArgs({ args: process.argv.slice(2), options: OPTIONS, allowPositionals: true })
}

async function loadProgram(path: string, exportName: string): Promise<Program> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>
  const program = module[exportName]
  if (typeof program !== 'function') throw new Error(`${path} exports no program named ${exportName}`)
  return program as Program
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

const { values, positionals } = readArguments()
const launcher = new Launcher(values.token)
process.on('uncaughtException', (error) => launcher.fail(sentenceOf(error)))
process.on('unhandledRejection', (error) => launcher.fail(sentenceOf(error)))
process.on('SIGTERM', () => launcher.stop())
process.on('SIGINT', () => launcher.stop())
if (values.token !== '') {
  const reader = new LineReader('ctl', '', (line) => {
    const control = asControl(line)
    if (control !== undefined) launcher.control(control)
  })
  process.stdin.setEncoding('utf8')
  process.stdin.on('data', (text: string) => reader.read(text))
  process.stdin.on('end', () => process.exit(0)) // the parent process has ended
  process.stdin.on('error', () => process.exit(0))
}
await launcher.start(values, positionals).catch((error: unknown) => launcher.fail(sentenceOf(error)))
