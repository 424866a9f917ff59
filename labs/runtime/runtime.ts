/**
 * Where a lab runs, behind one interface: in the page, in a WebContainer, in processes of this machine.
 *
 * | kind           | a node is                 | time                         | made by              |
 * | -------------- | ------------------------- | ---------------------------- | -------------------- |
 * | `page`         | an object in one worker   | virtual, repeatable          | `page/page.ts`       |
 * | `webcontainer` | a Node process over there | the wall's                   | `webcontainer/webcontainer.ts` |
 * | `node`         | a Node process            | the wall's                   | `processes/node.ts`  |
 *
 * A runtime owns at most one cluster at a time, the demo: what the learner sees and breaks. Checks run in clusters of their
 * own, so they never disturb it. Only texts, numbers and plain objects cross this boundary; a check's events come back with
 * its result, to be shown in the figure.
 */
import type { FaultKind, NodeExit } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import type { RunResult } from '../judge/run-check.ts'
import type { Schedule } from '../judge/schedule.ts'
import type { CompileError } from '../program/compile.ts'
import type { Thrown } from './thrown.ts'

export type RuntimeKind = 'page' | 'webcontainer' | 'node'

/** Why a runtime does not run. The texts for people are in `failure-texts.ts`. */
export type FailureCode =
  | 'switched-off'
  | 'insecure'
  | 'not-isolated'
  | 'ios'
  | 'offline'
  | 'client-load'
  | 'frame-csp'
  | 'frame-coep'
  | 'frame-unreachable'
  | 'frame-silent'
  | 'mount'
  | 'probe'
  | 'node-not-ready'
  | 'worker'
  | 'sandbox'
  | 'runaway'
  | 'aborted'

/** What a learner can do next; each is a button. */
export type NextAction =
  | 'run-in-page'
  | 'reload'
  | 'try-anyway'
  | 'run-again'
  | 'export'
  | 'doctor'
  | 'site-owners'
  | 'log'

/** A runtime that did not start or had to be stopped. `message` is one sentence for the learner. */
export class RuntimeFailure extends Error {
  readonly code: FailureCode
  readonly next: readonly NextAction[]
  /** What was observed, line by line, for the doctor page and a bug report. */
  readonly seen: readonly string[]
  constructor(code: FailureCode, message: string, next: readonly NextAction[], seen: readonly string[] = []) {
    super(message)
    this.name = 'RuntimeFailure'
    this.code = code
    this.next = next
    this.seen = seen
  }
}

/** A rung of the way up: said when it begins. */
export interface BootStep {
  readonly id: string
  readonly text: string
}

/** What a learner does to the running demo; the answer of `admin` is what was printed. */
export type LabAction =
  | { readonly do: 'kill' | 'restart' | 'stop' | 'powercut'; readonly node: string }
  /** Cuts one node off from all others, or heals all cuts. */
  | { readonly do: 'cut'; readonly node: string }
  | { readonly do: 'heal' }
  | { readonly do: 'send'; readonly node: string; readonly topic: string; readonly key: string; readonly body: string }
  | { readonly do: 'admin'; readonly command: readonly string[] }

export interface LabNodeState {
  readonly name: string
  readonly program: string
  readonly state: 'starting' | 'running' | 'ended'
  /** How it ended, when it did. */
  readonly exit?: NodeExit
}

/** What a listener hears. Events come in batches, in order, each once. */
export type LabEvent =
  | { readonly kind: 'events'; readonly events: readonly TraceEvent[]; readonly nowMs: number }
  | { readonly kind: 'nodes'; readonly nodes: readonly LabNodeState[] }
  /** Virtual time runs, stands, or cannot keep up. */
  | { readonly kind: 'pace'; readonly state: 'running' | 'paused' | 'behind' }
  /** The learner's code threw, in the demo or in a check. Only where nodes run in the page. */
  | { readonly kind: 'threw'; readonly thrown: Thrown }
  /** The demo is over: reset or load again. */
  | { readonly kind: 'stopped'; readonly failure: RuntimeFailure }

/** One check judged, and its run. */
export interface CheckedRun {
  readonly result: RunResult
  /** The events of the run, at most `CHECK_EVENTS_SHOWN_MAX` from its beginning. */
  readonly events: readonly TraceEvent[]
}

/** Virtual time under the learner's hand; only where time is virtual. */
export interface TimeControl {
  pause(): void
  resume(): void
  /** 0.1 to 100; 1 is the wall's pace. */
  setSpeed(factor: number): void
  /** Lets one event happen. */
  step(): Promise<void>
}

export interface LabRuntime {
  readonly kind: RuntimeKind
  /** A button without its ability is shown disabled, with the reason. */
  readonly can: {
    readonly realProcesses: boolean
    readonly losesUnsynced: boolean
    readonly faults: ReadonlySet<FaultKind>
  }
  /** Climbs the boot ladder. Always settles; rejects with a RuntimeFailure. */
  start(options: { readonly signal: AbortSignal; readonly onStep: (step: BootStep) => void }): Promise<void>
  /** Takes the learner's files for the next demo and checks. What does not compile is returned, not thrown. */
  load(files: ReadonlyMap<string, string>): Promise<{ readonly errors: readonly CompileError[] }>
  /** Boots the lab's demo with the loaded files, after ending the one before; resolves when its story is told. */
  demo(seed: string): Promise<void>
  readonly nodes: readonly LabNodeState[]
  /** Acts on the demo. Resolves with what there is to say; rejects with an Error of one sentence. */
  act(action: LabAction): Promise<string>
  /** Milliseconds since the demo began: virtual in `page`, wall elsewhere. */
  nowMs(): number
  readonly time?: TimeControl
  /** Runs one check with the loaded files in a cluster of its own. Rejects with a RuntimeFailure only.
   * `schedule`: only a part of the run, where the runtime can (the page). */
  check(checkId: string, seed: string, schedule?: Schedule): Promise<CheckedRun>
  subscribe(listener: (event: LabEvent) => void): () => void
  /** Ends everything; nothing is left running. */
  dispose(): Promise<void>
}
