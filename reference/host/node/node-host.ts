/**
 * A `Host` on a real machine: Node's sockets and files, the real clock.
 *
 * ```ts
 * const host = createNodeHost({ name: 'broker-a', directory: 'store-a' })
 * const running = broker(host, args, { ready: () => console.log('ready'), failed: (sentence) => fail(sentence) })
 * running.stop(() => host.dispose())
 * ```
 *
 * Without a trace listener `trace.emit` is undefined, and no event is built.
 */
import { randomInt } from 'node:crypto'
import { decodeLongTextsBy } from '../../common/utf8.ts'
import type { Application, Host } from '../host.ts'
import { KeyedRandom } from '../sim/random.ts'
import { type Emit, type Trace, type TraceEvent, traceEvent } from '../trace.ts'
import { NodeClock } from './clock.ts'
import { NodeDisk } from './disk.ts'
import { LabHosts } from './lab-hosts.ts'
import { type NetworkTls, NodeNetwork } from './network.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
decodeLongTextsBy((bytes) => utf8.decode(bytes))

/** How a real host is made. */
export interface NodeHostOptions {
  readonly name: string
  /** The node's directory; made when it is missing. */
  readonly directory: string
  /** Makes draws repeatable; without it they differ in each run. */
  readonly seed?: number
  /** `lab-hosts.json` of a lab; without it the operating system resolves names, and a port in use is a failure. */
  readonly labHosts?: string
  /** Called with every event of the node; without it `trace.emit` is undefined. */
  readonly onEvent?: (event: TraceEvent) => void
  /** Called with what an operator should read when there is no trace. */
  readonly onLog?: (level: string, text: string) => void
  /** Answers what the node hands over. Without it every answer is `{"status":"CONSUME_SUCCESS"}`, and there are no calls. */
  readonly application?: Application
  /** Called with the real address of each listener. */
  readonly onListening?: (wanted: string, address: string) => void
  /** How connections are encrypted: `tls.ts`. Default: not at all. */
  readonly tls?: NetworkTls
}

/** A real host that can be disposed of. */
export interface NodeHost extends Host {
  readonly names: LabHosts
  /** Closes sockets and files and releases locks. The program must have stopped. */
  dispose(): void
}

/** The number of seeds, 2^47: the max range of `randomInt`. */
const SEEDS = 2 ** 47

/** Returns a host on this machine. Its directory is made when it is missing. */
export function createNodeHost(options: NodeHostOptions): NodeHost {
  const names = new LabHosts(options.labHosts, options.name)
  const network = new NodeNetwork(names, options.onListening ?? (() => {}), options.tls)
  const disk = new NodeDisk(options.directory)
  const random = new KeyedRandom(options.seed ?? randomInt(SEEDS))
  const clock = new NodeClock()
  // streams of two nodes with one seed differ, because the node's name is part of them
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

/** Returns the trace of a host without a reader: only lines for the operator are passed on. */
function silentTrace(onLog: NodeHostOptions['onLog']): Trace {
  return { emit: undefined, log: (level, text) => onLog?.(level, text) }
}

/** An application that answers every hand with success, for servers, which hand nothing over. */
const CONTENT: Application = {
  hand: (_name, _text, answered) => void setImmediate(() => answered('{"status":"CONSUME_SUCCESS"}')),
  serve() {},
}

/** Numbers the events of one node. Causes are not known across processes, so they are always 0. */
function toldTrace(node: string, clock: NodeClock, onEvent: (event: TraceEvent) => void): Trace {
  let n = 0
  const emit: Emit = (kind, facts) =>
    onEvent(traceEvent({ n: ++n, atMs: clock.monotonicMs(), node, kind, cause: 0 }, facts))
  return { emit, log: (level, text) => emit('log.line', { level, text }) }
}
