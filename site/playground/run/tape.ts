/**
 * The tape: what a playground shows of a run, as short items in the order of the run.
 *
 * An hour at fifty messages a second is ten million events; a page keeps none of them for long. The recorder (`recorder.ts`) makes
 * items of events, `state.ts` says what is true after the first n items, and `rows.ts` counts by the second.
 */

import type { SendOutcome } from '../../../reference/client/apps/send-outcome.ts'

/** How a send ended for the application: stored, stored less safely than asked for, unknown to it (one way), refused. */
export type Told = 'ok' | 'unsafe' | 'oneway' | 'failed'

/** Why a broker keeps a message back. */
export type Shelf = 'delayed' | 'half' | 'retry'

/**
 * Where a message is: on its way to a broker, kept back until it is due or committed, in a queue, rolled back, on no broker because
 * its send has failed, unknown to its producer after a failed send, gone from the broker that had it, or lost: gone although it was acknowledged, and no group has had it. Each
 * message that was sent is in one of these.
 */
export type Spot = 'way' | 'kept' | 'stored' | 'undone' | 'refused' | 'unsure' | 'gone' | 'lost'
export type Spots = Record<Spot, number>

/** `moves`: where the message of the item was before, and where it is now. */
export type TapeItem = { readonly atMs: number; readonly moves?: readonly [Spot, Spot] } & (
  | {
      readonly k: 'node'
      readonly node: string
      readonly state: 'starting' | 'running' | 'stopped'
      readonly how: string
    }
  /** An application has asked a producer to send. */
  | { readonly k: 'asked'; readonly from: string; readonly key: string; readonly tag: number }
  /** A broker has started that may have had the message of a failed send: it does not have it. */
  | { readonly k: 'refused'; readonly key: string }
  /** A master has stored a message where groups can read it. `queue` is `broker-a/0`; `node` is the master. */
  | {
      readonly k: 'stored'
      readonly node: string
      readonly from: string
      readonly key: string
      readonly tag: number
      readonly broker: string
      readonly queue: string
      readonly isLate: boolean
      readonly groups: readonly string[]
    }
  | {
      readonly k: 'told'
      readonly from: string
      readonly key: string
      readonly how: Told
      readonly outcome: SendOutcome
      /** The status, or the words of the error. */
      readonly why: string
    }
  /** A member has taken a message out of a queue. `queue` is '' when it comes from the retry topic. */
  | {
      readonly k: 'taken'
      readonly member: string
      readonly broker: string
      readonly queue: string
      readonly key: string
      readonly tag: number
    }
  | { readonly k: 'handed'; readonly member: string; readonly key: string }
  /** A listener has finished a message. `isAgain`: this group had finished it before. `isFirst`: the first try of it. */
  | {
      readonly k: 'done'
      readonly member: string
      readonly group: string
      readonly queue: string
      readonly key: string
      readonly isOk: boolean
      readonly isAgain: boolean
      readonly isFirst: boolean
      readonly tag: number
      readonly tookMs: number
    }
  | { readonly k: 'dead'; readonly broker: string; readonly group: string; readonly key: string }
  /** A broker keeps one message more (or less) back. */
  | { readonly k: 'shelf'; readonly broker: string; readonly shelf: Shelf; readonly by: number; readonly key: string }
  | {
      readonly k: 'owns'
      readonly member: string
      readonly group: string
      readonly queue: string
      readonly has: boolean
    }
  | { readonly k: 'queues'; readonly broker: string; readonly count: number }
  /**
   * A message is gone from its broker. `isLost`: it was acknowledged, and no group has had it. `isDone`: a group has had it. `groups`
   * still waited for it. `queue` is '' for one that was kept back.
   */
  | {
      readonly k: 'lost'
      readonly broker: string
      readonly queue: string
      readonly key: string
      readonly isLost: boolean
      readonly isDone: boolean
      readonly tag: number
      readonly groups: readonly string[]
    }
  /** What a broker has lost of the end of its log, by its start or an election, or that its start has lost nothing. */
  | ({ readonly k: 'shortened' } & Shortened)
  /** Messages of a queue that a group will never ask for, all of them: its place in the queue is beyond them. */
  | { readonly k: 'passed'; readonly group: string; readonly queue: string; readonly count: number }
  /** The first member of a group starts; what waits for it in each queue: one digit, the tag, for each message. */
  | { readonly k: 'group'; readonly group: string; readonly waiting: Readonly<Record<string, string>> }
  /** A controller has elected a master: `node` is a replica of `broker`. */
  | { readonly k: 'master'; readonly broker: string; readonly node: string; readonly epoch: number }
  /** The disk of a master has its log up to here. `unflushed`: messages of each queue that are in memory alone. */
  | { readonly k: 'flushed'; readonly broker: string; readonly unflushed: Readonly<Record<string, number>> }
  | { readonly k: 'copied'; readonly broker: string; readonly bytes: number }
  | { readonly k: 'route'; readonly namesrv: string; readonly broker: string; readonly has: boolean }
  /** A client has a new route: the master of each broker, as far as the NameServers list one. */
  | { readonly k: 'knows'; readonly node: string; readonly masters: Readonly<Record<string, string>> }
  | { readonly k: 'fault'; readonly id: number; readonly text: string }
  | { readonly k: 'healed'; readonly id: number }
  /** A member has left the cast. */
  | { readonly k: 'removed'; readonly name: string }
  | { readonly k: 'step'; readonly text: string }
)

/** What is gone with the end of a log; `gone` 0: nothing, although `unflushed` messages were in memory alone. */
export interface Shortened {
  readonly broker: string
  /** How its process had ended before the start, such as `powercut`; '' for an election. */
  readonly after: string
  /** Messages that were in memory alone before. */
  readonly unflushed: number
  /** The log of the broker after its start, or that of a new master. */
  readonly how: 'start' | 'master'
  readonly gone: number
  /** Of these, the messages whose producer was told that they are stored. */
  readonly acknowledged: number
  /** Of the acknowledged ones, those that a group had finished before. */
  readonly done: number
}

/** One second of a run, for the plots. Counts are of this second; `waiting` is at its end. */
export interface Row {
  readonly second: number
  readonly sent: number
  readonly stored: number
  readonly done: number
  readonly failed: number
  readonly refused: number
  readonly dead: number
  readonly lost: number
  readonly again: number
  /** Times from send to success, in ms; -1 when nothing was finished in this second. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Messages that a group has not finished, by `group|queue`; only those that are not 0. */
  readonly waiting: Readonly<Record<string, number>>
  /** For how long the oldest message has waited for each group, in ms; only groups for which something waits. */
  readonly oldestMs: Readonly<Record<string, number>>
}

/** What happened in a stretch of a run. */
export interface Chunk {
  readonly fromMs: number
  readonly toMs: number
  readonly items: readonly TapeItem[]
  readonly rows: readonly Row[]
}
