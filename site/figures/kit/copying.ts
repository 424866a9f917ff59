/**
 * What the bytes between a master and its slaves say. They are no frames of the remoting protocol (`reference/store/ha/ha-frames.ts`):
 * a slave reports where its log ends, a master sends bytes of its log from a position on.
 */
import type { TraceEvent, TraceEventOf } from '../../../reference/host/trace.ts'
import type { FrameInfo } from './log.ts'

/** A slave says up to where it has the log. */
export const REPORT = 'HA_REPORT'
/** A master sends bytes of its log; without bytes, a heartbeat. */
export const TRANSFER = 'HA_TRANSFER'
const REPORT_BYTES = 8
const TRANSFER_HEAD_BYTES = 12

interface Stored {
  readonly at: number
  readonly end: number
  readonly key: string
}

/** Reads a run from left to right and knows its connections for copies. */
export class Copying {
  /** Connection of each `net.opened`. */
  readonly #opened = new Map<number, number>()
  /** The slave of each connection for copies. */
  readonly #slaves = new Map<number, string>()
  /** The records of each node, in the order of their log. */
  readonly #records = new Map<string, Stored[]>()

  read(event: TraceEvent): void {
    if (event.kind === 'net.opened') this.#opened.set(event.n, event.connection)
    else if (event.kind === 'ha.connected') {
      const connection = this.#opened.get(event.cause)
      if (connection !== undefined) this.#slaves.set(connection, event.node)
    } else if (event.kind === 'record.appended') {
      const all = this.#records.get(event.node) ?? []
      const { physicalOffset: at, sizeBytes, key } = event
      while ((all.at(-1)?.end ?? 0) > at) all.pop() // a recovery has cut the log
      all.push({ at, end: at + sizeBytes, key })
      this.#records.set(event.node, all)
    }
  }

  /** What these bytes say; undefined when they are not sent over a connection for copies, or cannot be read. */
  frame({ node, connection, sizeBytes, payload }: TraceEventOf<'net.sent'>): FrameInfo | undefined {
    const slave = this.#slaves.get(connection)
    if (slave === undefined) return undefined
    const bytes = atob(payload)
    const frame = { type: 'oneway', opaque: 0, keys: [] }
    if (node === slave)
      return sizeBytes % REPORT_BYTES === 0
        ? { ...frame, name: REPORT, code: positionAt(bytes, sizeBytes - REPORT_BYTES) }
        : undefined
    if (sizeBytes < TRANSFER_HEAD_BYTES) return undefined
    const from = positionAt(bytes, 0)
    const end = from + sizeBytes - TRANSFER_HEAD_BYTES
    const within = (this.#records.get(node) ?? []).filter((one) => one.end > from && one.at < end)
    return { ...frame, name: TRANSFER, code: end, keys: within.map(({ key }) => key) }
  }
}

/** A position in a log, as eight bytes. */
function positionAt(bytes: string, at: number): number {
  let value = 0
  for (let i = at; i < at + 8; i++) value = value * 256 + bytes.charCodeAt(i)
  return value
}
