/**
 * The tape: what a playground shows of a run, as short items in the order of the run.
 *
 * An hour at fifty messages a second is ten million events; a page keeps none of them for long. The recorder (`recorder.ts`) makes
 * items of events, `state.ts` says what is true after the first n items, and `rows.ts` counts by the second.
 */

/** How a send ended for the application: stored, stored less safely than asked for, unknown to it (one way), refused. */
export type Told = 'ok' | 'unsafe' | 'oneway' | 'failed'

/** Why a broker keeps a message back. */
export type Shelf = 'delayed' | 'half' | 'retry'

export type TapeItem = { readonly atMs: number } & (
  | {
      readonly k: 'node'
      readonly node: string
      readonly state: 'starting' | 'running' | 'stopped'
      readonly how: string
    }
  /** An application has asked a producer to send. */
  | { readonly k: 'asked'; readonly from: string; readonly key: string; readonly tag: number }
  /** A master has stored a message where groups can read it. `queue` is `broker-a/0`. */
  | {
      readonly k: 'stored'
      readonly from: string
      readonly key: string
      readonly tag: number
      readonly broker: string
      readonly queue: string
      readonly isLate: boolean
      readonly groups: readonly string[]
    }
  | { readonly k: 'told'; readonly from: string; readonly key: string; readonly how: Told; readonly why: string }
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
  /** A message is gone from its broker. `isLost`: it was acknowledged, and no group has had it. `groups` still waited for it. */
  | {
      readonly k: 'lost'
      readonly broker: string
      readonly queue: string
      readonly key: string
      readonly isLost: boolean
      readonly tag: number
      readonly groups: readonly string[]
    }
  /** The first member of a group starts; what waits for it in each queue: one digit, the tag, for each message. */
  | { readonly k: 'group'; readonly group: string; readonly waiting: Readonly<Record<string, string>> }
  /** A controller has elected a master: `node` is a replica of `broker`. */
  | { readonly k: 'master'; readonly broker: string; readonly node: string; readonly epoch: number }
  | { readonly k: 'flushed'; readonly broker: string }
  | { readonly k: 'copied'; readonly broker: string; readonly bytes: number }
  | { readonly k: 'route'; readonly namesrv: string; readonly broker: string; readonly has: boolean }
  | { readonly k: 'fault'; readonly id: number; readonly text: string }
  | { readonly k: 'healed'; readonly id: number }
  | { readonly k: 'step'; readonly text: string }
)

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
}

/** What happened in a stretch of a run. */
export interface Chunk {
  readonly fromMs: number
  readonly toMs: number
  readonly items: readonly TapeItem[]
  readonly rows: readonly Row[]
}
