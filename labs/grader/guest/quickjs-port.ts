/**
 * One node of a graded run inside QuickJS: the kernel outside, the program inside, one function between them.
 *
 * | outside (trusted)                        | inside (the learner's)                       |
 * | ---------------------------------------- | -------------------------------------------- |
 * | clock, network, disk, history, checks     | the node's modules, linked fresh each life    |
 * | counts fuel, actions, bytes               | may loop, allocate, recurse: ends by a count  |
 *
 * A life is a runtime of its own, so two nodes meet only on the simulated wire, and a crash really forgets. Outside, only
 * primitives and ArrayBuffers are read from the guest, after a type check that runs no guest code.
 *
 * The host's counters decide, not the error that comes out: a guest can catch or lose an error, never a count.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten'
import { DiskError } from '../../../reference/host/host.ts'
import { SimulationLimit } from '../../../reference/host/sim/limits.ts'
import type { NodeCalls, NodeEvents, NodePort } from '../../../reference/host/sim/node-port.ts'
import { GuestLimit, reasonOf } from '../../judge/run-check.ts'
import { HARDEN } from '../../program/harden.ts'
import { factoryText } from '../../program/link.ts'
import * as limits from '../limits.ts'
import { CAUGHT } from './count-catches.ts'
import {
  type GuestImage,
  type GuestMemories,
  type GuestMemory,
  imageOf,
  isFull,
  type Prepared,
  putImage,
} from './guest-image.ts'
import { GUEST_LINKER } from './guest-linker.ts'
import { type Crossing, hostCall } from './host-calls.ts'
import type { Meter } from './meter.ts'

/** The port of a program in guests. The first life loads its modules, and the others begin with the memory that this left. */
export function quickJsPort(program: Prepared, meter: Meter, memories: GuestMemories): NodePort {
  return async (calls) => new Guest(await memories.make(program.image), program, calls, meter)
}

class Guest implements NodeEvents {
  readonly #calls: NodeCalls
  readonly #meter: Meter
  readonly #memory: GuestMemory
  readonly #runtime: QuickJSRuntime
  readonly #context: QuickJSContext
  readonly #deliver: QuickJSHandle
  #stepFuel = 0
  #stepCatches = 0
  #actions = 0
  #bytes = 0

  constructor(memory: GuestMemory, program: Prepared, calls: NodeCalls, meter: Meter) {
    this.#calls = calls
    this.#meter = meter
    this.#memory = memory
    this.#runtime = memory.quickjs.newRuntime()
    this.#runtime.setMemoryLimit(limits.GUEST_HEAP_BYTES)
    this.#runtime.setMaxStackSize(limits.GUEST_STACK_BYTES)
    this.#runtime.setInterruptHandler(() => this.#burn())
    this.#context = this.#runtime.newContext()
    this.#installCalls()
    // up to here every life makes the same calls, so what these handles point to lies at the same places in the image
    if (program.image === undefined) program.image = this.#load(program)
    else this.#continueFrom(program.image)
    this.#run(`__boot(${JSON.stringify(calls.name)}, ${calls.traceOn() ? 1 : 0})`, 'boot.js')
    this.#deliver = this.#context.getProp(this.#context.global, '__deliver')
  }

  // ---- loading -----------------------------------------------------------------------------------------------------

