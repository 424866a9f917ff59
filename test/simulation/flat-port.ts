/**
 * A node behind a wall: everything that crosses between world and program goes through JSON text (bytes as base64), as
 * between the grader's kernel and its guest. Whatever is not numbers, text or bytes would be lost here and the run would
 * differ.
 */
import { decodeBase64, encodeBase64 } from '../../reference/common/base64.ts'
import { DiskError } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import type { NodeCalls, NodeEvents, NodePort } from '../../reference/host/sim/node-port.ts'
import { PortHost } from '../../reference/host/sim/port-host.ts'

const encode = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? { base64: encodeBase64(inner) } : inner))

const decode = (text: string): unknown =>
  JSON.parse(text, (_, inner) => (typeof inner?.base64 === 'string' ? decodeBase64(inner.base64) : inner))

/** Makes every method of `target` reachable through text only. */
function throughText<T extends object>(target: T, names: readonly string[]): T {
  const wall: Record<string, unknown> = {}
  for (const name of names) {
    wall[name] = (...args: unknown[]) => {
      const method = (target as Record<string, (...args: unknown[]) => unknown>)[name]!
      let answer: string
      try {
        answer = encode({ result: method.apply(target, decode(encode(args)) as unknown[]) })
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
        answer = encode({ code: error.code, path: error.path, message: error.message })
      }
      const { result, ...failure } = decode(answer) as {
        result: unknown
        code?: DiskError['code']
        path: string
        message: string
      }
      if (failure.code === undefined) return result
      const error = new DiskError(failure.code, failure.path, '')
      error.message = failure.message
      throw error
    }
  }
  return wall as T
}

const CALLS =
  'nowMs monotonicMs setTimer cancelTimer listen unlisten connect send closeConnection resetConnection resolve list sizeBytes openFile read write resize sync closeFile rename remove syncDirectory lock usedRatio spaceBytes randomInt traceOn emit hand answer ready failed stopped'
const EVENTS = 'start stop timer listening listenFailed accepted opened bytes drained closed synced replied called'

export function flatPort(program: Program): NodePort {
  return (calls: NodeCalls): NodeEvents => {
    const inside = { ...throughText(calls, CALLS.split(' ')), name: calls.name }
    return throughText<NodeEvents>(new PortHost(inside, program), EVENTS.split(' '))
  }
}
