/**
 * Sends open transactions to another broker, while this slave acts as the master. The other broker begins each of these
 * transactions again, asks a producer of the group how the transaction has ended, and ends it.
 *
 * The half messages (`half-message.ts`) escape one after the other, in the order of the half queue. When the other broker
 * has stored a half message, the progress of the half queue moves past it. The returning master takes this progress
 * together with the offsets of groups, so it does not ask about this transaction any more. A half message that no broker
 * stores is tried again every second. RocketMQ skips a half message after a few tries.
 *
 * RocketMQ: `TransactionalMessageServiceImpl.check`, `TransactionalMessageBridge.escapeMessage`.
 */
import type { MessageExt } from '../../common/message.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isTaken } from '../../store/put-message.ts'
import type { ConsumerOffsetManager } from '../consumer-offset-manager.ts'
import { ESCAPE_AGAIN_MS } from '../limits.ts'
import type { PutMessage } from '../slave/escape-bridge.ts'
import { escapedHalf, HALF_TOPIC, TRANSACTION_GROUP } from './half-message.ts'
import type { OpenHalf } from './half-table.ts'

/** The parts of the broker that the escape uses. */
export interface EscapedHalvesParts {
  readonly host: Host
  readonly store: MessageStore
  readonly offsets: ConsumerOffsetManager
}

/** The escape of the transactions that were open when this slave began to act. */
export class EscapedHalves {
  readonly #parts: EscapedHalvesParts
  readonly #put: PutMessage
  #halves: readonly OpenHalf[] = []
  #timer: TimerId | undefined
  #isStopped = false

  constructor(parts: EscapedHalvesParts, put: PutMessage) {
    this.#parts = parts
    this.#put = put
  }

  // #region escape-halves
  /** Begins the escape. `halves` are the open transactions, in the order of their newest copies. */
  start(halves: readonly OpenHalf[]): void {
    this.#halves = halves
    this.#next()
  }

  #next(): void {
    const [half, ...later] = this.#halves
    if (half === undefined || this.#isStopped) return
    const { host, store, offsets } = this.#parts
    let message: MessageExt | undefined
    const unread = attempt(() => {
      message = store.messageAt(half.physicalOffset)
    })
    if (unread !== '') return this.#again(half, unread)
    const escaped = message === undefined ? undefined : escapedHalf(message)
    const over = () => {
      this.#halves = later
      offsets.commitOffset(TRANSACTION_GROUP, HALF_TOPIC, 0, half.queueOffset + 1)
      this.#timer = host.clock.after(0, () => this.#next())
    }
    if (escaped === undefined) {
      host.trace.log('warn', `the half message at ${half.queueOffset} cannot be read: it is forgotten`)
      return over()
    }
    this.#put(escaped, (result) => {
      if (this.#isStopped) return
      if (isTaken(result)) return over()
      this.#again(half, result.reason)
    })
  }
  // #endregion escape-halves

  #again(half: OpenHalf, reason: string): void {
    const { host } = this.#parts
    host.trace.log('warn', `the half message at ${half.queueOffset} waits for another broker: ${reason}`)
    this.#timer = host.clock.after(ESCAPE_AGAIN_MS, () => this.#next())
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer !== undefined) this.#parts.host.clock.cancel(this.#timer)
  }
}
