/**
 * A whole cluster as a script sees it: it starts, stops and breaks nodes, sends and consumes messages, and waits.
 *
 * Figures, labs, tests, claims in the prose and graded checks are all scenarios over this one interface. It has two
 * implementations: simulated (`sim/cluster.ts`: virtual time, every fault, repeatable from its seed) and real processes
 * (`processes/process-cluster.ts`, in the browser over a WebContainer). A script may use only what `can` lists. It judges only
 * what the hosts observed: calls and their answers, bytes on wires and disks.
 *
 * Times are milliseconds since the cluster began: virtual when simulated, wall time otherwise. Every wait has a limit.
 */
import type { TraceEvent } from './trace.ts'

/** A node to start. `program` is a name that the cluster was built with, such as `namesrv`, `broker`, `producer`, `consumer`. */
export interface NodeSpec {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Text files that are put on the node's disk before its first start, by path: a `broker.conf`, for example. */
  readonly files?: Readonly<Record<string, string>>
  /** How long to wait for the ready signal. Default: 10 s. */
  readonly readyWithinMs?: number
}

/** How a node ended. `reason` is '' or one sentence. */
export interface NodeExit {
  readonly how: 'returned' | 'failed' | 'killed' | 'powercut' | 'runaway' | 'lost'
  readonly reason: string
}

/** A fault to inject; nodes are named. */
export type Fault =
  /** No bytes between the two sides; `held: 'keep'` delays them until it heals, `'reset'` breaks the connections. */
  | {
      readonly kind: 'partition'
      readonly between: readonly [readonly string[], readonly string[]]
      readonly held: 'keep' | 'reset'
    }
  /** The link between two nodes is slower by `delayMs` or refuses new connections; with `oneWay` only in the direction `from` to `to`. */
  | {
      readonly kind: 'link'
      readonly from: string
      readonly to: string
      readonly delayMs?: number
      readonly refuse?: boolean
      readonly oneWay?: boolean
    }
  /** The node is alive but does not answer. */
  | { readonly kind: 'pause'; readonly node: string }
  /** The wall clock of the node is off by `skewMs`. */
  | { readonly kind: 'clock'; readonly node: string; readonly skewMs: number }
  | {
      readonly kind: 'disk'
      readonly node: string
      /** With `slowWrite` each write stops the whole process for so long, like a page cache without clean pages. */
      readonly fails: 'EIO' | 'ENOSPC' | 'slowSync' | 'slowWrite' | 'syncError'
      readonly delayMs?: number
    }

/** The kind of a fault. */
export type FaultKind = Fault['kind']

/** All kinds of faults, for clusters that can do every one. */
export const ALL_FAULTS: readonly FaultKind[] = ['partition', 'link', 'pause', 'clock', 'disk']

/** A message as scripts send and receive it. `key` identifies it for people; the body is text. */
export interface ScriptMessage {
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly tag?: string
}

/** The result of `produce`. `status` is a SendStatus, or `FAILED` with the reason in `error`. */
export interface ProduceResult {
  readonly status: string
  readonly msgId: string
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
  readonly error: string
}

/** One message as it was handed to an application. */
export interface Delivery {
  readonly atMs: number
  /** The consumer node. */
  readonly node: string
  readonly group: string
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly msgId: string
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
  readonly reconsumeTimes: number
  /** What the application answered: CONSUME_SUCCESS or RECONSUME_LATER. */
  readonly status: string
}

/** An application's answer to a message: a status, or a status with further fields of a consumer's answer. */
export type DeliveryAnswer =
  | string
  | {
      readonly status: string
      /** The reply to the sender, when the message is a request. */
      readonly reply?: string
      /** RECONSUME_LATER: the delay level of the redelivery; 0 leaves it to the broker. */
      readonly delayLevel?: number
      /** RECONSUME_LATER of an orderly consumer: how long its queue waits. */
      readonly suspendMs?: number
      /** How long the application takes for it. */
      readonly afterMs?: number
    }

/** Decides the answer to one message. */
export type DeliveryDecision = (delivery: Omit<Delivery, 'status'>) => DeliveryAnswer

/** Returns the answer as an object. */
export function answerObject(answer: DeliveryAnswer): Exclude<DeliveryAnswer, string> {
  return typeof answer === 'string' ? { status: answer } : answer
}

/** A check that failed, or a wait that ran out; `message` is the sentence that a learner reads. */
export class ScenarioFailure extends Error {
  /** The number of the event that shows it; 0 when there is none. */
  readonly atEvent: number
  constructor(message: string, atEvent = 0) {
    super(message)
    this.name = 'ScenarioFailure'
    this.atEvent = atEvent
  }
}

/** A running cluster. */
export interface Cluster {
  readonly kind: 'simulated' | 'real'
  /** The number from which all draws of chance follow. */
  readonly seed: number
  readonly can: {
    readonly realProcesses: boolean
    readonly losesUnsynced: boolean
    readonly faults: ReadonlySet<FaultKind>
  }

  /** Starts a node, or starts it again on its disk. Resolves when the node is ready; rejects with its sentence. */
  start(spec: NodeSpec): Promise<void>
  /** Starts a node that has ended, as it was started the last time. */
  restart(node: string): Promise<void>
  /** Asks a node to stop, and resolves when it has ended. */
  stop(node: string): Promise<NodeExit>
  /** Ends a node at once: what it had only in memory is lost, what it wrote stays. */
  kill(node: string): Promise<NodeExit>
  /** Ends a node at once, and takes back every byte that was not synced. */
  powerCut(node: string): Promise<NodeExit>
  /** True from the ready signal to the end of the node. */
  isRunning(node: string): boolean

  inject(fault: Fault): Promise<{ heal(): Promise<void> }>

  /** Calls a node's program as its application. Resolves with the text of the answer; rejects with its sentence. */
  call(node: string, name: string, text: string): Promise<string>
  /** Sends one message from a `producer` node. Never rejects: a failure is a status. */
  produce(node: string, message: ScriptMessage): Promise<ProduceResult>
  /** Runs one mqadmin command on an `admin` node. Resolves with what it printed. */
  admin(node: string, command: readonly string[]): Promise<string>
  /** Returns all messages that were handed to applications so far, in order. */
  deliveries(): readonly Delivery[]
  /** Decides the answers of consumers' applications. Without a decision every answer is CONSUME_SUCCESS. */
  onDelivery(decide: DeliveryDecision): void
  /** Decides the answers of applications to other hands of a node, such as `checkLocalTransaction`; texts are JSON. */
  onHanded(name: string, decide: (node: string, text: string) => string): void

  nowMs(): number
  /** Lets time pass. */
  sleep(ms: number): Promise<void>
  /** Waits until `holds` returns true; it is called after every event. Rejects after `withinMs` with a ScenarioFailure that says `what`. */
  waitUntil(what: string, holds: () => boolean, withinMs: number): Promise<void>

  /** Resolves with a file of a node's disk as it is now; undefined when there is none. */
  readFile(node: string, path: string): Promise<Uint8Array | undefined>
  writeFile(node: string, path: string, bytes: Uint8Array): Promise<void>
  listFiles(node: string): Promise<readonly { path: string; sizeBytes: number }[]>

  /** The event log so far. Real clusters have fewer kinds of events: no payloads of wires and disks. */
  readonly events: readonly TraceEvent[]
  /** Notes what the script does, for the log and the time bar. */
  step(text: string): void
  /** Ends everything. */
  dispose(): Promise<void>
}

/** A script over a cluster, with the words people see. */
export interface Scenario {
  readonly id: string
  readonly title: string
  run(cluster: Cluster): Promise<void>
}
