/**
 * Asks producers how their transactions ended.
 *
 * A round of questions runs every `transactionCheckInterval`, counted from the broker's start, while any half message is open:
 *
 * | a half message that                                   | then                                                          |
 * | ----------------------------------------------------- | ------------------------------------------------------------- |
 * | is younger than its immunity                           | is left alone                                                 |
 * | was asked about `transactionCheckMax` times, or is older than the log keeps messages | goes to TRANS_CHECK_MAX_TIME_TOPIC |
 * | is none of these                                       | is put back with its counter raised, and its group is asked    |
 * | the log has deleted                                    | is forgotten                                                  |
 *
 * The producers of a group are asked in turn: one that was restarted can answer as well as the one that sent the message. A
 * question counts even if no producer of the group is connected, as in RocketMQ; otherwise a group that has disappeared would
 * leave its half messages open for good.
 *
 * The age of a half is `now - bornTimestamp`, read from two clocks. When the producer's clock is ahead, the broker's store time
 * counts instead. An age that is negative by both means that the broker's clock was set back: the half is due, because it
 * might otherwise wait for hours.
 *
 * RocketMQ: `TransactionalMessageCheckService`, `TransactionalMessageServiceImpl.check`,
 * `AbstractTransactionalMessageCheckListener`. Here the table knows which half messages have ended, so the op queue is not read
 * for that. Copies are made only for questions, not to let the progress pass a long immunity.
 */
import { keyOf, type MessageExt, PROPERTY } from '../../common/message.ts'
import { offsetMessageId } from '../../common/message-id.ts'
import { HOUR_MS } from '../../common/units.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { checkTransactionState } from '../../remoting/requests/transaction.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { hasPlace, PutMessageStatus } from '../../store/put-message.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { CHECKS_AT_ONCE_MAX } from '../limits.ts'
import type { ProducerManager } from '../producer-manager.ts'
import { messageAt } from '../stored-messages.ts'
import { checkBody, checkCopy, GIVEN_UP_TOPIC, givenUpMessage, HALF_TOPIC, ownImmunityMs } from './half-message.ts'
import type { HalfTable, OpenHalf } from './half-table.ts'

/** What the checks use of the service that owns them. */
export interface CheckOwner {
  readonly table: HalfTable
  /** Takes the messages that have arrived in the half queue. */
  catchUp(): void
  /** The transaction has ended: its end is noted. */
  ended(half: OpenHalf, message: MessageExt, outcome: 'given up' | 'gone'): void
  /** A round is over, so the progress may be noted. Returns true when there is more to note later. */
  roundOver(): boolean
  /** Makes the topic of given-up messages, which is needed now. */
  makeGivenUpTopic(): void
}

export class TransactionCheckService {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #store: MessageStore
  readonly #producers: ProducerManager
  readonly #owner: CheckOwner
  readonly #bootMs: number
  #timer: TimerId | undefined
  #round: OpenHalf[] = []
  #underWay = 0
  #isLooking = false
  #stopped = false

  constructor(host: Host, config: BrokerConfig, store: MessageStore, producers: ProducerManager, owner: CheckOwner) {
    this.#host = host
    this.#config = config
    this.#store = store
    this.#producers = producers
    this.#owner = owner
    this.#bootMs = host.clock.monotonicMs()
  }

