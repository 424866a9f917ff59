/**
 * The interface of a whole cluster for a script. The script starts and stops nodes, injects faults, sends and consumes
 * messages, and waits.
 *
 * Figures, labs, tests, claims in the prose and graded checks are scenarios that use this interface. The interface has two
 * implementations. The simulated cluster (`sim/cluster.ts`) has virtual time and supports all faults. The same seed repeats
 * a simulated run exactly. In the real cluster (`processes/process-cluster.ts`), each node is a process. In the browser, a
 * WebContainer runs these processes. A script may use only the features that `can` of its cluster lists. The checks of a
 * script use only events that the hosts observed: calls with their answers, and bytes on wires and disks.
 *
 * Times are in milliseconds since the cluster began. A simulation uses virtual time, and a real cluster uses wall time.
 * Every wait has a limit.
 */
import type { TraceEvent } from './trace.ts'

/** Describes a node to start. `program` is the name of a program that the cluster knows, such as `namesrv` or `broker`. */
export interface NodeSpec {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Text files by path, such as `broker.conf`, which are written to the disk of the node before its first start. */
  readonly files?: Readonly<Record<string, string>>
  /** The node must be ready within this time. The default is 10 s. */
  readonly readyWithinMs?: number
}

/** Describes how a node ended. `reason` is '' or one sentence. */
export interface NodeExit {
  readonly how: 'returned' | 'failed' | 'killed' | 'powercut' | 'runaway' | 'lost'
  readonly reason: string
}

/** A fault to inject. The fault refers to nodes by their names. */
export type Fault =
  /**
   * No bytes pass between the two groups of nodes. With `keep`, bytes between the groups wait until the fault ends. With
   * `reset`, the connections between the groups break.
   */
  | {
      readonly kind: 'partition'
      readonly between: readonly [readonly string[], readonly string[]]
      readonly held: 'keep' | 'reset'
    }
  /**
   * The link between two nodes is slower by `delayMs`, carries only `bytesPerSecond` for each connection, refuses new
   * connections, or holds all bytes until the fault ends. When `oneWay` is true, only the direction from `from` to `to` is
   * affected.
   */
  | {
      readonly kind: 'link'
      readonly from: string
      readonly to: string
      readonly delayMs?: number
      readonly bytesPerSecond?: number
      readonly refuse?: boolean
      readonly hold?: boolean
      readonly oneWay?: boolean
    }
  /** The process of the node continues to exist, but does nothing. */
  | { readonly kind: 'pause'; readonly node: string }
  /** `skewMs` is added to the wall clock of the node. */
  | { readonly kind: 'clock'; readonly node: string; readonly skewMs: number }
  | {
      readonly kind: 'disk'
      readonly node: string
      /** With `slowWrite`, each write stops the whole process for `delayMs`, like a page cache without clean pages. */
      readonly fails: 'EIO' | 'ENOSPC' | 'slowSync' | 'slowWrite' | 'syncError'
      readonly delayMs?: number
    }

/** The kind of a fault. */
export type FaultKind = Fault['kind']

/**
 * Checks that every node of a fault was started before. Throws an Error with one sentence when a node was never started.
 * Without this check, a fault with a misspelt name would have no effect, and the author of the script would not notice the
 * mistake.
 */
export function checkFaultNodes(fault: Fault, isKnown: (node: string) => boolean): void {
  const unknown = nodesOfFault(fault).find((node) => !isKnown(node))
  if (unknown !== undefined) throw new Error(`the fault ${fault.kind} names ${unknown}, which was never started`)
}

function nodesOfFault(fault: Fault): readonly string[] {
  if (fault.kind === 'partition') return fault.between.flat()
  return fault.kind === 'link' ? [fault.from, fault.to] : [fault.node]
}

/** All kinds of faults, for a cluster that supports all of them. */
export const ALL_FAULTS: readonly FaultKind[] = ['partition', 'link', 'pause', 'clock', 'disk']

/** A message that a script sends. `key` identifies the message in the event log. The body is text. */
export interface ScriptMessage {
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly tag?: string
}

/** The result of `produce`. `status` is a SendStatus or `FAILED`. After `FAILED`, `error` holds the reason. */
export interface ProduceResult {
  readonly status: string
  readonly msgId: string
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
  readonly error: string
}

/** One message that was delivered to an application. */
export interface Delivery {
  readonly atMs: number
  /** The name of the consumer node. */
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
  /** The answer of the application, such as CONSUME_SUCCESS or RECONSUME_LATER. */
  readonly status: string
}

