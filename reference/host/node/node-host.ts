/**
 * A `Host` on a real machine, with Node's sockets and files and the real clock.
 *
 * ```ts
 * const host = createNodeHost({ name: 'broker-a', directory: 'store-a' })
 * const running = broker(host, args, { ready: () => console.log('ready'), failed: (sentence) => fail(sentence) })
 * running.stop(() => host.dispose())
 * ```
 *
 * Without the option `onEvent`, `trace.emit` is undefined, and no event is created.
 */
import { randomInt } from 'node:crypto'
import * as zlib from 'node:zlib'
import { useCrc32Of } from '../../common/crc32.ts'
import type { Application, Host } from '../host.ts'
import { KeyedRandom } from '../sim/random.ts'
import { type Emit, type Trace, type TraceEvent, traceEvent } from '../trace.ts'
import { NodeClock } from './clock.ts'
import { NodeDisk } from './disk.ts'
import { LabHosts } from './lab-hosts.ts'
import { type NetworkTls, NodeNetwork } from './network.ts'

// a WebContainer has an older Node without this function
if (zlib.crc32 !== undefined) useCrc32Of(zlib.crc32)

/** The options of a real host. */
export interface NodeHostOptions {
  readonly name: string
  /** The directory of the node. A missing directory is created. */
  readonly directory: string
  /** The seed makes random numbers repeatable. When there is no seed, random numbers are different in each run. */
  readonly seed?: number
  /**
   * The path of the names file (`lab-hosts.json`) of a lab. A names file contains the real addresses of the nodes. Without a
   * names file, the operating system resolves names, and a listener fails when its port is in use. With a names file, a
   * listener uses another port when its port is in use.
   */
  readonly labHosts?: string
  /** Called with every event of the node. When `onEvent` is missing, `trace.emit` is undefined. */
  readonly onEvent?: (event: TraceEvent) => void
  /** Called with the log lines for operators. When `onEvent` is set, the lines are events, and `onLog` is not called. */
  readonly onLog?: (level: string, text: string) => void
  /**
   * Answers the texts of the node. When this option is missing, every text is answered with `{"status":"CONSUME_SUCCESS"}`,
   * and the node is never called.
   */
  readonly application?: Application
  /** Called with the requested and the real address of each listener. */
  readonly onListening?: (wanted: string, address: string) => void
  /** The encryption of connections (`tls.ts`). By default, connections are not encrypted. */
  readonly tls?: NetworkTls
}

/** A real host. The owner of the host must call `dispose` at the end. */
export interface NodeHost extends Host {
  readonly names: LabHosts
  /** Cancels timers, closes sockets and files, and releases locks. The program must have stopped before this call. */
  dispose(): void
}

/** The number of possible seeds, 2^47. `randomInt` of Node allows a range below 2^48. */
const SEEDS = 2 ** 47

/** Returns a host on this machine. Creates its directory when it is missing. */
export function createNodeHost(options: NodeHostOptions): NodeHost {
  const names = new LabHosts(options.labHosts, options.name)
  const network = new NodeNetwork(names, options.onListening ?? (() => {}), options.tls)
  const disk = new NodeDisk(options.directory)
  const random = new KeyedRandom(options.seed ?? randomInt(SEEDS))
  const clock = new NodeClock()
  // two nodes with the same seed have different streams, because the name of the node is part of the stream name
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

/** Returns the trace of a host without `onEvent`. This trace reports only log lines. */
function silentTrace(onLog: NodeHostOptions['onLog']): Trace {
  return { emit: undefined, log: (level, text) => onLog?.(level, text) }
}

/**
 * An application that answers every text with success. This application is enough for servers, because servers pass no texts
 * to their application.
 */
const CONTENT: Application = {
  hand: (_name, _text, answered) => void setImmediate(() => answered('{"status":"CONSUME_SUCCESS"}')),
  serve() {},
}

/**
 * Returns a trace that numbers the events of one node. `cause` is always 0, because a process does not know the causes in
 * other processes.
 */
function toldTrace(node: string, clock: NodeClock, onEvent: (event: TraceEvent) => void): Trace {
  let n = 0
  const emit: Emit = (kind, facts) =>
    onEvent(traceEvent({ n: ++n, atMs: clock.monotonicMs(), node, kind, cause: 0 }, facts))
  return { emit, log: (level, text) => emit('log.line', { level, text }) }
}
