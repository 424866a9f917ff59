/**
 * A whole cluster as a script sees it: start, stop, break, produce, consume, wait.
 *
 * Figures, labs, tests, claims in the prose and graded checks are all scenarios over this one interface. It has two
 * implementations: simulated (`sim/cluster.ts`, virtual time, every fault, repeatable from its seed) and real processes
 * (`processes/process-cluster.ts`, and in the browser over a WebContainer). A script may use only what `can` lists, and judges only
 * what the hosts observed: calls and their answers, bytes on wires and disks.
 *
 * Times are milliseconds since the cluster began: virtual when simulated, wall time otherwise. Every wait has a limit.
 */
import type { TraceEvent } from './trace.ts'

/** What to start. `program` is a name the cluster was built with, such as `namesrv`, `broker`, `producer`, `consumer`. */
export interface NodeSpec {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Text files put on the node's disk before its first start, by path: a `broker.conf`, for example. */
  readonly files?: Readonly<Record<string, string>>
  /** How long to wait for the ready signal; 10 s by default. */
  readonly readyWithinMs?: number
}

/** How a node ended. `reason` is '' or one sentence. */
export interface NodeExit {
  readonly how: 'returned' | 'failed' | 'killed' | 'powercut' | 'runaway' | 'lost'
  readonly reason: string
}

/** A fault to inject; nodes are given by name. */
export type Fault =
  /** No bytes between the two sides; `held: 'keep'` delays them until it heals, `'reset'` breaks the connections. */
  | {
      readonly kind: 'partition'
      readonly between: readonly [readonly string[], readonly string[]]
      readonly held: 'keep' | 'reset'
    }
  /** The link from one node to another: slower by `delayMs`, refusing new connections, and only that way if `oneWay`. */
  | {
      readonly kind: 'link'
      readonly from: string
      readonly to: string
      readonly delayMs?: number
      readonly refuse?: boolean
      readonly oneWay?: boolean
    }
  /** Alive but not answering. */
  | { readonly kind: 'pause'; readonly node: string }
  /** The wall clock of one node is off by `skewMs`. */
  | { readonly kind: 'clock'; readonly node: string; readonly skewMs: number }
  | {
      readonly kind: 'disk'
      readonly node: string
      /** `slowWrite`: each write holds up the whole process so long, as a page cache does that has no clean pages left. */
      readonly fails: 'EIO' | 'ENOSPC' | 'slowSync' | 'slowWrite' | 'syncError'
      readonly delayMs?: number
    }

export type FaultKind = Fault['kind']

/** Every kind of fault, for clusters that can do all of them. */
export const ALL_FAULTS: readonly FaultKind[] = ['partition', 'link', 'pause', 'clock', 'disk']

/** A message as scripts send it and see it. `key` names it for people; bodies are text. */
export interface ScriptMessage {
  readonly topic: string
  readonly key: string
  readonly body: string
  readonly tag?: string
}

/** What `produce` came to. `status` is a SendStatus, or `FAILED` with the reason in `error`. */
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

/** What an application makes of a message: a status, or a status and more that a consumer's answer may hold. */
export type DeliveryAnswer =
  | string
  | {
      readonly status: string
      /** Sent to whoever asked with a request. */
      readonly reply?: string
      /** RECONSUME_LATER: the delay level to come back with; 0 leaves it to the broker. */
      readonly delayLevel?: number
      /** RECONSUME_LATER of an orderly consumer: how long its queue waits. */
      readonly suspendMs?: number
      /** How long the application takes for it. */
      readonly afterMs?: number
    }

export type DeliveryDecision = (delivery: Omit<Delivery, 'status'>) => DeliveryAnswer

/** The answer as an object. */
export function answerObject(answer: DeliveryAnswer): Exclude<DeliveryAnswer, string> {
  return typeof answer === 'string' ? { status: answer } : answer
}

/** A check failed or a wait ran out; `message` is the sentence a learner reads. */
export class ScenarioFailure extends Error {
  /** Number of the event that shows it, or 0. */
  readonly atEvent: number
  constructor(message: string, atEvent = 0) {
    super(message)
    this.name = 'ScenarioFailure'
    this.atEvent = atEvent
  }
}

export interface Cluster {
  readonly kind: 'simulated' | 'real'
  /** The number everything that looks like chance is drawn from. */
  readonly seed: number
  readonly can: {
    readonly realProcesses: boolean
    readonly losesUnsynced: boolean
    readonly faults: ReadonlySet<FaultKind>
  }

  /** Starts a node, or starts it again on the disk it has. Resolves when it is ready; rejects with its sentence. */
  start(spec: NodeSpec): Promise<void>
  /** Starts a node that ended, as it was last started. */
  restart(node: string): Promise<void>
  /** Asks a node to stop and waits for it. */
  stop(node: string): Promise<NodeExit>
  /** Ends a node at once: what it had only in memory is gone, what it wrote stays. */
  kill(node: string): Promise<NodeExit>
  /** Ends a node at once, and every byte not synced with it. */
  powerCut(node: string): Promise<NodeExit>
  /** True between ready and the end. */
  isRunning(node: string): boolean

  inject(fault: Fault): Promise<{ heal(): Promise<void> }>

  /** Calls a node's program as its application would; the answer's text, or an Error with its sentence. */
  call(node: string, name: string, text: string): Promise<string>
  /** Sends one message from a `producer` node. Never rejects: failure is a status. */
  produce(node: string, message: ScriptMessage): Promise<ProduceResult>
  /** Runs one mqadmin command from an `admin` node and returns what it printed. */
  admin(node: string, command: readonly string[]): Promise<string>
  /** Everything handed to applications so far, in order. */
  deliveries(): readonly Delivery[]
  /** Decides what consumers answer: 'CONSUME_SUCCESS', 'RECONSUME_LATER'; default success always. */
  onDelivery(decide: DeliveryDecision): void
  /** Decides what applications answer when a node hands over something else, such as `checkLocalTransaction`: JSON. */
  onHanded(name: string, decide: (node: string, text: string) => string): void

  nowMs(): number
  /** Lets time pass. */
  sleep(ms: number): Promise<void>
  /** Waits until `holds`, looking after every event; a ScenarioFailure saying `what` after `withinMs`. */
  waitUntil(what: string, holds: () => boolean, withinMs: number): Promise<void>

  /** A file of a node's disk as it is now, or undefined. */
  readFile(node: string, path: string): Promise<Uint8Array | undefined>
  writeFile(node: string, path: string, bytes: Uint8Array): Promise<void>
  listFiles(node: string): Promise<readonly { path: string; sizeBytes: number }[]>

  /** The event log so far. Real clusters carry fewer kinds: no payloads of wires and disks. */
  readonly events: readonly TraceEvent[]
  /** Says what the script does, for the log and the time bar. */
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