  /** Runs every module of the program. Nothing of this life has reached the guest yet, so each life would do the same. */
  #load({ modules, entry }: Prepared): GuestImage {
    const before = { fuel: this.#meter.fuel, catches: this.#meter.catches, mostOfAStep: this.#meter.mostOfAStep }
    this.#meter.mostOfAStep = 0
    for (const [path, code] of [
      ['harden.js', HARDEN],
      ['linker.js', GUEST_LINKER],
    ] as const)
      this.#evaluate(code, path)
    for (const [path, code] of Object.entries(modules))
      this.#evaluate(`__define(${JSON.stringify(path)}, ${factoryText(code)})`, path)
    this.#evaluate(`__link(${JSON.stringify(entry)})`, 'boot.js')
    const { fuel, catches, mostOfAStep } = this.#meter
    this.#meter.mostOfAStep = Math.max(before.mostOfAStep, mostOfAStep)
    return imageOf(this.#memory, {
      fuel: fuel - before.fuel,
      catches: catches - before.catches,
      mostOfAStep,
      stepFuel: this.#stepFuel,
      stepCatches: this.#stepCatches,
    })
  }

  /** Puts the memory of a life that has loaded the same modules in the place of loading them; its work is counted again. */
  #continueFrom(image: GuestImage): void {
    putImage(this.#memory, image)
    this.#meter.fuel += image.used.fuel
    this.#meter.catches += image.used.catches
    this.#meter.mostOfAStep = Math.max(this.#meter.mostOfAStep, image.used.mostOfAStep)
    this.#stepFuel = image.used.stepFuel
    this.#stepCatches = image.used.stepCatches
    this.#checkCatches()
    this.#checkFuel('loading boot.js')
  }

  // ---- limits ------------------------------------------------------------------------------------------------------

  /** Called by QuickJS from time to time; true stops the guest. */
  #burn(): boolean {
    this.#meter.fuel++
    this.#meter.mostOfAStep = Math.max(this.#meter.mostOfAStep, ++this.#stepFuel)
    return (
      this.#meter.hit !== undefined || this.#stepFuel > limits.FUEL_PER_STEP || this.#meter.fuel > limits.FUEL_PER_RUN
    )
  }

  /** The guest has caught an error (`count-catches.ts`). */
  #caught(): void {
    this.#stepCatches++
    this.#meter.catches++
    this.#checkCatches()
  }

  #checkCatches(): void {
    if (this.#stepCatches > limits.CATCHES_PER_STEP)
      this.#meter.reached(
        'fuel',
        `${this.#calls.name} caught more than ${limits.CATCHES_PER_STEP} errors during one event`,
      )
    if (this.#meter.catches > limits.CATCHES_PER_RUN)
      this.#meter.reached('fuel', `the run caught more than ${limits.CATCHES_PER_RUN} errors`)
  }

  /** After guest code: a limit that was passed ends the run, whatever the guest made of it. */
  #checkFuel(doing: string): void {
    if (this.#stepFuel > limits.FUEL_PER_STEP)
      this.#meter.reached(
        'fuel',
        `${this.#calls.name} did not return from ${doing}: it used more than ${limits.FUEL_PER_STEP} units of fuel on one event`,
      )
    if (this.#meter.fuel > limits.FUEL_PER_RUN)
      this.#meter.reached('fuel', `the run used more than ${limits.FUEL_PER_RUN} units of fuel`)
  }

  #count(args: readonly Crossing[]): void {
    this.#actions++
    for (const arg of args) if (arg instanceof Uint8Array || typeof arg === 'string') this.#bytes += arg.length
    if (this.#actions > limits.ACTIONS_PER_STEP)
      this.#meter.reached(
        'bad-action',
        `${this.#calls.name} asked its host for more than ${limits.ACTIONS_PER_STEP} things during one event`,
      )
    if (this.#bytes > limits.BYTES_PER_STEP)
      this.#meter.reached(
        'bad-action',
        `${this.#calls.name} sent and wrote more than ${limits.BYTES_PER_STEP} bytes during one event`,
      )
  }

  // ---- into the guest ----------------------------------------------------------------------------------------------

  /** Runs code with fuel of its own. */
  #evaluate(code: string, path: string): void {
    this.#stepFuel = 0
    this.#run(code, path)
  }

  #run(code: string, path: string): void {
    const result = this.#context.evalCode(code, path)
    if (result.error !== undefined) {
      const sentence = this.#sentence(result.error)
      result.error.dispose()
      this.#checkFuel(`loading ${path}`)
      throw this.#guestError(sentence)
    }
    result.value.dispose()
  }

  /** The message of a guest's error, read without running its code for more than its fuel. */
  #sentence(error: QuickJSHandle): string {
    const dumped: unknown = this.#context.dump(error)
    if (typeof dumped === 'object' && dumped !== null && 'message' in dumped) {
      const { name, message } = dumped as { name?: unknown; message?: unknown }
      const [kind, words] = [typeof name === 'string' ? name : 'Error', typeof message === 'string' ? message : '']
      return `${kind.slice(0, limits.ERROR_NAME_CHARACTERS)}: ${words.slice(0, limits.ERROR_MESSAGE_CHARACTERS)}`
    }
    return String(dumped).slice(0, limits.ERROR_MESSAGE_CHARACTERS)
  }

  #event(name: string, ...args: (string | number | Uint8Array)[]): void {
    if (this.#meter.hit !== undefined) throw this.#meter.hit
    this.#stepFuel = 0
    this.#stepCatches = 0
    this.#actions = 0
    this.#bytes = 0
    const handles = [name, ...args].map((value) => this.#handle(value))
    const result = this.#context.callFunction(this.#deliver, this.#context.undefined, ...handles)
    for (const handle of handles) handle.dispose()
    const failure = result.error === undefined ? '' : this.#sentence(result.error)
    if (result.error === undefined) result.value.dispose()
    else result.error.dispose()
    this.#checkFuel(name)
    if (this.#meter.hit !== undefined) throw this.#meter.hit
    if (failure !== '') throw this.#guestError(failure)
    this.#runJobs(name)
  }

  /** Promises settle before the event counts as handled. */
  #runJobs(doing: string): void {
    for (let jobs = 0; this.#runtime.hasPendingJob(); jobs++) {
      if (jobs > limits.JOBS_PER_STEP)
        this.#meter.reached(
          'fuel',
          `${this.#calls.name} made more than ${limits.JOBS_PER_STEP} promises settle after ${doing}`,
        )
      const result = this.#runtime.executePendingJobs(1)
      const failure = result.error === undefined ? '' : this.#sentence(result.error)
      result.dispose()
      this.#checkFuel(doing)
      if (failure !== '') throw this.#guestError(failure)
    }
  }

  #guestError(sentence: string): Error {
    const limit = this.#limitIn(sentence)
    if (limit === undefined) return guestThrew(sentence)
    this.#meter.hit ??= limit
    return limit
  }

  #limitIn(sentence: string): GuestLimit | undefined {
    // when nothing is left for an error either, QuickJS throws null
    if (/out of memory|string too long/i.test(sentence) || (sentence === 'null' && isFull(this.#memory)))
      return new GuestLimit('memory', `${this.#calls.name} used more memory than a node of a lab may`)
    if (/stack overflow|too much recursion|Maximum call stack/i.test(sentence))
      return new GuestLimit('stack', `${this.#calls.name} called itself too deeply`)
    return undefined
  }

  #handle(value: string | number | Uint8Array): QuickJSHandle {
    if (typeof value === 'string') return this.#context.newString(value)
    if (typeof value === 'number') return this.#context.newNumber(value)
    return this.#context.newArrayBuffer(
      value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer,
    )
  }

  // ---- out of the guest --------------------------------------------------------------------------------------------

  #installCalls(): void {
    const context = this.#context
    const call = context.newFunction('__call', (...handles) => {
      const [name = '', ...args] = handles.map((handle) => this.#primitive(handle))
      try {
        this.#count(args)
        return this.#answer(hostCall(this.#calls, this.#meter, String(name), args))
      } catch (error) {
        if (error instanceof DiskError)
          // not \u0000: a text of QuickJS ends there on its way in
          return context.newString(`\u0001${error.code}\u0001${error.path}\u0001${error.message}`)
        if (error instanceof SimulationLimit) this.#meter.hit ??= new GuestLimit(reasonOf(error), error.message)
        // the meter remembers a limit
        throw error instanceof GuestLimit || error instanceof SimulationLimit ? new Error(error.message) : error
      }
    })
    context.setProp(context.global, '__call', call)
    call.dispose()
    const caught = context.newFunction(CAUGHT, () => this.#caught())
    context.defineProp(context.global, CAUGHT, { value: caught, configurable: false, enumerable: false })
    caught.dispose()
  }

  /** Only primitives and ArrayBuffers cross; the checks are QuickJS's own and run nothing of the guest. */
  #primitive(handle: QuickJSHandle): Crossing {
    switch (this.#context.typeof(handle)) {
      case 'string':
        return this.#context.getString(handle)
      case 'number':
        return this.#context.getNumber(handle)
      case 'undefined':
        return undefined
      default: {
        const buffer = this.#context.getArrayBuffer(handle)
        const bytes = buffer.value.slice()
        buffer.dispose()
        return bytes
      }
    }
  }

  #answer(value: Crossing): QuickJSHandle {
    return value === undefined ? this.#context.undefined : this.#handle(value)
  }

  // ---- events ------------------------------------------------------------------------------------------------------

  start(args: readonly string[]): void {
    this.#event('start', JSON.stringify(args))
  }
  stop(): void {
    this.#event('stop')
  }
  timer(timer: number): void {
    this.#event('timer', timer)
  }
  listening(listener: number, address: string): void {
    this.#event('listening', listener, address)
  }
  listenFailed(listener: number, reason: string): void {
    this.#event('listenFailed', listener, reason)
  }
  accepted(listener: number, connection: number, remoteAddress: string, localAddress: string): void {
    this.#event('accepted', listener, connection, remoteAddress, localAddress)
  }
  opened(connection: number, localAddress: string, remoteAddress: string): void {
    this.#event('opened', connection, localAddress, remoteAddress)
  }
  bytes(connection: number, bytes: Uint8Array): void {
    this.#event('bytes', connection, bytes)
  }
  drained(connection: number): void {
    this.#event('drained', connection)
  }
  closed(connection: number, reason: string): void {
    this.#event('closed', connection, reason)
  }
  synced(sync: number, error: string): void {
    this.#event('synced', sync, error)
  }
  replied(call: number, text: string): void {
    this.#event('replied', call, text)
  }
  called(call: number, name: string, text: string): void {
    this.#event('called', call, name, text)
  }
}

/** An error of the guest, with the name it had there, so that outside it is told like any other. */
function guestThrew(sentence: string): Error {
  const [, name = 'Error', message = sentence] = /^(\w+): (.*)$/s.exec(sentence) ?? []
  const error = new Error(message)
  error.name = name
  return error
}
