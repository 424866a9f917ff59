/**
 * A `Host` on a real machine: Node's sockets and files, the real clock.
 *
 * ```ts
 * const host = createNodeHost({ name: 'broker-a', directory: 'store-a' })
 * const running = broker(host, args, { ready: () => console.log('ready'), failed: (sentence) => fail(sentence) })
 * running.stop(() => host.dispose())
 * ```
 *
 * An event costs nothing without a listener: `trace.emit` is then undefined, and no facts are computed.
 */
import { randomInt } from 'node:crypto'
import type { Application, Host } from '../host.ts'
import { KeyedRandom } from '../sim/random.ts'
import { type Emit, type Trace, type TraceEvent, traceEvent } from '../trace.ts'
import { NodeClock } from './clock.ts'
import { NodeDisk } from './disk.ts'
import { LabHosts } from './lab-hosts.ts'
import { type NetworkTls, NodeNetwork } from './network.ts'

/** How a real host is made. */
export interface NodeHostOptions {
  readonly name: string
  /** The node's own directory; made when missing. */
  readonly directory: string
  /** For repeatable draws; left out, they are different every time. */
  readonly seed?: number
  /** `lab-hosts.json` of a lab; left out, names are the operating system's and a taken port is a failure. */
  readonly labHosts?: string
  /** Gets every event the node tells; left out, `trace.emit` is undefined. */
  readonly onEvent?: (event: TraceEvent) => void
  /** Gets what an operator should read while nobody traces; left out, nobody reads it. */
  readonly onLog?: (level: string, text: string) => void
  /** Who answers what the node hands over; left out, `{"status":"CONSUME_SUCCESS"}` to all, and calls never come. */
  readonly application?: Application
  /** Learns where listeners really are. */
  readonly onListening?: (wanted: string, address: string) => void
  /** Left out, nothing is encrypted: `tls.ts`. */
  readonly tls?: NetworkTls
}

/** A real host, and the way to be rid of it. */
export interface NodeHost extends Host {
  readonly names: LabHosts
  /** Closes sockets and files and gives locks back. The program must have stopped. */
  dispose(): void
}

/** Two to the 47th: as many seeds as `randomInt` can draw. */
const SEEDS = 2 ** 47

export function createNodeHost(options: NodeHostOptions): NodeHost {
  const names = new LabHosts(options.labHosts, options.name)
  const network = new NodeNetwork(names, options.onListening ?? (() => {}), options.tls)
  const disk = new NodeDisk(options.directory)
  const random = new KeyedRandom(options.seed ?? randomInt(SEEDS))
  const clock = new NodeClock()
  return {
    name: options.name,
    clock,
    network,
    disk,
    random: { int: (stream, below) => random.stream(`${options.name}/${stream}`).int(below) },
    trace: options.onEvent === undefined ? silentTrace(options.onLog) : toldTrace(options.name, clock, options.onEvent),
    application: options.application ?? CONTENT,
    goesOn: true,
    names,
    dispose() {
      clock.dispose()
      network.dispose()
      disk.dispose()
    },
  }
}

/** Without a listener to events: only what an operator should read is passed on. */
function silentTrace(onLog: NodeHostOptions['onLog']): Trace {
  return { emit: undefined, log: (level, text) => onLog?.(level, text) }
}

/** An application that is content with everything, for servers, which hand nothing over. */
const CONTENT: Application = {
  hand: (_name, _text, answered) => void setImmediate(() => answered('{"status":"CONSUME_SUCCESS"}')),
  serve() {},
}

/** Numbers what one node tells. Causes are not known across processes: always 0. */
function toldTrace(node: string, clock: NodeClock, onEvent: (event: TraceEvent) => void): Trace {
  let n = 0
  const emit: Emit = (kind, facts) =>
    onEvent(traceEvent({ n: ++n, atMs: clock.monotonicMs(), node, kind, cause: 0 }, facts))
  return { emit, log: (level, text) => emit('log.line', { level, text }) }
}