/** The answer of an application to a message: a status, or an object with a status and more fields. */
export type DeliveryAnswer =
  | string
  | {
      readonly status: string
      /** The reply to the sender, when the message is a request that expects a reply. */
      readonly reply?: string
      /**
       * Used only with RECONSUME_LATER: the delay level of the redelivery. When `delayLevel` is 0, the broker chooses the
       * level.
       */
      readonly delayLevel?: number
      /** Used only with RECONSUME_LATER: the time in ms for which the queue of an orderly consumer waits. */
      readonly suspendMs?: number
      /** The time in ms that the application needs for the message. */
      readonly afterMs?: number
    }

/** Returns the answer to one message. */
export type DeliveryDecision = (delivery: Omit<Delivery, 'status'>) => DeliveryAnswer

/** Returns the answer as an object. */
export function answerObject(answer: DeliveryAnswer): Exclude<DeliveryAnswer, string> {
  return typeof answer === 'string' ? { status: answer } : answer
}

/** The error for a failed check, or for a wait that took too long. `message` is a sentence for the learner. */
export class ScenarioFailure extends Error {
  /** The number `n` of the event that shows the failure, or 0 when no event shows it. */
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
  /** The seed of all random numbers. */
  readonly seed: number
  readonly can: {
    readonly realProcesses: boolean
    readonly losesUnsynced: boolean
    readonly faults: ReadonlySet<FaultKind>
  }

  /**
   * Starts a node. A node that has run before starts with the files on its old disk. Resolves when the node is ready.
   * Rejects with a sentence when the start fails.
   */
  start(spec: NodeSpec): Promise<void>
  /** Restarts an ended node with the `NodeSpec` of its last start. */
  restart(node: string): Promise<void>
  /** Asks a node to stop. Resolves when the node has ended. A node that takes too long is killed. */
  stop(node: string): Promise<NodeExit>
  /** Ends a node at once. The memory of the node is lost. The bytes that it wrote to its disk stay. */
  kill(node: string): Promise<NodeExit>
  /** Ends a node at once. Bytes that were not synced may be lost. `reason` is the reason in the event `node.stopped`. */
  powerCut(node: string, reason?: string): Promise<NodeExit>
  /** Returns true from the time when the node is ready to the time when it ends. */
  isRunning(node: string): boolean

  /** Begins a fault. Resolves with an object whose `heal` ends the fault. */
  inject(fault: Fault): Promise<{ heal(): Promise<void> }>

  /**
   * Calls the program of a node as its application. Resolves with the text of the answer. When the call fails, rejects with
   * a sentence.
   */
  call(node: string, name: string, text: string): Promise<string>
  /** Sends one message from a `producer` node. Never rejects. After a failure, the result has the status `FAILED`. */
  produce(node: string, message: ScriptMessage): Promise<ProduceResult>
  /** Runs one mqadmin command on an `admin` node. Resolves with the printed text. */
  admin(node: string, command: readonly string[]): Promise<string>
  /** Returns all messages that were delivered to applications so far, in order. */
  deliveries(): readonly Delivery[]
  /**
   * Sets the function that answers delivered messages. When `onDelivery` was not called, every answer is CONSUME_SUCCESS.
   */
  onDelivery(decide: DeliveryDecision): void
  /** Sets the function that answers other texts from a node, such as `checkLocalTransaction`. Texts are JSON. */
  onHanded(name: string, decide: (node: string, text: string) => string): void

  /** Returns the time since the cluster began, in ms. */
  nowMs(): number
  /** Resolves after `ms` milliseconds. */
  sleep(ms: number): Promise<void>
  /**
   * Resolves when `holds` returns true. A simulated cluster calls `holds` after every event. A real cluster calls `holds`
   * after events and at intervals. When `holds` has not returned true within `withinMs`, rejects with a ScenarioFailure
   * whose message contains `what`.
   */
  waitUntil(what: string, holds: () => boolean, withinMs: number): Promise<void>

  /** Resolves with the present content of a file on the disk of a node, or undefined when the file does not exist. */
  readFile(node: string, path: string): Promise<Uint8Array | undefined>
  writeFile(node: string, path: string, bytes: Uint8Array): Promise<void>
  listFiles(node: string): Promise<readonly { path: string; sizeBytes: number }[]>

  /**
   * The event log so far. A real cluster has fewer kinds of events, because it does not observe bytes on wires and disks.
   */
  readonly events: readonly TraceEvent[]
  /** Adds a line to the event log that says what the script does. The time bar shows this line. */
  step(text: string): void
  /** Ends all nodes and all waits. */
  dispose(): Promise<void>
}

/** A script that runs on a cluster. `title` is the title of the script in the book. */
export interface Scenario {
  readonly id: string
  readonly title: string
  run(cluster: Cluster): Promise<void>
}
