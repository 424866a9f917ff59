/**
 * What the two sides of an interoperability test say about messages, whoever they are: the official Java client through
 * the driver, or GlassMQ's own client. All tests are written against `TestClient`.
 */

/** How to send. Message number i has the key `<keyPrefix><i>`, the user property `index` = i, the tag `tags[i % n]`. */
export interface ProduceOptions {
  readonly group: string
  readonly topic: string
  readonly count: number
  readonly mode?: 'sync' | 'async' | 'oneway' | 'batch' | 'selector'
  /** Threads (or concurrent sends) of mode `sync`; 1 unless given. */
  readonly threads?: number
  readonly bodyBytes?: number
  readonly keyPrefix?: string
  readonly tags?: readonly string[]
  readonly properties?: Readonly<Record<string, string>>
  /** Messages per request of mode `batch`; 32 unless given. */
  readonly batchSize?: number
  /** Mode `selector`: message i goes to queue (i mod shards) mod queues, in order; 4 unless given. */
  readonly shards?: number
  readonly delayLevel?: number
  /** 5.x timer messages: delivered this long after they were sent. */
  readonly timerDelayMs?: number
  /** How they say so: TIMER_DELAY_MS, TIMER_DELAY_SEC or TIMER_DELIVER_MS; `ms` unless given. */
  readonly timerKind?: 'ms' | 'sec' | 'deliver'
  /** Mode `sync`: every n-th message is taken back at once. */
  readonly recallEvery?: number
  /** The client's own retries; 0 unless given, so that a repeated send never goes unnoticed. */
  readonly retries?: number
  /** How long one send may take. */
  readonly timeoutMs?: number
}

/** One message that was sent; the place is missing when nobody answers (one-way). */
export interface SentMessage {
  /** The client's unique id; empty or missing where it is not known, and then not compared. */
  readonly msgId?: string
  /** What tells messages of a topic apart in every check. */
  readonly key: string
  readonly tags?: string
  readonly bodyBytes: number
  /** CRC-32 of the body as sent, eight hex digits. */
  readonly bodyCrc32: string
  readonly status?: string
  readonly offsetMsgId?: string
  readonly brokerName?: string
  readonly queueId?: number
  readonly queueOffset?: number
  /** Transactions: what the producer decided about it. */
  readonly decision?: string
}

/** What became of one `produce`. */
export interface ProduceResult {
  readonly messages: readonly SentMessage[]
  readonly sent: number
  readonly failed: number
  readonly firstFailure?: string
  readonly tookMs: number
}

/** How to consume. */
export interface ConsumeOptions {
  readonly group: string
  readonly topic: string
  readonly expression?: string
  readonly expressionType?: 'TAG' | 'SQL92'
  /** Ends when this many different messages came; without it only `stop()` ends it. */
  readonly expected?: number
  readonly orderly?: boolean
  readonly broadcast?: boolean
  readonly from?: 'first' | 'last'
  readonly threads?: number
  /** Every message is refused until it came back that many times. */
  readonly failTimes?: number
  /** The delay level asked for a refused message; 0 leaves it to the broker. */
  readonly failDelayLevel?: number
  readonly maxReconsumeTimes?: number
  /** false: the broker assigns the queues (5.x only). */
  readonly clientRebalance?: boolean
  /** true: every message is a question, answered with "re:" and its key. */
  readonly reply?: boolean
  readonly maxWaitMs?: number
  /** How long to watch for duplicates after the last expected message. */
  readonly settleMs?: number
  readonly withProperties?: boolean
}

/** One message as the listener saw it. */
export interface ReceivedMessage {
  readonly msgId: string
  readonly key: string
  readonly topic: string
  readonly tags?: string
  readonly brokerName?: string
  readonly queueId: number
  readonly queueOffset: number
  readonly reconsumeTimes: number
  readonly bornTimestampMs: number
  readonly storeTimestampMs: number
  readonly receivedAtMs: number
  readonly bodyBytes: number
  readonly bodyCrc32: string
  readonly properties?: Readonly<Record<string, string>>
}

/** What a consumer counted by its end. */
export interface ConsumeResult {
  readonly messages: readonly ReceivedMessage[]
  readonly received: number
  readonly distinct: number
  /** Deliveries with the same key and the same reconsumeTimes as an earlier one. */
  readonly duplicates: number
  /** Deliveries with reconsumeTimes > 0. */
  readonly retried: number
  /** Orderly: deliveries that came after a later one of their queue. */
  readonly outOfOrder: number
  readonly timedOut: boolean
  readonly tookMs: number
}

/** A consumer that is running. */
export interface RunningConsumer {
  /** What came so far, in order of arrival. */
  readonly messages: readonly ReceivedMessage[]
  /** Queues of the topic it owns now. */
  readonly queues: number
  /** Resolves when it owns queues. */
  readonly ready: Promise<void>
  /** Resolves at its end: all expected came, stopped, or timed out (which is told, not thrown). */
  readonly finished: Promise<ConsumeResult>
  /** Shuts it down in an orderly way, offsets committed. */
  stop(): Promise<ConsumeResult>
}

/** What a client can do beyond produce and consume. */
export type ClientFeature =
  | 'selector'
  | 'orderly'
  | 'sql92'
  | 'broadcast'
  | 'transaction'
  | 'litePull'
  | 'pull'
  | 'request'
  | 'brokerRebalance'
  | 'timer'

/** A client under test, connected to one name server. */
export interface TestClient {
  readonly name: string
  readonly features: ReadonlySet<ClientFeature>
  produce(options: ProduceOptions): Promise<ProduceResult>
  /** Half messages: i mod 3 = 0 committed, 1 rolled back, 2 unknown and committed when the broker asks. */
  produceTransaction(options: TransactionOptions): Promise<TransactionResult>
  consume(options: ConsumeOptions): RunningConsumer
  /** A polling consumer (DefaultLitePullConsumer). */
  litePull(options: ConsumeOptions): RunningConsumer
  /** Pulls every queue by hand from its first offset to its last, stores how far it came and reads that back. */
  pull(options: ConsumeOptions): RunningConsumer
  /** Asks `count` questions, each answered by a consumer with `reply`. */
  request(options: ProduceOptions): Promise<RequestResult>
  stop(): Promise<void>
}

/** What became of one `request`; `wrong` are replies to another question. */
export interface RequestResult {
  readonly replied: number
  readonly wrong: number
  readonly firstFailure?: string
}

/** How to send in transactions. */
export interface TransactionOptions extends ProduceOptions {
  /** How long to wait for the broker's questions; with 0 they are answered UNKNOW, and left to whoever comes later. */
  readonly checkWaitMs: number
  /** Unknown ones of an earlier producer of the group, which are waited for too. */
  readonly leftOpen?: number
}

/** What became of one `produceTransaction`. */
export interface TransactionResult {
  readonly messages: readonly SentMessage[]
  readonly sent: number
  readonly unknown: number
  /** How many unknown ones were decided because the broker asked. */
  readonly asked: number
}
