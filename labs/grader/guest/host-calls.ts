/**
 * The calls that a guest makes of its host, by name: each checks what it was passed, and is a call of the simulation.
 *
 * Only texts, numbers and bytes come in and go out. What is none of the calls, or was passed something else, ends the run.
 */
import type { NodeCalls } from '../../../reference/host/sim/node-port.ts'
import type { Meter } from './meter.ts'

/** What crosses between a guest and its host. */
export type Crossing = string | number | Uint8Array | undefined

/** Makes one call. Throws what the simulation throws, and a GuestLimit with the reason `bad-action`. */
export function hostCall(calls: NodeCalls, meter: Meter, name: string, args: readonly Crossing[]): Crossing {
  const text = (i: number) =>
    typeof args[i] === 'string'
      ? args[i]
      : meter.reached('bad-action', `${calls.name} passed something that is no text to ${name}`)
  const number = (i: number) =>
    typeof args[i] === 'number'
      ? args[i]
      : meter.reached('bad-action', `${calls.name} passed something that is no number to ${name}`)
  const bytes = (i: number) =>
    args[i] instanceof Uint8Array
      ? args[i]
      : meter.reached('bad-action', `${calls.name} passed something that is no bytes to ${name}`)
  switch (name) {
    case 'nowMs': return calls.nowMs()
    case 'monotonicMs': return calls.monotonicMs()
    case 'setTimer': return calls.setTimer(number(0))
    case 'cancelTimer': return void calls.cancelTimer(number(0))
    case 'listen': return calls.listen(text(0))
    case 'unlisten': return void calls.unlisten(number(0))
    case 'connect': return calls.connect(text(0))
    case 'send': return calls.send(number(0), bytes(1))
    case 'closeConnection': return void calls.closeConnection(number(0))
    case 'resetConnection': return void calls.resetConnection(number(0))
    case 'resolve': return calls.resolve(text(0))
    case 'list': return calls.list(text(0)).join('\n')
    case 'sizeBytes': return calls.sizeBytes(text(0))
    case 'openFile': return calls.openFile(text(0))
    case 'read': return calls.read(number(0), number(1), number(2))
    case 'write': return void calls.write(number(0), number(1), bytes(2))
    case 'resize': return void calls.resize(number(0), number(1))
    case 'sync': return calls.sync(number(0))
    case 'closeFile': return void calls.closeFile(number(0))
    case 'rename': return void calls.rename(text(0), text(1))
    case 'remove': return void calls.remove(text(0))
    case 'syncDirectory': return calls.syncDirectory(text(0))
    case 'lock': return calls.lock(text(0)) ? 1 : 0
    case 'spaceBytes': return calls.spaceBytes(text(0) === 'total' ? 'total' : 'free')
    case 'usedRatioMillionths': return Math.round(calls.usedRatio() * 1_000_000)
    case 'randomInt': return calls.randomInt(text(0), number(1))
    case 'emit': return void emit(calls, text(0), text(1))
    case 'hand': return calls.hand(text(0), text(1))
    case 'answer': return void calls.answer(number(0), text(1), text(2))
    case 'ready': return void calls.ready()
    case 'failed': return void calls.failed(text(0))
    case 'stopped': return void calls.stopped()
    default: return meter.reached('bad-action', `${calls.name} asked its host for "${name.slice(0, 40)}", which there is not`)
  } // biome-ignore format: a table
}

/** What a node tells about itself is a note: flat, whole numbers and texts, or it is dropped. */
function emit(calls: NodeCalls, kind: string, json: string): void {
  const facts: unknown = JSON.parse(json)
  if (
    typeof facts !== 'object' ||
    facts === null ||
    !Object.values(facts).every((value) => typeof value === 'string' || Number.isSafeInteger(value))
  )
    return
  calls.emit(kind as 'log.line', facts as { level: string; text: string })
}