  /** There is something to look at: a round starts at the next turn, unless one is planned already. */
  wake(): void {
    if (this.#timer !== undefined || this.#stopped) return
    const { transactionCheckIntervalMs } = this.#config
    const sinceTurnMs = (this.#host.clock.monotonicMs() - this.#bootMs) % transactionCheckIntervalMs
    this.#timer = this.#host.clock.after(transactionCheckIntervalMs - sinceTurnMs, () => {
      this.#timer = undefined
      this.#startRound()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#round = []
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  #startRound(): void {
    this.#owner.catchUp()
    if (this.#underWay === 0) {
      this.#round = this.#owner.table.undecided().slice().reverse()
      this.#goOn()
    }
    const hasMore = this.#owner.roundOver()
    if (hasMore || this.#owner.table.size > 0) this.wake()
  }

  // #region check-round
  /** Goes through the rest of the round, a limited number of half messages at a time. */
  #goOn(): void {
    if (this.#isLooking) return
    this.#isLooking = true // set before the put, because the store may refuse inside it
    while (this.#underWay < CHECKS_AT_ONCE_MAX) {
      const half = this.#round.pop()
      if (half === undefined) break
      if (half.state === 'open') this.#look(half)
    }
    this.#isLooking = false
  }

  #look(half: OpenHalf): void {
    const message = messageAt(this.#store, half.physicalOffset)
    if (message === undefined || message.topic !== HALF_TOPIC) {
      this.#host.trace.log('warn', `the log no longer has the half message at ${half.queueOffset}: it is forgotten`)
      if (message !== undefined) this.#owner.ended(half, message, 'gone')
      else this.#owner.table.remove(half)
      return
    }
    const { transactionTimeOutMs, transactionCheckMax, fileReservedTime } = this.#config
    const ageMs = this.#ageMs(half)
    if (half.checkTimes >= transactionCheckMax || ageMs > fileReservedTime * HOUR_MS) this.#giveUp(half, message)
    else if (ageMs > (ownImmunityMs(message, transactionTimeOutMs) ?? transactionTimeOutMs) || ageMs < 0)
      this.#check(half, message)
  }
  // #endregion check-round

  #ageMs({ bornTimestamp, storeTimestamp }: OpenHalf): number {
    const nowMs = this.#host.clock.nowMs()
    return nowMs >= bornTimestamp ? nowMs - bornTimestamp : nowMs - storeTimestamp
  }

  // #region check
  /** Puts the half back with one more question counted, then asks. */
  #check(half: OpenHalf, message: MessageExt): void {
    const times = half.checkTimes + 1
    half.state = 'copying'
    this.#underWay++
    this.#store.putMessage(checkCopy(message, times), ({ queueOffset, status, reason }) => {
      this.#owner.catchUp() // reads the copy, as soon as it is as safe as the settings promise
      if (status === PutMessageStatus.PROPERTIES_SIZE_EXCEEDED) {
        half.checkTimes = times // the record has no room for the counter; memory has
        this.#owner.table.copied(half)
        this.#ask(half, times)
      } else if (queueOffset < 0) {
        this.#host.trace.log('warn', `the half message at ${half.queueOffset} cannot be put back: ${reason}`)
        this.#owner.table.copied(half)
      } else if (half.queueOffset === queueOffset) this.#ask(half, times)
      this.#oneLess()
    })
  }

  #ask(half: OpenHalf, times: number): void {
    const message = messageAt(this.#store, half.physicalOffset)
    if (half.state !== 'open' || message === undefined) return
    const group = message.properties.get(PROPERTY.PRODUCER_GROUP) ?? ''
    // The question goes to one producer of the group, and into the event log even if there is none.
    const channel = this.#producers.getAvailableChannel(group)
    const topic = message.properties.get(PROPERTY.REAL_TOPIC) ?? ''
    const asked = channel?.remoteAddress ?? ''
    const facts = { group, topic, key: keyOf(message.properties), queueOffset: half.queueOffset, times, asked }
    this.#host.trace.emit?.('transaction.checked', facts)
    if (channel === undefined) {
      this.#host.trace.log('warn', `nobody of the producer group ${group} is there to say what became of a transaction`)
      return
    }
    // Its fields name the newest copy of the half message, whose place the producer's answer repeats.
    const uniqKey = message.properties.get(PROPERTY.UNIQ_KEY)
    const extFields = checkTransactionState.encode({
      topic: HALF_TOPIC,
      tranStateTableOffset: half.queueOffset,
      commitLogOffset: half.physicalOffset,
      msgId: uniqKey,
      transactionId: uniqKey,
      offsetMsgId: offsetMessageId(message.storeIp, message.storePort, half.physicalOffset),
      bname: this.#config.brokerName,
    })
    channel.oneway({ code: checkTransactionState.code, extFields, body: checkBody(message) })
  }
  // #endregion check

  // #region give-up
  #giveUp(half: OpenHalf, message: MessageExt): void {
    this.#owner.makeGivenUpTopic()
    half.state = 'ending'
    this.#underWay++
    this.#store.putMessage(givenUpMessage(message), (result) => {
      if (hasPlace(result)) this.#owner.ended(half, message, 'given up')
      else {
        half.state = 'open'
        this.#host.trace.log('warn', `a half message cannot be moved to ${GIVEN_UP_TOPIC}: ${result.reason}`)
      }
      this.#oneLess()
    })
  }
  // #endregion give-up

  #oneLess(): void {
    this.#underWay--
    this.#goOn()
  }
}
